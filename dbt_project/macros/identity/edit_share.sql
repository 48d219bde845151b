{% macro edit_share(field, other_field=none) -%}
    {#- Edits in hundredths of the longer text. -#}
    100 * {{ edits(field, other_field) }} / greatest(
        length(this.{{ field }}), length(other.{{ other_field or field }}), 1
    )
{%- endmacro %}
