"""What Python 3.11 added."""
