{% macro comparisons() -%}
    {#- The fields that two records are compared by, in the order of their three
        bits in a vector. A level is a label and its condition between `this` and
        `other`; the first that holds counts, the last holds otherwise. Level 0,
        which says nothing, is a missing value's.

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


{% macro name_levels(field) -%}
    {%- set sound = field | replace("_name", "_sound") -%}
    {%- set levels = [
        ["equal", "this." ~ field ~ " = other." ~ field],
        ["near", edit_share(field) ~ " <= 25"],
    ] -%}
    {%- set nickname = "" -%}
    {%- if field == "given_name" -%}
        {%- do levels.append(
            ["swapped with the family name", are_names_swapped()]
        ) -%}
        {%- set nickname = " or this.full_names && other.full_names" -%}
    {%- endif -%}
    {{ return(levels + [
        ["nickname, same sound, or one begins with the other",
         "this." ~ sound ~ " = other." ~ sound
         ~ " or starts_with(this." ~ field ~ ", other." ~ field ~ ")"
         ~ " or starts_with(other." ~ field ~ ", this." ~ field ~ ")"
         ~ nickname],
        ["far", edit_share(field) ~ " <= 50"],
        ["different", none],
    ]) }}
{%- endmacro %}


{% macro are_names_swapped() -%}
    (
        this.given_name <> other.given_name
        and {{ edit_share("given_name", "family_name") }} <= 25
        and {{ edit_share("family_name", "given_name") }} <= 25
        and {{ edit_share("given_name") }} > 25
    )
{%- endmacro %}


{% macro edits(field, other_field=none) -%}
    public.levenshtein(this.{{ field }}, other.{{ other_field or field }})
{%- endmacro %}


{% macro edit_share(field, other_field=none) -%}
    {#- Edits in hundredths of the longer text. -#}
    100 * {{ edits(field, other_field) }} / greatest(
        length(this.{{ field }}), length(other.{{ other_field or field }}), 1
    )
{%- endmacro %}


{% macro agreeing_date_parts() -%}
    (
        cast(left(this.birth_date, 4) = left(other.birth_date, 4) as integer)
        + cast(
            substr(this.birth_date, 5, 2) = substr(other.birth_date, 5, 2)
            as integer
        )
        + cast(right(this.birth_date, 2) = right(other.birth_date, 2) as integer)
    )
{%- endmacro %}


{% macro address_distance() -%}
    {#- The nearer of the edits and of the words that only one of them has. -#}
    least(
        {{ edit_share("address") }},
        100 - 100 * {{ shared_words("this.address_words", "other.address_words") }}
        / greatest(
            least(
                cardinality(this.address_words), cardinality(other.address_words)
            ),
            1
        )
    )
{%- endmacro %}


{% macro shared_words(words, other_words) -%}
    {{ return(adapter.dispatch("shared_words")(words, other_words)) }}
{%- endmacro %}


{% macro postgres__shared_words(words, other_words) -%}
    {#- Sorted integers: intarray finds what two share without looking words up. -#}
    public.icount({{ words }} operator(public.&) {{ other_words }})
{%- endmacro %}


{% macro compared() -%}
    {#- The vector of `this` and `other`, three bits a field. -#}
    {%- for comparison in comparisons() %}
    {%- set field = comparison.field %}
    {% if not loop.first %}| {% endif -%}
    (
        case
            when this.{{ field }} is null or other.{{ field }} is null
                {%- if comparison.unless %}
                or {{ comparison.unless }}
                {%- endif %}
                then 0
            {%- for label, condition in comparison.levels %}
            {%- if condition is not none %}
            when {{ condition }} then {{ loop.index }}
            {%- else %}
            else {{ loop.index }}
            {%- endif %}
            {%- endfor %}
        end::bigint << {{ 3 * loop.index0 }}
    )
    {%- endfor %}
{%- endmacro %}


{% macro level_of(field, vector="vector") -%}
    {%- set fields = comparisons() | map(attribute="field") | list -%}
    (({{ vector }} >> {{ 3 * fields.index(field) }}) & 7)
{%- endmacro %}
