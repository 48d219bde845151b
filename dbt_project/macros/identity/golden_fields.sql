{% macro golden_fields() -%}
    {#- The fields of a golden record, each with those that make a whole of it:
        a family name belongs to a given name, a city to an address. -#}
    {%- set name = ["given_name", "family_name"] -%}
    {%- set place = ["address", "city"] -%}
    {{ return({
        "given_name": name,
        "family_name": name,
        "email": ["email"],
        "phone": ["phone"],
        "address": place,
        "postcode": place,
        "city": place,
        "country_code": place,
    }) }}
{%- endmacro %}
