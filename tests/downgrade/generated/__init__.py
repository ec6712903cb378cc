"""Programs over the newest syntax, drawn from Hypothesis: as written here, lowered elsewhere."""
