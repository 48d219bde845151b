{% macro blocking_rules() -%}
    {#- Two records are compared when they agree on all parts of a rule. A value
        that more than `cap` records share says little and is passed over. -#}
    {%- set day = "right(birth_date, 2)" -%}
    {%- set month = "substr(birth_date, 5, 2)" -%}
    {%- set year = "left(birth_date, 4)" -%}
    {%- set day_of_year = "right(birth_date, 4)" -%}
    {%- set first_of_date = "least(" ~ month ~ ", " ~ day ~ ")" -%}
    {%- set last_of_date = "greatest(" ~ month ~ ", " ~ day ~ ")" -%}
    {%- set half_id = "length(issued_id) / 2" -%}
    {{ return([
        {"name": "issued id", "parts": ["issued_id"]},
        {"name": "e-mail", "parts": ["email"]},
        {"name": "local part", "parts": [
            "case when length(email_local) >= 5 then email_local end"
        ]},
        {"name": "phone", "parts": ["right(phone, 7)"]},
        {"name": "birth date", "parts": [year, first_of_date, last_of_date]},
        {"name": "sound of both names", "parts": [
            "least(given_sound, family_sound)",
            "greatest(given_sound, family_sound)",
        ]},
        {"name": "sound of family name, year", "parts": ["family_sound", year]},
        {"name": "sound of given name, year, day or month", "parts": [
            "given_sound", year, first_of_date
        ]},
        {"name": "given name, day of the year", "parts": [
            "left(given_name, 3)", day_of_year
        ]},
        {"name": "family name, day of the year", "parts": [
            "left(family_name, 3)", day_of_year
        ]},
        {"name": "given name, year, day", "parts": [
            "left(given_name, 2)", year, day
        ]},
        {"name": "postcode, sound of family name", "parts": [
            "postcode", "family_sound"
        ]},
        {"name": "postcode, sound of given name", "parts": [
            "postcode", "given_sound"
        ]},
        {"name": "postcode, year", "parts": ["postcode", year]},
        {"name": "city, sound of family name", "parts": [
            "city", "family_sound", "left(given_name, 1)"
        ]},
        {"name": "city, sound of given name", "parts": [
            "city", "given_sound", "left(family_name, 1)"
        ]},
        {"name": "address number", "parts": [
            "left(postcode, 3)", "address_numbers", "left(address, 8)"
        ]},
        {"name": "address, family name", "parts": [
            "left(address, 10)", "left(family_name, 2)"
        ]},
        {"name": "address, given name", "parts": [
            "left(address, 10)", "left(given_name, 2)"
        ]},
        {"name": "left of id", "parts": [
            "left(issued_id, " ~ half_id ~ ")",
            "left(family_sound, 2)"
        ]},
        {"name": "right of id", "parts": [
            "right(issued_id, " ~ half_id ~ ")",
            "left(given_sound, 2)"
        ]},
        {"name": "ends of local part", "parts": [
            "left(email_local, 3)", "right(email_local, 2)"
        ]},
        {"name": "e-mail domain", "parts": ["email_domain"], "cap": 40},
        {"name": "given name", "parts": ["given_name"], "cap": 40,
         "hashed_as": "one name"},
        {"name": "family name", "parts": ["family_name"], "cap": 40,
         "hashed_as": "one name"},
        {"name": "city, year, month", "parts": ["city", year, month],
         "cap": 40},
    ]) }}
{%- endmacro %}
