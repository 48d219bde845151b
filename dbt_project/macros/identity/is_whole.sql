{% macro is_whole(field) -%}
    {#- A family name belongs to a given name, a city to an address: whether a
        record has all that makes a whole of a golden field. -#}
    {%- set name = ["given_name", "family_name"] -%}
    {%- set place = ["address", "city"] -%}
    {%- set wholes = {
        "given_name": name,
        "family_name": name,
        "address": place,
        "postcode": place,
        "city": place,
        "country_code": place,
    } -%}
    {{ wholes.get(field, [field]) | join(" is not null and ") }} is not null
{%- endmacro %}
