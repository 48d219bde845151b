{% macro is_opted_out(headers) -%}
    {{ return(adapter.dispatch("is_opted_out")(headers)) }}
{%- endmacro %}


{% macro postgres__is_opted_out(headers) -%}
    {#- Flags that an export may have or not, so that no declaration asks for
        them: they are kept in _extra. One is enough; what is neither yes nor no
        is taken for an opt-out, as nobody must be written to by mistake. -#}
    case
        {%- for header in headers %}
        {%- set said = "nullif(trim(_extra ->> '" ~ header ~ "'), '')" %}
        when
            {{ said }} is not null
            and lower({{ said }}) <> 'allow'
            and coalesce({{ boolean_or_null(said) }}, true)
            then true
        {%- endfor %}
        when
            {%- for header in headers %}
            nullif(trim(_extra ->> '{{ header }}'), '') is not null
            {%- if not loop.last %} or{% endif %}
            {%- endfor %}
            then false
    end
{%- endmacro %}
