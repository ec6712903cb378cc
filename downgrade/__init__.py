"""Python source in, source for an older Python out: what ``tsc --target`` is to JavaScript.

A product of its own beside ``paddlefx``: neither imports the other. The engine and
its rules come with their own issue; see docs/architecture.md for the plan.
"""
