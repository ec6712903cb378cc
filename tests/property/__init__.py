"""Properties of the translation layer, over functions that a strategy writes as source."""
