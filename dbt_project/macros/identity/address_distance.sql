{% macro address_distance() -%}
    {#- The nearer of the edits and of the words that only one of them has. -#}
    {%- set words, other_words = "this.address_words", "other.address_words" %}
    least(
        {{ edit_share("address") }},
        100 - 100 * {{ shared_words(words, other_words) }} / greatest(
            least(cardinality({{ words }}), cardinality({{ other_words }})), 1
        )
    )
{%- endmacro %}
