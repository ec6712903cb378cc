"""Programs as lines of text: instructions under their source lines, beside their opcodes."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from ..decode.origins import Origins, decode_with_origins
from ..ir.flow import parameter_count
from ..ir.instr import Instr, Label
from ..ir.printer import format_instr, label_names
from ..ir.program import Program
from .operands import resolved
from .target import Loaded
from .terminal import Line, plain

__all__ = ["Opcode", "listing", "opcodes", "parameters"]

_NUMBER = 5


class Opcode(NamedTuple):
    """One opcode of the version: where, its name, its operand, and what that stands for."""

    offset: int
    name: str
    oparg: int
    value: str

    def text(self) -> str:
        """``12 LOAD_GLOBAL 1 (print)``"""
        value = f" ({self.value})" if self.value else ""
        return f"{self.offset:>5} {self.name:<24} {self.oparg:>3}{value}"


def opcodes(loaded: Loaded, code: Any, decoded: Origins) -> List[Opcode]:
    """The opcodes of a code object, inline caches and EXTENDED_ARGs left out."""
    raw = decoded.raw
    result = []
    for opcode, oparg, offset in zip(raw.opcodes, raw.opargs, raw.offsets):
        rule = loaded.table.rules[opcode]
        value = resolved(code, loaded.table, rule, oparg, offset)
        result.append(Opcode(offset, rule.name, oparg, value))
    return result


def parameters(program: Program) -> Tuple[str, ...]:
    """The names of a program's parameters."""
    return program.varnames[: parameter_count(program)]


def listing(loaded: Loaded, qualname: str, code: Any, both: bool) -> List[Line]:
    """A code object's program.

    Args:
        loaded: the target it is from.
        qualname: its qualified name.
        code: the code object.
        both: whether to show the version's opcodes beside the instructions.

    Raises:
        DecodeError: it can't be read.
    """
    decoded = decode_with_origins(code, loaded.table)
    lines = list(_head(loaded, qualname, decoded.program))
    names = label_names(decoded.program)
    body = [_item(item, names) for item in decoded.program.items]
    width = max((len(plain(line)) for line in body), default=0) + 2
    every = opcodes(loaded, code, decoded) if both else []
    shown: Optional[int] = None
    for item, line, row in zip(decoded.program.items, body, decoded.rows):
        if isinstance(item, Instr):
            number = item.position.lineno
            if number is not None and number != shown:
                shown = number
                lines.append(_source(number, loaded.source(number)))
        own = row[-1] if every and row and isinstance(item, Instr) else None
        if every:
            lines.extend(_joined([], width, every[index]) for index in row if index != own)
        if line:
            lines.append(line if own is None else _joined(line, width, every[own]))
    if every and decoded.rest:
        lines.append([("    opcodes without an instruction", "note")])
        lines.extend(_joined([], width, every[index]) for index in decoded.rest)
    return lines


def _head(loaded: Loaded, qualname: str, program: Program) -> Iterator[Line]:
    yield [
        (f"{qualname}({', '.join(parameters(program))})", "title"),
        (f"  {loaded.filename}:{program.firstlineno}, Python {loaded.python}", "note"),
    ]
    if program.cellvars:
        yield [(f"  cells: {', '.join(program.cellvars)}", "note")]
    if program.freevars:
        yield [(f"  free: {', '.join(program.freevars)}", "note")]


def _source(number: int, text: Optional[str]) -> Line:
    line: Line = [(f"{number:>{_NUMBER}} |", "note")]
    if text is not None:
        line.append((f" {text.expandtabs(4)}", "source"))
    return line


def _item(item: Any, names: Dict[Label, str]) -> Line:
    if isinstance(item, Label):
        return [(f"{names[item]}:", "label")] if item in names else []
    op, _, operand = format_instr(item, names).partition(" ")
    line: Line = [(" " * (_NUMBER + 2), ""), (op, "op")]
    if operand:
        line.append((" " + operand, "operand"))
    handler = item.handler
    if handler is not None:
        pad = " " * max(1, 55 - len(plain(line)))
        line.append((pad, ""))
        where = f"-> {names.get(handler.label, '?')}"
        line.append(
            (f"{where} [depth {handler.depth}, scopes {handler.scopes}]", "handler"),
        )
    return line


def _joined(line: Line, width: int, opcode: Opcode) -> Line:
    pad = " " * (width - len(plain(line)))
    return [*line, (pad, ""), ("|", "note"), (opcode.text(), "opcode")]
