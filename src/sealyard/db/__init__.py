"""Adapters to the database: one module per noun, rows in and out as values."""
