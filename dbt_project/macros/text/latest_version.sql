{% macro latest_version(key, columns, changed_at=none) -%}
    {#- Ranks the versions of a source row, the one that counts first: the one
        that its system changed last, whatever the zone it says so in. One that
        does not say so, or not readably, gives way to those that do; where none
        does, or at the same moment, the newest load's counts, and within a load
        that of the last file by name. What is left is chosen by content, so
        that the order of a file's lines decides nothing. -#}
    row_number() over (
        partition by {{ key | join(", ") }}
        order by
            {%- if changed_at %}
            {{ exact_timestamp(changed_at) }} desc nulls last,
            {%- endif %}
            _batch_id desc,
            _source_file collate "C" desc,
            {{ row_fingerprint(columns) }} desc
    )
{%- endmacro %}
