"""What Python 3.14 added."""
