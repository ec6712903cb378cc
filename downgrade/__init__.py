"""Python source in, source for an older Python out: what ``tsc --target`` is to JavaScript.

``python -m downgrade src/`` writes a package anew for Python 3.8; ``downgrade.downgrade`` does
it for one text. A product of its own beside ``paddlefx``: neither imports the other.
"""

from __future__ import annotations

from .engine import Result, downgrade
from .rule import Example, Message, Rule

__all__ = ["Example", "Message", "Result", "Rule", "downgrade"]
