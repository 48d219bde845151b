{% macro matching_fields() -%}
    {#- The fields of a profile that hold one value of its records'. -#}
    {{ return([
        "given_name", "family_name", "birth_date", "email", "phone",
        "postcode", "city", "address", "issued_id", "other",
    ]) }}
{%- endmacro %}
