"""What an opcode's operand stands for: the constant, name, variable, operator or target."""

from __future__ import annotations

from typing import Any, Sequence

from ..ir.printer import format_constant
from ..ir.program import cell_operands
from ..opcodes.table import OpcodeTable, Rule

__all__ = ["resolved"]

#: Forms whose operand is an index into ``co_names``, with the flag bits below the index.
_NAME_FLAGS = {"global": 1, "attr": 1, "super": 2, "method": 0}
_CONSTANTS = ("const", "return_const", "kw_names")
_LOCALS = ("fast", "store_fast", "save_fast")
_CELLS = ("cell", "classderef")
_LONGEST = 40


def resolved(code: Any, table: OpcodeTable, rule: Rule, oparg: int, offset: int) -> str:
    """The value as text; empty where the operand is a number, or isn't used.

    Args:
        code: the code object.
        table: of its version.
        rule: the opcode's row.
        oparg: its operand.
        offset: where it stands, in bytes.
    """
    form, operand = rule.form, rule.operand
    target = rule.jumps_to(oparg, offset, table.traits["jump_unit"])
    if target is not None:
        return f"to {target}"
    if form in _CONSTANTS:
        if oparg >= len(code.co_consts):
            return "?"
        text = format_constant(code.co_consts[oparg])
        return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
    if form in _NAME_FLAGS:
        return _name(code.co_names, oparg >> _NAME_FLAGS[form])
    if operand == "name":
        return _name(code.co_names, oparg)
    if form in _LOCALS or operand == "local":
        return _name(_slots(code, table), oparg)
    if form == "fast_pair":
        slots = _slots(code, table)
        return f"{_name(slots, oparg >> 4)}, {_name(slots, oparg & 15)}"
    if form in _CELLS or operand == "cell":
        return _name(_cells(code, table), oparg)
    if form == "choice":
        meaning = rule.value.get(oparg)
        if meaning is not None and meaning[1] is not None:
            op, arg = meaning
            if isinstance(arg, tuple):
                return f"{arg[0]}=" if arg[1] else str(arg[0])
            if isinstance(arg, bool):
                return {"IS": ("is", "is not"), "CONTAINS": ("in", "not in")}[op.value][arg]
            return str(arg)
    return ""


def _name(names: Sequence[str], index: int) -> str:
    return names[index] if index < len(names) else "?"


def _slots(code: Any, table: OpcodeTable) -> Sequence[str]:
    """Names by the index that LOAD_FAST uses."""
    if not table.traits["localsplus"]:
        return tuple(code.co_varnames)
    rest = tuple(name for name in code.co_cellvars if name not in code.co_varnames)
    return (*code.co_varnames, *rest, *code.co_freevars)


def _cells(code: Any, table: OpcodeTable) -> Sequence[str]:
    """Names by the index that LOAD_DEREF uses."""
    if table.traits["localsplus"]:
        return _slots(code, table)
    return cell_operands(tuple(code.co_cellvars), tuple(code.co_freevars))
