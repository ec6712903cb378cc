"""Real functions and networks, with Paddle."""
