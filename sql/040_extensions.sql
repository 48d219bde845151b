-- All three are trusted: the owner of the database may create them.
create extension if not exists fuzzystrmatch schema public;
create extension if not exists intarray schema public;
create extension if not exists pg_trgm schema public;
create extension if not exists unaccent schema public;
