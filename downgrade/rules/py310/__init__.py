"""What Python 3.10 added."""
