{% macro comparisons() -%}
    {#- The fields that two profiles are compared by, in the order of their
        three bits in a vector. A level is a label and conditions between `this`
        and `other`: SQL, or a distance and the most that it may be. The first
        level of which any holds counts, the last holds otherwise. Level 0,
        which says nothing, is a missing value's. `most_different` is the most
        that the last level's probability may be among pairs of one person:
        without an end to it, a class of persons can turn into one of families.

        Levenshtein's distance in hundredths of the longer text, because it is
        everywhere; Jaro-Winkler is not, and scored lower. -#}
    {%- set date_edits = edits("birth_date") -%}
    {%- set email_share = edit_share("email") -%}
    {%- set local_share = edit_share("email_local") -%}
    {{ return([
        {"field": "given_name", "levels": name_levels("given_name"),
         "most_different": 0.2},
        {"field": "family_name", "levels": name_levels("family_name"),
         "unless": are_names_swapped(), "most_different": 0.2},
        {"field": "birth_date", "most_different": 0.2, "levels": [
            ["equal", ["this.birth_date = other.birth_date"]],
            ["one edit, or day and month swapped", [
                [date_edits, 1],
                "(
                    left(this.birth_date, 4) = left(other.birth_date, 4)
                    and substr(this.birth_date, 5, 2)
                    = right(other.birth_date, 2)
                    and right(this.birth_date, 2)
                    = substr(other.birth_date, 5, 2)
                )",
            ]],
            ["two edits", [[date_edits, 2]]],
            ["two of year, month and day", [
                agreeing_date_parts() ~ " >= 2"
            ]],
            ["same year, same day of the year, or three edits", [
                "left(this.birth_date, 4) = left(other.birth_date, 4)",
                "right(this.birth_date, 4) = right(other.birth_date, 4)",
                [date_edits, 3],
            ]],
            ["different", []],
        ]},
        {"field": "email", "levels": [
            ["equal", ["this.email = other.email"]],
            ["near, or of one local part", [
                "this.email_local = other.email_local", [email_share, 20]
            ]],
            ["near local part", [[local_share, 20]]],
            ["far", [[email_share, 50], [local_share, 40]]],
            ["different", []],
        ]},
        {"field": "phone", "levels": [
            ["equal", ["this.phone = other.phone"]],
            ["one edit, or the last seven digits", [
                "right(this.phone, 7) = right(other.phone, 7)",
                [edits("phone"), 1],
            ]],
            ["two edits", [[edits("phone"), 2]]],
            ["different", []],
        ]},
        {"field": "postcode", "levels": [
            ["equal", ["this.postcode = other.postcode"]],
            ["one edit", [[edits("postcode"), 1]]],
            ["two edits, or all but the last three", [
                [edits("postcode"), 2],
                "(
                    length(this.postcode) > 3 and length(other.postcode) > 3
                    and left(this.postcode, -3) = left(other.postcode, -3)
                )",
            ]],
            ["different", []],
        ]},
        {"field": "city", "levels": [
            ["equal", ["this.city = other.city"]],
            ["near", [[edit_share("city"), 25]]],
            ["far", [[edit_share("city"), 50]]],
            ["different", []],
        ]},
        {"field": "address", "levels": [
            ["equal", [
                "this.address = other.address",
                "this.address_words = other.address_words",
            ]],
            ["within 20 %", [[address_distance(), 20]]],
            ["within 40 %", [[address_distance(), 40]]],
            ["within 60 %", [[address_distance(), 60]]],
            ["different", []],
        ]},
        {"field": "issued_id", "levels": [
            ["equal", ["this.issued_id = other.issued_id"]],
            ["two edits", [[edits("issued_id"), 2]]],
            ["four edits", [[edits("issued_id"), 4]]],
            ["different", []],
        ]},
        {"field": "other", "levels": [
            ["equal", ["this.other = other.other"]],
            ["different", []],
        ]},
    ]) }}
{%- endmacro %}
