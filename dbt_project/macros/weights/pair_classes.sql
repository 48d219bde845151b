{% macro pair_classes() -%}
    {#- What two records can be to each other. A class has parameters of its own
        on its free fields and is like strangers on the others; in customer data
        most look-alikes are relatives and neighbours, and without classes of
        their own they pass for one person. `is_unblocked` are those of which,
        as of strangers, pairs may be that no rule proposed: most who live in
        one area meet by none, and by those that do it would seem empty.
        `needs` says how many of which fields must be there to compare for the
        class to be worth having, `field_needs` the same of one field. -#}
    {%- set place = ["postcode", "city", "address"] -%}
    {%- set all = comparisons() | map(attribute="field") | list -%}
    {#- E-mail addresses that are made from names look alike where the names
        do; where little else is there, equal ones tell a person from a
        namesake. -#}
    {%- set beside_names = all
        | reject("in", ["given_name", "family_name", "email"]) | list -%}
    {{ return([
        {"class": "same_person", "is_match": true, "free": all},
        {"class": "moved", "is_match": true,
         "free": all | reject("in", place) | list},
        {"class": "stranger", "is_match": false, "free": []},
        {"class": "same_area", "is_match": false,
         "free": ["postcode", "city"], "is_unblocked": true},
        {"class": "neighbour", "is_match": false, "free": place},
        {"class": "household", "is_match": false,
         "free": ["family_name"] + place + ["phone", "email"],
         "needs": [place + ["phone"], 1]},
        {"class": "namesake", "is_match": false,
         "free": ["given_name", "family_name", "email"],
         "field_needs": {"email": [beside_names, 3]}},
        {"class": "same_surname", "is_match": false,
         "free": ["family_name", "email"]},
        {"class": "same_given_name", "is_match": false,
         "free": ["given_name", "email"]},
        {"class": "relative", "is_match": false,
         "free": ["given_name", "family_name"] + place + ["phone", "email"],
         "needs": [place + ["phone"], 2]},
    ]) }}
{%- endmacro %}
