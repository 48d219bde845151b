{% macro is_similar(left_column, right_column) -%}
    {#- At most a quarter of the longer word has to be edited; of a longer text
        than levenshtein takes, its beginning counts. -#}
    public.levenshtein(
        left({{ left_column }}, 255), left({{ right_column }}, 255)
    ) * 4
    <= greatest(length({{ left_column }}), length({{ right_column }}))
{%- endmacro %}
