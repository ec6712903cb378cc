"""CPython's own tests of newer syntax, lowered and run on older versions."""
