{% macro edits(field, other_field=none) -%}
    public.levenshtein(this.{{ field }}, other.{{ other_field or field }})
{%- endmacro %}
