{% macro latest_occurrences(relation, columns) -%}
    {#- Rows of files that number none of theirs: equal ones are told apart by
        counting them within their file, so that another file which has them as
        well, such as this month's export after last month's, brings nothing
        new. Columns that nobody declared do not tell them apart: else the first
        export with a column more would bring all rows of the last one again.
        Both windows begin with the fingerprint, so that one sort serves the
        two. -#}
    select *
    from (
        select
            *,
            row_number() over (
                partition by fingerprint, occurrence
                order by _batch_id desc, _source_file collate "C" desc
            ) as version_rank
        from (
            select
                *,
                row_number() over (
                    partition by fingerprint, _batch_id, _source_file
                    order by _row_number
                ) as occurrence
            from (
                select
                    *,
                    {{ row_fingerprint(columns) }} as fingerprint
                from {{ relation }}
            ) as fingerprinted
        ) as occurrences
    ) as versions
    where version_rank = 1
{%- endmacro %}
