{% macro name_sound(column) -%}
    {{ return(adapter.dispatch("name_sound")(column)) }}
{%- endmacro %}


{% macro postgres__name_sound(column) -%}
    {#- What has no sound, as names in other scripts, sounds like itself. -#}
    coalesce(nullif(public.dmetaphone({{ column }}), ''), {{ column }})
{%- endmacro %}
