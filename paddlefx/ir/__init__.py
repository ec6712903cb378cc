"""The internal instruction set: programs, what their instructions do, and checks of them."""
