"""Programs as text: one line an instruction, handlers and source lines beside it."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Set

from .flow import parameter_count
from .instr import Instr, Label, Op
from .program import Program

__all__ = ["format_constant", "format_instr", "format_operand", "format_program", "label_names"]


def format_program(program: Program) -> str:
    """The listing of a program.

    Labels are numbered in the order they stand (``L1``); a line starts with the source line
    where it changes, and ends with ``-> L2 [depth 1, scopes 0]`` where an exception leads.
    """
    names = label_names(program)
    head = f"{program.qualname}({', '.join(program.varnames[: parameter_count(program)])})"
    lines: List[str] = [head]
    for title, values in (
        ("cells", program.cellvars),
        ("free", program.freevars),
    ):
        if values:
            lines.append(f"  {title}: {', '.join(values)}")
    shown: Optional[int] = None
    for item in program.items:
        if isinstance(item, Label):
            if item in names:
                lines.append(f"{names[item]}:")
            continue
        line = item.position.lineno
        number = "" if line is None or line == shown else str(line)
        shown = line if line is not None else shown
        text = f"{number:>5}  {format_instr(item, names)}"
        handler = item.handler
        if handler is not None:
            where = names.get(handler.label, "?")
            text = f"{text:<48}-> {where} [depth {handler.depth}, scopes {handler.scopes}]"
        lines.append(text.rstrip())
    return "\n".join(lines) + "\n"


def format_instr(instr: Instr, names: Optional[Dict[Label, str]] = None) -> str:
    """One instruction, without its handler."""
    operand = format_operand(instr, names)
    if operand is None:
        return str(instr.op.value)
    return f"{instr.op.value:<20} {operand}"


def format_operand(instr: Instr, names: Optional[Dict[Label, str]] = None) -> Optional[str]:
    """An instruction's operand; ``None`` where it has none."""
    if instr.arg is None and instr.op is not Op.LOAD_CONST:
        return None
    return _operand(instr.op, instr.arg, names or {})


def _operand(op: Op, arg: Any, names: Dict[Label, str]) -> str:
    if isinstance(arg, Label):
        return names.get(arg, "?")
    if op is Op.BRANCH:
        return f"true {names.get(arg[0], '?')}, false {names.get(arg[1], '?')}"
    if op is Op.BINARY:
        return f"{arg[0]}=" if arg[1] else str(arg[0])
    if op is Op.CALL:
        count, keywords = arg
        return f"{count}" + (f" ({', '.join(keywords)})" if keywords else "")
    if op is Op.LOAD_CONST:
        return format_constant(arg)
    return str(arg)


def format_constant(value: Any) -> str:
    """A constant as Python writes it, cut to 60 characters; sets in the order of their texts."""
    text = " ".join(_constant(value).split())
    return text if len(text) <= 60 else text[:57] + "..."


def _constant(value: Any) -> str:
    name = value.name if isinstance(value, Program) else getattr(value, "co_name", None)
    if name is not None:
        return f"<code {name}>"
    if type(value) is frozenset and value:
        return f"frozenset({{{', '.join(sorted(map(_constant, value)))}}})"
    if type(value) is tuple:
        inside = ", ".join(map(_constant, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    try:
        return repr(value)
    except Exception as error:
        return f"<{type(value).__name__}, whose repr raises {type(error).__name__}>"


def label_names(program: Program) -> Dict[Label, str]:
    """``L1``, ``L2`` and so on for the labels that something leads to, in the order they stand."""
    used: Set[Label] = set()
    for item in program.items:
        if isinstance(item, Instr):
            if item.handler is not None:
                used.add(item.handler.label)
            targets = item.arg if isinstance(item.arg, tuple) else (item.arg,)
            used.update(target for target in targets if isinstance(target, Label))
    names: Dict[Label, str] = {}
    for item in program.items:
        if isinstance(item, Label) and item in used:
            names[item] = f"L{len(names) + 1}"
    return names
