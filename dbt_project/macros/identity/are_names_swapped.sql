{% macro are_names_swapped() -%}
    (
        {{ edit_share("given_name", "family_name") }} <= 25
        and {{ edit_share("family_name", "given_name") }} <= 25
        and {{ edit_share("given_name") }} > 25
    )
{%- endmacro %}
