{% macro name_particles() -%}
    {#- The small words of family names. -#}
    {{ return([
        "van", "von", "der", "den", "de", "del", "della", "da", "das", "do",
        "dos", "du", "di", "la", "le", "ten", "ter", "y", "al", "el", "bin",
        "ibn", "zu",
    ]) }}
{%- endmacro %}
