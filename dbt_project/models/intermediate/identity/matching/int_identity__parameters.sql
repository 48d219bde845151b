select * from {{ var("identity_schema") }}.identity_parameters
