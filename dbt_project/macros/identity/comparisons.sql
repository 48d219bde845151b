{% macro comparisons() -%}
    {#- The fields that two profiles are compared by, in the order of their
        three bits in a vector. A level is a label and its condition between
        `this` and `other`; the first that holds counts, the last holds
        otherwise. Level 0, which says nothing, is a missing value's.

        Levenshtein's distance in hundredths of the longer text, because it is
        everywhere; Jaro-Winkler is not, and scored lower. -#}
    {{ return([
        {"field": "given_name", "levels": name_levels("given_name")},
        {"field": "family_name", "levels": name_levels("family_name"),
         "unless": are_names_swapped()},
        {"field": "birth_date", "levels": [
            ["equal", "this.birth_date = other.birth_date"],
            ["one edit, or day and month swapped",
             edits("birth_date") ~ " <= 1 or (
                left(this.birth_date, 4) = left(other.birth_date, 4)
                and substr(this.birth_date, 5, 2) = right(other.birth_date, 2)
                and right(this.birth_date, 2) = substr(other.birth_date, 5, 2)
             )"],
            ["two edits", edits("birth_date") ~ " <= 2"],
            ["two of year, month and day", agreeing_date_parts() ~ " >= 2"],
            ["same year, same day of the year, or three edits",
             "left(this.birth_date, 4) = left(other.birth_date, 4)
             or right(this.birth_date, 4) = right(other.birth_date, 4)
             or " ~ edits("birth_date") ~ " <= 3"],
            ["different", none],
        ]},
        {"field": "email", "levels": [
            ["equal", "this.email = other.email"],
            ["near, or of one local part",
             "this.email_local = other.email_local
             or " ~ edit_share("email") ~ " <= 20"],
            ["near local part", edit_share("email_local") ~ " <= 20"],
            ["far", edit_share("email") ~ " <= 50
             or " ~ edit_share("email_local") ~ " <= 40"],
            ["different", none],
        ]},
        {"field": "phone", "levels": [
            ["equal", "this.phone = other.phone"],
            ["one edit, or the last seven digits",
             "right(this.phone, 7) = right(other.phone, 7)
             or " ~ edits("phone") ~ " <= 1"],
            ["two edits", edits("phone") ~ " <= 2"],
            ["different", none],
        ]},
        {"field": "postcode", "levels": [
            ["equal", "this.postcode = other.postcode"],
            ["one edit", edits("postcode") ~ " <= 1"],
            ["two edits, or all but the last three",
             edits("postcode") ~ " <= 2 or (
                length(this.postcode) > 3 and length(other.postcode) > 3
                and left(this.postcode, -3) = left(other.postcode, -3)
             )"],
            ["different", none],
        ]},
        {"field": "city", "levels": [
            ["equal", "this.city = other.city"],
            ["near", edit_share("city") ~ " <= 25"],
            ["far", edit_share("city") ~ " <= 50"],
            ["different", none],
        ]},
        {"field": "address", "levels": [
            ["equal", "this.address = other.address
             or this.address_words = other.address_words"],
            ["within 20 %", address_distance() ~ " <= 20"],
            ["within 40 %", address_distance() ~ " <= 40"],
            ["within 60 %", address_distance() ~ " <= 60"],
            ["different", none],
        ]},
        {"field": "issued_id", "levels": [
            ["equal", "this.issued_id = other.issued_id"],
            ["two edits", edits("issued_id") ~ " <= 2"],
            ["four edits", edits("issued_id") ~ " <= 4"],
            ["different", none],
        ]},
        {"field": "other", "levels": [
            ["equal", "this.other = other.other"],
            ["different", none],
        ]},
    ]) }}
{%- endmacro %}
