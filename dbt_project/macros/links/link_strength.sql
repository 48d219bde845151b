{% macro link_strength(column="rule") -%}
    {#- How strong a link is, by its rule: the more trusted, the stronger. -#}
    {%- set rules = linking_rules() -%}
    case {{ column }}
        {%- for rule in rules %}
        when '{{ rule }}' then {{ rules | length - loop.index0 }}
        {%- endfor %}
    end
{%- endmacro %}
