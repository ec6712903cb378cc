"""What Python 3.9 added."""
