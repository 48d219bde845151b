"""Publishing what dbt built, while others read."""
