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
