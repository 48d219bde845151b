{% macro repair_mojibake(column) -%}
    {#- UTF-8 that was once read as Latin-1 or Windows-1252: every accented
        letter became two. Turned back only when the whole value is such text,
        so that the conversion cannot fail, and somewhere in it the two are none
        that people write: in "JOSÉ’S" a capital comes before a mark by right.
        convert_from answers in the "C" collation, in which only ASCII has upper
        and lower case. -#}
    {%- set marks = "\u00a0\u00ab\u00ad\u00b4\u00b7\u00bb‚„…‘’“”•–—™" -%}
    {%- set cp1252 = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ" -%}
    case
        when {{ column }} !~ (
            '[ÂÃÅ]|Ä(?!\u00a0)|È[™›]|[\u00c2-\u00df](?![{{ marks }}])'
        ) then {{ column }}
        when {{ column }}
            ~ '^([\u0001-\u007f]|[\u00c2-\u00df][\u0080-\u00bf])+$'
            then convert_from(convert_to({{ column }}, 'LATIN1'), 'UTF8')
                collate "default"
        when {{ column }}
            ~ '^([\u0001-\u007f]|[\u00c2-\u00df][\u00a0-\u00bf{{ cp1252 }}])+$'
            then convert_from(convert_to({{ column }}, 'WIN1252'), 'UTF8')
                collate "default"
        else {{ column }}
    end
{%- endmacro %}
