{% macro latest_version(key, columns, changed_at=none) -%}
    {#- Ranks the versions of a source row, the one that counts first: the one
        that its system changed last, where it says so; else the newest load's,
        and within a load that of the last file by name. What is left is chosen
        by content, so that the order of a file's lines decides nothing. -#}
    row_number() over (
        partition by {{ key | join(", ") }}
        order by
            {%- if changed_at %}
            substring({{ changed_at }} from '^[0-9]{4}-[0-9]{2}-.+')
                collate "C" desc nulls last,
            {%- endif %}
            _batch_id desc,
            _source_file collate "C" desc,
            {{ row_fingerprint(columns) }} desc
    )
{%- endmacro %}
