{% macro shared_words(words, other_words) -%}
    {{ return(adapter.dispatch("shared_words")(words, other_words)) }}
{%- endmacro %}


{% macro postgres__shared_words(words, other_words) -%}
    {#- Of sorted integers, intarray finds what two lists share fast. -#}
    public.icount({{ words }} operator(public.&) {{ other_words }})
{%- endmacro %}
