{% macro without_titles(column) -%}
    {#- Honorifics stand before a name, generational and academic suffixes
        after it. "Dr" alone is somebody's name, so one word is left alone. -#}
    {%- set honorifics = [
        "dr", "drs", "prof", "ing", "ir", "mag", "dott", "mr", "mrs", "ms",
        "miss", "mx", "sir", "dame", "herr", "frau", "mme", "mlle", "sr", "sra",
    ] -%}
    {%- set suffixes = [
        "jr", "sr", "ii", "iii", "iv", "phd", "md", "dds", "esq", "dvm",
    ] -%}
    trim(
        regexp_replace(
            regexp_replace(
                {{ column }},
                '^(({{ honorifics | join("|") }})\.? +)+(?=[^ ])', '', 'i'
            ),
            '([ ,]+({{ suffixes | join("|") }})\.?)+$', '', 'i'
        ),
        ' ,.'
    )
{%- endmacro %}
