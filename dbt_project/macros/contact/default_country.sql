{% macro default_country() -%}
    {%- set code = var("default_country") | string | upper -%}
    {%- if not modules.re.fullmatch("[A-Z]{2}", code) -%}
        {{ exceptions.raise_compiler_error(
            "default_country takes a country's two letters, such as US; not "
            ~ var("default_country")
        ) }}
    {%- endif -%}
    '{{ code }}'
{%- endmacro %}
