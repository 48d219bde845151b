{% macro class_names(is_match, suffix="") -%}
    {#- Names of the classes that are matches, or of those that are not. -#}
    {%- set names = [] -%}
    {%- for class in pair_classes() if class.is_match == is_match -%}
        {%- do names.append(class.class ~ suffix) -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}
