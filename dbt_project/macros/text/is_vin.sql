{% macro is_vin(column) -%}
    {#- ISO 3779: 17 letters and digits without I, O and Q, which look like 1
        and 0. Not its check digit, which North America alone asks for. One sign
        seventeen times stands for no vehicle. -#}
    coalesce(
        {{ column }} ~ '^[0-9A-HJ-NPR-Z]{17}$' and {{ column }} !~ '^(.)\1*$',
        false
    )
{%- endmacro %}
