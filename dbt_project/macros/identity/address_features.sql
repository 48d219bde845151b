{% macro address_features(profiles) -%}
    {{ return(adapter.dispatch("address_features")(profiles)) }}
{%- endmacro %}


{% macro postgres__address_features(profiles) -%}
    {#- The words as sorted integers, which intarray compares fast. -#}
    select
        addresses.address,
        public.uniq(public.sort(array_agg(hashtext(words.word))))
            as address_words,
        string_agg(words.word, ' ' order by words.position) filter (
            where words.word ~ '[0-9]'
        ) as address_numbers
    from (
        select distinct address
        from {{ profiles }}
        where address is not null
    ) as addresses
    cross join lateral unnest(string_to_array(addresses.address, ' '))
        with ordinality as words (word, position)
    group by addresses.address
{%- endmacro %}
