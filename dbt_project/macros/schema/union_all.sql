{% macro union_all(models, columns) -%}
    {#- Stacks models that keep one input contract. The columns are named, so
        that their order in a model decides nothing. -#}
    {%- for model in models %}
    select
        {%- for column in columns %}
        {{ column }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ model }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
