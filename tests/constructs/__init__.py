"""One small function of tensors for each construct of the language and its library.

A construct says how many graphs and breaks its first call may cost: one graph and no break for
all whose outcome doesn't depend on tensor data. ``test_constructs.py`` runs each plain and
compiled, and compares the counts of all six versions.
"""
