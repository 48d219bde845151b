{% macro blocking_rules() -%}
    {#- Two profiles are compared when they agree on all parts of a rule, whose
        name is that of its column of keys. What more than `cap` of them share
        says little. A rule with `or_parts` has a second key, and either of one
        profile's meets either of another's. -#}
    {%- set day = "right(birth_date, 2)" -%}
    {%- set month = "substr(birth_date, 5, 2)" -%}
    {%- set year = "left(birth_date, 4)" -%}
    {%- set day_of_year = "right(birth_date, 4)" -%}
    {%- set first_of_date = "least(" ~ month ~ ", " ~ day ~ ")" -%}
    {%- set last_of_date = "greatest(" ~ month ~ ", " ~ day ~ ")" -%}
    {%- set half_id = "length(issued_id) / 2" -%}
    {{ return([
        {"name": "issued_id", "parts": ["issued_id"]},
        {"name": "email", "parts": ["email"]},
        {"name": "email_local", "parts": [
            "case when length(email_local) >= 5 then email_local end"
        ]},
        {"name": "phone_end", "parts": ["right(phone, 7)"]},
        {"name": "birth_date", "parts": [year, first_of_date, last_of_date]},
        {"name": "both_sounds", "parts": [
            "least(given_sound, family_sound)",
            "greatest(given_sound, family_sound)",
        ]},
        {"name": "family_sound_year", "parts": ["family_sound", year]},
        {"name": "given_sound_year", "parts": [
            "given_sound", year, first_of_date
        ]},
        {"name": "given_name_day_of_year", "parts": [
            "left(given_name, 3)", day_of_year
        ]},
        {"name": "family_name_day_of_year", "parts": [
            "left(family_name, 3)", day_of_year
        ]},
        {"name": "given_name_year_day", "parts": [
            "left(given_name, 2)", year, day
        ]},
        {"name": "postcode_family_sound", "parts": [
            "postcode", "family_sound"
        ]},
        {"name": "postcode_given_sound", "parts": ["postcode", "given_sound"]},
        {"name": "postcode_year", "parts": ["postcode", year]},
        {"name": "city_family_sound", "parts": [
            "city", "family_sound", "left(given_name, 1)"
        ]},
        {"name": "city_given_sound", "parts": [
            "city", "given_sound", "left(family_name, 1)"
        ]},
        {"name": "address_numbers", "parts": [
            "left(postcode, 3)", "address_numbers", "left(address, 8)"
        ]},
        {"name": "address_family_name", "parts": [
            "left(address, 10)", "left(family_name, 2)"
        ]},
        {"name": "address_given_name", "parts": [
            "left(address, 10)", "left(given_name, 2)"
        ]},
        {"name": "id_start", "parts": [
            "left(issued_id, " ~ half_id ~ ")", "left(family_sound, 2)"
        ]},
        {"name": "id_end", "parts": [
            "right(issued_id, " ~ half_id ~ ")", "left(given_sound, 2)"
        ]},
        {"name": "email_local_ends", "parts": [
            "left(email_local, 3)", "right(email_local, 2)"
        ]},
        {"name": "email_domain", "parts": ["email_domain"], "cap": 40},
        {"name": "one_name", "parts": ["given_name"],
         "or_parts": ["family_name"], "cap": 40},
        {"name": "city_year_month", "parts": ["city", year, month],
         "cap": 40},
    ]) }}
{%- endmacro %}
