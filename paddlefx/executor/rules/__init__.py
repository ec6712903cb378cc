"""What stands for functions of the library whose own code isn't run in capture."""
