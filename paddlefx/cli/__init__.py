"""The commands of ``python -m paddlefx``: one file a command, and what they share.

Nothing here imports a tensor framework, the C extension or the executor.
"""
