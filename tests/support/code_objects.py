"""What two code objects of one interpreter have in common, field by field and exactly."""

from __future__ import annotations

import dis
import types
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from paddlefx.emit.assemble import const_key
from paddlefx.ir.program import cell_operands
from paddlefx.opcodes import table_for
from paddlefx.opcodes.raw import Raw, exception_entries, positions, read
from paddlefx.opcodes.table import OpcodeTable, Rule

__all__ = ["FIELDS", "Listing", "codes", "describes_alike", "listing", "stack_needed"]

#: What describes a code object beside its instructions.
FIELDS = (
    "co_name",
    "co_qualname",
    "co_filename",
    "co_flags",
    "co_argcount",
    "co_posonlyargcount",
    "co_kwonlyargcount",
    "co_varnames",
    "co_cellvars",
    "co_freevars",
    "co_firstlineno",
)


def codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """A code object and all that are nested in it."""
    yield code
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from codes(const)


def describes_alike(one: types.CodeType, other: types.CodeType) -> Optional[str]:
    """The first of :data:`FIELDS` that differs, or ``None``; and what ``__doc__`` would be."""
    for field in FIELDS:
        if getattr(one, field, None) != getattr(other, field, None):
            return field
    if _docstring(one) != _docstring(other):
        return "docstring"
    return None


def _docstring(code: types.CodeType) -> Optional[str]:
    mark = table_for().traits["docstring_flag"]
    if code.co_flags & 3 != 3 or (mark and not code.co_flags & mark):
        return None
    first = code.co_consts[0] if code.co_consts else None
    return first if isinstance(first, str) else None


class Listing(NamedTuple):
    """Instructions with what their operands mean, and the exception table by instruction."""

    names: List[str]
    operands: List[Any]
    entries: List[Tuple[int, int, int, int, bool]]
    positions: List[Any]
    raw: Raw


def listing(code: types.CodeType, table: OpcodeTable) -> Listing:
    """Read a code object so that pools and widths don't show."""
    raw = read(code.co_code, table)
    cells = tuple(code.co_cellvars), tuple(code.co_freevars)
    operands = cell_operands(*cells)
    if table.traits["localsplus"]:
        rest = tuple(name for name in cells[0] if name not in code.co_varnames)
        local = tuple(code.co_varnames) + rest + operands[len(cells[0]) :]
        pools = {"local": local, "cell": local}
    else:
        pools = {"local": tuple(code.co_varnames), "cell": operands}
    pools["name"] = tuple(code.co_names)
    names: List[str] = []
    values: List[Any] = []
    for i, (opcode, oparg) in enumerate(zip(raw.opcodes, raw.opargs)):
        rule = table.rules[opcode]
        names.append(rule.name)
        # what an instruction without an operand has there is of no account
        used = opcode >= dis.HAVE_ARGUMENT
        values.append(_operand(code, raw, table, i, rule, oparg, pools) if used else None)
    where = raw.starts + [len(code.co_code)]
    index = {offset: i for i, offset in enumerate(where)}
    entries = []
    if table.traits["handlers"] == "table":
        for entry in exception_entries(code.co_exceptiontable):
            start, end = _at(index, entry.start), _at(index, entry.end)
            if start < end:
                entries.append((start, end, raw.find(entry.target), entry.depth, entry.lasti))
    return Listing(names, values, entries, positions(code, raw), raw)


def _at(index: Dict[int, int], offset: int) -> int:
    """The first instruction at or after an offset; a table may name a cache entry."""
    while offset not in index:
        offset += 2
    return index[offset]


def _operand(
    code: types.CodeType, raw: Raw, table: OpcodeTable, i: int, rule: Rule, oparg: int, pools: Any
) -> Any:
    form, codec = rule.form, rule.operand
    if codec in ("forward", "backward", "absolute"):
        unit = table.traits["jump_unit"]
        if codec == "absolute":
            offset = oparg * unit
        else:
            offset = raw.offsets[i] + 2 + 2 * rule.caches
            offset += oparg * unit if codec == "forward" else -oparg * unit
        return "to", raw.find(offset)
    if form in ("const", "return_const", "kw_names"):
        return const_key(code.co_consts[oparg])
    if form in ("fast", "store_fast", "save_fast", "cell"):
        return pools["local" if form != "cell" else "cell"][oparg]
    if form == "fast_pair":
        return pools["local"][oparg >> 4], pools["local"][oparg & 15]
    if form == "global" or form == "attr":
        return pools["name"][oparg >> 1], oparg & 1
    if form == "super":
        return pools["name"][oparg >> 2], oparg & 3
    if form == "method":
        return pools["name"][oparg]
    if form == "classderef":
        return pools["cell"][oparg]
    if codec in pools:
        return pools[codec][oparg]
    return oparg


def stack_needed(code: types.CodeType, table: OpcodeTable) -> int:
    """The deepest stack that control can reach, by ``dis.stack_effect``.

    0 for code with 3.8's END_FINALLY: what that takes depends on how it was come to, which
    ``dis`` can't say. Emit keeps CPython's own count there where the instructions are the same.
    """
    raw = read(code.co_code, table)
    if any(table.rules[opcode].form == "end_finally" for opcode in raw.opcodes):
        return 0
    size = len(raw.opcodes)
    seen = [-1] * size
    work = [(0, 0)]
    handlers = {}
    if table.traits["handlers"] == "table":
        for entry in exception_entries(code.co_exceptiontable):
            start, end = raw.first_at(entry.start), raw.first_at(entry.end)
            where = (raw.find(entry.target), entry.depth + entry.lasti + 1)
            handlers.update(dict.fromkeys(range(start, end), where))
    deepest = 0
    jumping = {
        number: rule
        for number, rule in table.rules.items()
        if rule.operand in ("forward", "backward", "absolute")
    }
    has_operand = dis.HAVE_ARGUMENT
    while work:
        i, depth = work.pop()
        while i < size and depth > seen[i]:
            seen[i] = depth
            deepest = max(deepest, depth)
            if i in handlers:
                work.append(handlers[i])
            opcode = raw.opcodes[i]
            oparg = raw.opargs[i] if opcode >= has_operand else None
            rule = table.rules[opcode]
            if opcode in jumping:
                kind, target = _operand(code, raw, table, i, rule, raw.opargs[i], {})
                effect = dis.stack_effect(opcode, oparg, jump=True)
                # CPython counts the manager too, which __exit__ has replaced by then
                effect -= rule.form == "setup_with"
                work.append((target, depth + effect))
            if rule.form in ("jump", "return", "return_const", "raise", "reraise"):
                break
            if rule.form == "generator":
                i += 1  # the POP_TOP behind it takes what the caller sends
            else:
                depth += dis.stack_effect(opcode, oparg, jump=False)
            i += 1
    return deepest
