{% macro rfm_segment_map() -%}
    {#- The var of that name; an unknown map would put nobody in a segment. -#}
    {%- set maps = ["standard", "vip", "shopify"] -%}
    {%- set chosen = var("rfm_segment_map") -%}
    {%- if chosen not in maps -%}
        {{ exceptions.raise_compiler_error(
            "rfm_segment_map takes " ~ (maps | join(", ")) ~ "; not " ~ chosen
        ) }}
    {%- endif -%}
    {{- chosen -}}
{%- endmacro %}
