"""Who writes what: one writer per operation and per hint that is not plain, and a version's rows.

A writer gets the transcriber, the item and its index, and returns the index to go on with;
where control ends behind the item, the inverse (``~``) of that index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, Optional, Tuple, Union

from ...ir.effects import EFFECTS, Effect
from ...ir.instr import Instr, Op
from ...opcodes.table import OpcodeTable, Rule

if TYPE_CHECKING:
    from .machine import Transcriber

__all__ = ["BY_FORM", "BY_OP", "Action", "Unfit", "Writers", "spelled", "writers_of"]


class Unfit(Exception):
    """The items don't fit the slots: the general writer has to do it."""


Special = Callable[["Transcriber", Instr, int], int]
BY_OP: Dict[Op, Special] = {}
BY_FORM: Dict[str, Special] = {}

#: How the operand of a plain item is written.
NONE, INT, NAME, LOCAL, CELL, CHOICE = range(6)
_CODECS = {"": NONE, "int": INT, "name": NAME, "local": LOCAL, "cell": CELL}
_Plain = Tuple[int, int, Any, int, int, int, Optional[Callable[[Any], Effect]]]
Action = Union[_Plain, Special, None]


def spelled(*keys: Union[Op, str]) -> Callable[[Special], Special]:
    """Register the writer of operations, or of the hints with these forms."""

    def register(function: Special) -> Special:
        for key in keys:
            if isinstance(key, Op):
                BY_OP[key] = function
            else:
                BY_FORM[key] = function
        return function

    return register


# -- the rows of a table, made ready


class Writers:
    """What to do for each operation in one version."""

    def __init__(self, table: OpcodeTable) -> None:
        self.table = table
        self.actions: Dict[Op, Action] = {op: self._plain(op) for op in Op}
        self.actions.update(BY_OP)
        self.forms: Dict[str, Special] = {}
        for rule in table.rules.values():
            found = BY_FORM.get(rule.name) or BY_FORM.get(rule.form)
            if found is not None:
                self.forms[rule.name] = found
        #: with LOAD_FAST only where the local is bound for certain
        self.checks = "LOAD_FAST_CHECK" in table

    def _plain(self, op: Op) -> Action:
        choices: Dict[Any, Tuple[int, int]] = {}
        plain: Optional[Rule] = None
        for rule in self.table.rules.values():
            if rule.form == "choice":
                for oparg, meaning in sorted(rule.value.items()):
                    if meaning is not None and meaning[0] is op:
                        choices.setdefault(meaning[1], (rule.number, oparg))
            elif rule.form in ("plain", "into") and rule.op is op:
                if rule.value is not None:
                    choices.setdefault(rule.value, (rule.number, 0))
                else:
                    plain = rule
        entry = EFFECTS[op]
        dynamic = None if isinstance(entry, Effect) else entry
        pops = pushes = looked = 0
        if isinstance(entry, Effect):
            # what is only looked at is taken and put back
            looked = entry.needs - entry.pops
            pops, pushes = entry.needs, entry.pushes + looked
        if choices:
            return 0, CHOICE, choices, pops, pushes, looked, dynamic
        if plain is None or plain.form == "into":
            return None
        return plain.number, _CODECS[plain.operand], None, pops, pushes, looked, dynamic


_MADE: Dict[int, Writers] = {}


def writers_of(table: OpcodeTable) -> Writers:
    """The writers of a version; made once."""
    found = _MADE.get(id(table))
    if found is None or found.table is not table:
        found = _MADE[id(table)] = Writers(table)
    return found
