"""The rows of a table, made ready for decode's main loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Tuple, Union

from ..ir.effects import EFFECTS, Effect
from ..ir.instr import Op
from ..opcodes.table import OpcodeTable, Rule

if TYPE_CHECKING:
    from .machine import Decoder

__all__ = ["FORMS", "actions", "form", "jumps_of"]

Form = Callable[["Decoder", int, int, Rule], int]

#: Readers of forms, filled by :mod:`.forms`, :mod:`.jumps` and :mod:`.exceptions`.
FORMS: Dict[str, Form] = {}

#: How the operand of a plain row is read.
NONE, INT, NAME, LOCAL, CELL, CONST = range(6)
_CODECS = {"": NONE, "int": INT, "name": NAME, "local": LOCAL, "cell": CELL}

#: (operation, codec, fixed operand, pops, pushes, or the effect as a function of the operand)
_Plain = Tuple[Op, int, Any, int, int, Optional[Callable[[Any], Effect]]]
Action = Union[_Plain, Tuple[Form, Rule], None]

#: Forms of instructions that raise nothing, whatever the values are.
_QUIET = frozenset(
    {
        "begin_finally",
        "cell",
        "const",
        "copy",
        "copy2",
        "end_send",
        "enter_handler",
        "generator",
        "jump",
        "kw_names",
        "nop",
        "null",
        "pop",
        "pop_block",
        "pop_except",
        "return",
        "return_const",
        "rot",
        "save_fast",
        "skip",
        "store_fast",
        "swap",
    }
)


def form(*names: str) -> Callable[[Form], Form]:
    """Register a function as the reader of these forms.

    It gets the decoder, the index of the instruction, its operand and its row, and returns
    the index to go on with, or -1 where the block ends.
    """

    def register(function: Form) -> Form:
        for name in names:
            FORMS[name] = function
        return function

    return register


def actions(table: OpcodeTable) -> Tuple[List[Action], bytes]:
    """What to do for each opcode, and how quiet it is."""
    found = _COMPILED.get(id(table))
    if found is not None and found[0] is table:
        return found[1], found[2]
    result: List[Action] = [None] * 256
    for number, rule in table.rules.items():
        name = rule.form
        if name == "const":
            result[number] = (Op.LOAD_CONST, CONST, None, 0, 1, None)
        elif name == "fast":
            result[number] = (Op.LOAD_LOCAL, LOCAL, None, 0, 1, None)
        elif name == "plain":
            result[number] = _plain(rule)
        elif name != "extended":
            result[number] = (FORMS[name], rule)
    quiet = bytes(_quietness(table.rules.get(number)) for number in range(256))
    _COMPILED[id(table)] = (table, result, quiet)
    return result, quiet


def _quietness(rule: Optional[Rule]) -> int:
    """0 may raise, 1 raises nothing, 2 neither, but is the middle of a change of the stack."""
    if rule is None or rule.form not in _QUIET:
        return 0
    return 2 if rule.form in ("enter_handler", "pop_except") else 1


def _plain(rule: Rule) -> _Plain:
    if rule.op is None:
        raise ValueError(f"{rule.name}: a plain row without an operation")
    entry = EFFECTS[rule.op]
    codec = _CODECS[rule.operand]
    if isinstance(entry, Effect):
        return (rule.op, codec, rule.value, entry.pops, entry.pushes, None)
    if codec == NONE:
        fixed = entry(rule.value)
        return (rule.op, codec, rule.value, fixed.pops, fixed.pushes, None)
    return (rule.op, codec, rule.value, 0, 0, entry)


_COMPILED: Dict[int, Tuple[OpcodeTable, List[Action], bytes]] = {}


def jumps_of(table: OpcodeTable) -> Dict[int, Rule]:
    """The rows whose operand is a place."""
    return {
        number: rule
        for number, rule in table.rules.items()
        if rule.operand in ("forward", "backward", "absolute")
    }
