"""What the text of a module says: its nodes, its tokens, the constructs it uses."""
