"""Attributes, instances and classes, as ``object`` and ``type`` treat them."""
