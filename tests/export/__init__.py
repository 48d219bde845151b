"""Exports, read back as their readers read them."""
