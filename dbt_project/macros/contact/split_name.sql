{% macro split_name(column, part) -%}
    {#- The given or the family name within a person's full one without titles:
        "Smith, John" is written backwards, "Ludwig van Beethoven" keeps his
        particle, "Anna van 't Hof" both of hers. A single word counts as a
        family name, as it does in CRMs: taken for a given name it would
        contradict the true one. An address for mail is no name. -#}
    {%- if part not in ("given", "family") -%}
        {{ exceptions.raise_compiler_error(
            "split_name takes the part given, family; not " ~ part
        ) }}
    {%- endif -%}
    {%- set particle -%} ({{ name_particles() | join("|") }}|''t) {%- endset -%}
    {%- set is_given = part == "given" -%}
    nullif(
        case
            when {{ column }} like '%@%' then null
            when {{ column }} like '%,%'
                then trim(split_part({{ column }}, ',', {{ 1 + is_given }}))
            when {{ column }} not like '% %'
                or (
                    {{ column }} ~ '^({{ particle }} )+[^ ]+$'
                    and {{ column }} <> lower({{ column }})
                )
                then {{ "null" if is_given else column }}
            {%- if is_given %}
            else substring(
                {{ column }} from '(?i)^(.+?) (?:{{ particle }} )*[^ ]+$'
            )
            {%- else %}
            else substring(
                {{ column }} from '(?i)^.+? ((?:{{ particle }} )*[^ ]+)$'
            )
            {%- endif %}
        end,
        ''
    )
{%- endmacro %}
