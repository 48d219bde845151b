{% macro golden_fields() -%}
    {#- The fields of a golden record. -#}
    {{ return([
        "given_name", "family_name", "email", "phone", "address", "postcode",
        "city", "country_code",
    ]) }}
{%- endmacro %}
