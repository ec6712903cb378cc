"""Operators, items, numbers and texts of symbolic values."""
