{% macro full_name_parts(column) -%}
    (
        with given as {{ evaluated_once() }} (
            select
                {{ column }} as full_name,
                {{ is_company(column) }} as is_company,
                {{ without_titles(column) }} as untitled_name
        ),

        split as {{ evaluated_once() }} (
            select
                full_name,
                is_company,
                case
                    when not is_company
                        then {{ split_name("untitled_name", "given") }}
                end as given_name,
                case
                    when not is_company
                        then {{ split_name("untitled_name", "family") }}
                end as family_name
            from given
        )

        select
            {{ name_part("given_name") }} as given_name,
            {{ name_part("family_name") }} as family_name,
            case when is_company then full_name end as company
        from split
    )
{%- endmacro %}
