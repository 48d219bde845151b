{% macro count_raw_rows(system, table) -%}
    {#- A query of a raw table's rows and of those that staging must make of
        them: one for each key that the source declares, less the apostrophe
        that guards it from spreadsheets, or, where its key may repeat, each
        content as often as the file that has most of it. -#}
    {%- set unique_id = ["source", project_name, system, table] | join(".") -%}
    {%- set declared = graph.sources[unique_id] if execute else {} -%}
    {%- set meta = declared.get("meta", {}) -%}
    select
        '{{ system }}_{{ table }}' as table_name,
        coalesce(sum(row_count), 0) as rows_in_raw,
        coalesce(sum(key_count), 0) as keys_in_raw
    from (
        {%- if meta.get("key_repeats") %}
        select
            sum(row_count) as row_count,
            max(row_count) as key_count
        from (
            select
                {{ row_fingerprint(declared.get("columns", {})) }}
                    as fingerprint,
                count(*) as row_count
            from {{ source(system, table) }}
            group by fingerprint, _batch_id, _source_file
        ) as contents
        group by fingerprint
        {%- else %}
        select
            count(*) as row_count,
            1 as key_count
        from {{ source(system, table) }}
        group by
            {%- for column in meta.get("key", []) %}
            {%- if column in meta.get("guarded", []) %}
            trim(ltrim({{ column }}, '''')){{ "," if not loop.last }}
            {%- else %}
            trim({{ column }}){{ "," if not loop.last }}
            {%- endif %}
            {%- endfor %}
        {%- endif %}
    ) as keys
{%- endmacro %}
