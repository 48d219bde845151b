{% macro is_similar(left_column, right_column) -%}
    {#- At most a quarter of the longer word has to be edited. -#}
    public.levenshtein({{ left_column }}, {{ right_column }}) * 4
    <= greatest(length({{ left_column }}), length({{ right_column }}))
{%- endmacro %}
