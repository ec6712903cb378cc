"""What Python 3.12 added."""
