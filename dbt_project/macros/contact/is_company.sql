{% macro is_company(column) -%}
    {#- Legal forms and words that no person is called by. The short forms are
        also surnames (Sa, Ag), hence only in capitals within a name that is
        not all capitals. -#}
    {%- set words = [
        "inc", "incorporated", "llc", "llp", "ltd", "limited", "corp",
        "corporation", "company", "gmbh", "ggmbh", "ohg", "plc", "pty", "sarl",
        "s[.]a[.]?", "s[.]p[.]a", "s[.]r[.]l", "b[.]v", "n[.]v", "e[.]v",
        "holding", "holdings", "group", "university", "foundation",
        "association", "& co", "& sons", "& partners",
    ] -%}
    {%- set capitals = [
        "AB", "AG", "AS", "BV", "KG", "NV", "OY", "SA", "SAS", "SE", "SRL",
    ] -%}
    coalesce(
        {{ column }} ~* '(^|[ ,])({{ words | join("|") }})[.]?($|[ ,])'
        or (
            {{ column }} ~ ' ({{ capitals | join("|") }})$'
            and {{ column }} <> upper({{ column }})
        ),
        false
    )
{%- endmacro %}
