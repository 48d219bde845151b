{% macro identity_definitions() -%}
    {#- Hash of how fields, levels and classes are defined: parameters that were
        fitted to other definitions mean nothing. -#}
    {{ local_md5(tojson(comparisons()) ~ tojson(pair_classes())) }}
{%- endmacro %}
