"""What Python 3.13 added."""
