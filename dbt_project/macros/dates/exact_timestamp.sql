{% macro exact_timestamp(column) -%}
    {#- With the fractions of a second that timestamp_or_null leaves off. What
        programs write is cast as it stands, which is a fraction of the work,
        unless it is of 29 February, which not every year has. -#}
    case
        when {{ column }} ~ concat(
            '^[0-9]{4}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])',
            '|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)',
            '([ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?Z?)?$'
        )
            and left({{ column }}, 4) between '{{ var("earliest_year") }}'
            and '{{ var("latest_year") }}'
            then cast(rtrim({{ column }}, 'Z') as timestamp)
        else (
            with cleaned as {{ evaluated_once() }} (
                select {{ clean_text(column) }} as given_text
            )

            select
                {{ timestamp_or_null("given_text", day_first=none) }}
                + cast(
                    concat(
                        '0',
                        substring(given_text from ':[0-9]{2}([.][0-9]{1,6})'),
                        ' seconds'
                    ) as interval
                )
            from cleaned
        )
    end
{%- endmacro %}
