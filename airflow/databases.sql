-- The two roles and databases of docker-compose.yml's server, run by psql as its
-- superuser at every start: passwords changed in .env take effect. What stands
-- inside the product's database is in sql/.
\set ON_ERROR_STOP on
\getenv product_password C360_DB_PASSWORD
\getenv airflow_password AIRFLOW_DB_PASSWORD

select format('create role %I login', role_name) as statement
from (values ('customer360'), ('airflow')) as wanted (role_name)
where not exists (select from pg_roles where rolname = role_name)
\gexec

-- createrole: sql/ makes the least-privilege roles that each step runs under
alter role customer360 with nosuperuser createrole nocreatedb
password :'product_password';
alter role airflow with nosuperuser nocreaterole nocreatedb
password :'airflow_password';

select format('create database %I owner %I', role_name, role_name) as statement
from (values ('customer360'), ('airflow')) as wanted (role_name)
where not exists (select from pg_database where datname = role_name)
\gexec

-- neither may look into the other's database
revoke all on database customer360, airflow from public;
