"""Iterators that capture runs itself: what each takes from its sources, and when.

One class per iterator type of CPython, with its sources and its position:
``step`` follows the type's ``tp_iternext``, ``rebuild`` makes the real iterator at
that position when a break finds it alive.
"""
