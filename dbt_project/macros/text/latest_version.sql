{% macro latest_version(key, columns) -%}
    {#- Ranks the versions of a source row, the one that counts first: the
        newest load's, and within a load one chosen by content, so that the
        order of a file's lines decides nothing. -#}
    row_number() over (
        partition by {{ key | join(", ") }}
        order by _batch_id desc, {{ row_fingerprint(columns) }} desc
    )
{%- endmacro %}
