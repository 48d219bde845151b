{% macro name_part(column) -%}
    (
        with given as {{ evaluated_once() }} (
            select {{ without_titles(person_name(column)) }} as untitled_name
        )

        select {{ humane_case("untitled_name") }} from given
    )
{%- endmacro %}
