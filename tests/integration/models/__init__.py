"""Models as people write them, small: what the zoo of the real ones looks like inside."""
