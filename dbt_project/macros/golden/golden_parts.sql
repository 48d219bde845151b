{% macro golden_parts() -%}
    {#- The parts of a golden record. The fields of a part survive together: a
        family name belongs to a given name, a city to an address. `whole` is
        what a record must have to say the whole of it, `told_by` is what it
        says in its matching form. -#}
    {{ return([
        {"part": "name",
         "fields": ["given_name", "family_name"],
         "whole": ["given_name", "family_name"],
         "told_by": ["given_name_match", "family_name_match"]},
        {"part": "email",
         "fields": ["email"],
         "whole": ["email"],
         "told_by": ["email_match"]},
        {"part": "phone",
         "fields": ["phone"],
         "whole": ["unshared_phone"],
         "told_by": ["phone"]},
        {"part": "place",
         "fields": ["address", "postcode", "city", "country_code"],
         "whole": ["address", "city"],
         "told_by": ["address", "city"]},
    ]) }}
{%- endmacro %}
