"""Tests of `add-source`: on a copy of the dbt project, never on the project itself."""
