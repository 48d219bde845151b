{% macro json_text_field(column, field) -%}
    {#- A text within a JSON object that is kept as text. Found by a pattern and
        not by a cast, which would stop the whole run at the first value that
        only begins like an object; the pattern leaves out what PostgreSQL
        can't hold, such as \u0000. -#}
    {%- set letter -%}
    [^"\\[:cntrl:]]|\\["\\/bfnrt]|\\u(?!0000|[dD][89a-fA-F])[0-9a-fA-F]{4}
    {%- endset -%}
    case
        when left({{ column }}, 1) = '{'
            then cast(
                substring(
                    {{ column }}
                    from '"{{ field }}"[[:space:]]*:[[:space:]]*'
                        || '("(?:{{ letter }})*")'
                ) as json
            ) #>> '{}'
    end
{%- endmacro %}
