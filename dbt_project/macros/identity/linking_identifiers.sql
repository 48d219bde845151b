{% macro linking_identifiers() -%}
    {#- Issued ids, then the vars join_key and secondary_join_keys, each with
        the column of int_customer_records that holds its matching form. -#}
    {%- set columns = {"email": "email_match", "phone": "phone"} -%}
    {%- set identifiers = [
        {"type": "issued_id", "column": "issued_id_match"}
    ] -%}
    {%- for type in [var("join_key")] + var("secondary_join_keys") -%}
        {%- if type not in columns -%}
            {{ exceptions.raise_compiler_error(
                "join_key and secondary_join_keys take "
                ~ (columns.keys() | join(", ")) ~ "; not " ~ type
            ) }}
        {%- endif -%}
        {%- do identifiers.append({"type": type, "column": columns[type]}) -%}
    {%- endfor -%}
    {{ return(identifiers) }}
{%- endmacro %}
