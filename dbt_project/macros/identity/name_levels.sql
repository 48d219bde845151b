{% macro name_levels(field) -%}
    {%- set sound = field | replace("_name", "_sound") -%}
    {%- set share = edit_share(field) -%}
    {%- set levels = [
        ["equal", ["this." ~ field ~ " = other." ~ field]],
        ["near", [[share, 25]]],
    ] -%}
    {%- set alike = [
        "this." ~ sound ~ " = other." ~ sound,
        "starts_with(this." ~ field ~ ", other." ~ field ~ ")",
        "starts_with(other." ~ field ~ ", this." ~ field ~ ")",
    ] -%}
    {%- if field == "given_name" -%}
        {%- do levels.append(
            ["swapped with the family name", [are_names_swapped()]]
        ) -%}
        {%- do alike.append("this.full_names && other.full_names") -%}
    {%- endif -%}
    {{ return(levels + [
        ["nickname, same sound, or one begins with the other", alike],
        ["far", [[share, 50]]],
        ["different", []],
    ]) }}
{%- endmacro %}
