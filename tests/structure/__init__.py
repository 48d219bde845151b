"""What the repository promises about itself, checked without a database."""
