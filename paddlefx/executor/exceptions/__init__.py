"""Exceptions made, raised, worded and grouped in capture."""
