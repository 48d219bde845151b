{% macro customer_record_models() -%}
    {#- The models that bring the customer records of one system each. -#}
    {{ return([
        ref("int_customer_records__csv"),
        ref("int_customer_records__dealer"),
        ref("int_customer_records__digital"),
        ref("int_customer_records__dynamics"),
        ref("int_customer_records__hubspot"),
        ref("int_customer_records__insights"),
        ref("int_customer_records__marketing"),
        ref("int_customer_records__online_retail"),
        ref("int_customer_records__retail"),
        ref("int_customer_records__salesforce"),
        ref("int_customer_records__shop"),
        ref("int_customer_records__stripe"),
    ]) }}
{%- endmacro %}
