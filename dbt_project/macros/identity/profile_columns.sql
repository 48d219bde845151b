{% macro profile_columns() -%}
    {#- What a profile is blocked and compared by. -#}
    {{ return(["source"] + matching_fields() + [
        "given_sound", "family_sound", "full_names", "email_local",
        "email_domain", "address_words", "address_numbers",
    ]) }}
{%- endmacro %}
