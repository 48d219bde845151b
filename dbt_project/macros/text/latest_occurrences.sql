{% macro latest_occurrences(relation, columns) -%}
    {#- Rows of a file that numbers none of its own: equal ones are told apart
        by counting them, within a load, so that a file which came again, in a
        newer load, brings nothing new. Both windows begin with the fingerprint,
        so that one sort serves the two. -#}
    select *
    from (
        select
            *,
            row_number() over (
                partition by fingerprint, occurrence order by _batch_id desc
            ) as version_rank
        from (
            select
                *,
                row_number() over (
                    partition by fingerprint, _batch_id order by _row_number
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
