{% macro campaign_name(column) -%}
    {#- Analytics tools write "(not set)", "(direct)" or "(organic)" where there
        is no campaign. -#}
    case when {{ column }} !~ '^[(].*[)]$' then {{ column }} end
{%- endmacro %}
