{% macro agreeing_date_parts() -%}
    (
        cast(left(this.birth_date, 4) = left(other.birth_date, 4) as integer)
        + cast(
            substr(this.birth_date, 5, 2) = substr(other.birth_date, 5, 2)
            as integer
        )
        + cast(
            right(this.birth_date, 2) = right(other.birth_date, 2) as integer
        )
    )
{%- endmacro %}
