"""What captured code does to objects from outside: the kinds of change, and their log."""
