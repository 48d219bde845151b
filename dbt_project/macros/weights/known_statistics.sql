{% macro known_statistics(statistic, pass) -%}
    {#- What the newest fit remembers of the profiles of a pass. A day of new
        records would change all of it a little, and with it customers whom none
        of them concerns. -#}
    select
        subject,
        value_hash,
        amount
    from {{ ref("int_identity__known_statistics") }}
    where statistic = '{{ statistic }}' and pass = {{ pass }}
{%- endmacro %}
