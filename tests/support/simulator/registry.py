"""One rule for each operation of the closed set."""

from __future__ import annotations

from typing import Any, Callable, Dict

from paddlefx.ir.instr import Op

__all__ = ["CHANGED", "RULES", "SimulatorFault", "rule"]

#: What a rule does: it gets the frame and the operand, and returns ``None``, :data:`CHANGED`,
#: or an iterable that the frame's level has to ``yield from``.
Rule = Callable[[Any, Any], Any]

RULES: Dict[Op, Rule] = {}

#: A rule's answer when handlers were opened or closed, or when the frame is done.
CHANGED = object()


class SimulatorFault(Exception):
    """The simulator can't go on: a program that is wrong, or one that doesn't end."""


def rule(*ops: Op) -> Callable[[Rule], Rule]:
    """Register a function as the rule of these operations."""

    def register(function: Rule) -> Rule:
        for op in ops:
            assert op not in RULES, op
            RULES[op] = function
        return function

    return register
