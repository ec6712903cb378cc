"""One writer per operation, and the run over a program's items."""

from __future__ import annotations

from typing import Any, Callable, Dict, List

from ..ir.effects import CANNOT_RAISE, effect
from ..ir.instr import Instr, Label, Op
from ..ir.scopes import cell_inside
from ..opcodes.ghosts import REAL
from ..opcodes.table import Rule
from .assemble import Line
from .machine import Emitter
from .slots import Key, is_real

__all__ = ["WRITERS", "run", "writer"]

#: Writes the instruction at hand; returns how many items it took.
Writer = Callable[[Emitter, Instr], int]
WRITERS: Dict[Op, Writer] = {}


def writer(*ops: Op) -> Callable[[Writer], Writer]:
    """Register the writer of these operations."""

    def register(function: Writer) -> Writer:
        for op in ops:
            WRITERS[op] = function
        return function

    return register


# -- the run


def run(e: Emitter) -> List[Line]:
    """Write everything that can be reached; the result is in the order of the items."""
    _run_from(e, 0, True)
    while e.work or e.quiet_handlers():
        index, (layout, blocks) = e.work.pop()
        e.layout, e.blocks = list(layout), list(blocks)
        _run_from(e, index, False)
    lines: List[Line] = []
    for index in sorted(e.chunks):
        fallen = e.fallen.get(index)
        if fallen:
            lines.extend(fallen)
        label = e.items[index]
        end = e.loop_ends.get(label) if isinstance(label, Label) else None
        if end is not None and isinstance(label, Label):
            lines.extend(control.loop_end(e, label, end, fallen is not None))
        if index in e.fresh:
            lines.append(e.fresh[index])
        lines.extend(e.chunks[index])
    return e.resolve(lines + e.tail)


def _run_from(e: Emitter, index: int, fell: bool) -> None:
    """Write straight on from an item; ``fell`` if control is not already accounted for there."""
    items, chunks = e.items, e.chunks
    while True:
        item = items[index]
        e.index = index
        e.chunk = []
        label = item if isinstance(item, Label) else e.fresh.get(index)
        if label is not None:
            if fell:
                e.settle(label)
                e.fallen[index] = e.chunk
                known = e.known.setdefault(label, e.snapshot())
                if known != e.snapshot():
                    e.conflict(label, known, e.snapshot())
            if index in chunks:
                return
        if isinstance(item, Label):
            chunks[index] = [item]
            fell = True
            index += 1
            continue
        if index in chunks:
            raise e.error("control comes twice to a place without a label")
        fell = True
        e.chunk = []
        e.position = item.position
        e.handler = e.chains.handlers.get(index)
        if item.spelling is not None or index in e.plan.before:
            stack.before(e, item, index)
        wanted = e.chains.of(e.handler)
        if item.op is Op.JUMP and e.blocked(wanted):
            # A jump raises nothing; only where it leads does it matter what is around it.
            wanted = e.chains.at_label(item.arg)
        e.transition(wanted)
        if e.handler is not None:
            e.update_entry()
            if item.op not in CANNOT_RAISE:
                e.enter(e.handler)
            elif e.with_table and item.op not in (Op.ENTER_HANDLER, Op.POP_EXCEPT):
                e.note(e.handler)
        else:
            e.entry = None
        taken = WRITERS[item.op](e, item)
        for call in e.plan.after.get(index, ()):
            key = ("call", call)
            if e.wanted(key):
                e.grow(1)
                e.write("PUSH_NULL")
                e.layout.append(e.null(key))
        chunks[index] = e.chunk
        if taken == 0:
            return
        for skipped in range(index + 1, index + taken):
            chunks[skipped] = []
        index += taken


# -- plain operations


def plain(e: Emitter, item: Instr) -> int:
    """An operation that a plain or choice row writes as it is."""
    op, arg = item.op, item.arg
    pops, pushes = effect(op, arg)[1:]
    e.expose(pops)
    found = e.table.spell(op, arg if not isinstance(arg, (list, dict, set)) else None)
    if found is not None and (found[1] is not None or found[0].value is not None or arg is None):
        rule, oparg = found
        e.put(rule, oparg or 0)
    else:
        found = e.table.spell(op, None)
        if found is None:
            raise e.error(f"this version has no {op.value} {arg!r}")
        rule = found[0]
        e.put(rule, operand(e, rule, arg))
    e.pop_values(pops)
    e.push(pushes)
    return 1


def operand(e: Emitter, rule: Rule, arg: Any) -> int:
    """An operand as a plain row writes it."""
    codec = rule.operand
    if codec == "name":
        return e.pools.name(arg)
    if codec == "int":
        return int(arg)
    if codec == "local":
        return e.slots[arg]
    if codec == "cell":
        return e.cells[arg]
    return 0


for _op in Op:
    WRITERS[_op] = plain


def put_like(e: Emitter, rule: Rule, oparg: int, pops: int, pushes: int) -> None:
    """Write one instruction with its effect on values."""
    e.expose(pops)
    e.put(rule, oparg)
    e.pop_values(pops)
    e.push(pushes)


def form_rule(e: Emitter, form: str) -> Rule:
    """The row of a form that this version must have here."""
    rules = e.table.of_form(form)
    if not rules:
        raise e.error(f"this version has no instruction of the form {form}")
    return rules[0]


# -- constants, locals, names


@writer(Op.LOAD_CONST)
def _load_const(e: Emitter, item: Instr) -> int:
    index = e.index
    if item.arg is None:
        if "WITH_CLEANUP_START" in e.table:
            taken = protected.leave_with(e)
            if taken:
                return taken
        test = e.next_instr(index + 1, Op.IS)
        branch = e.next_instr(index + 2, Op.BRANCH)
        if test is not None and branch is not None and e.table.of_form("branch_none"):
            e.expose(1)
            return control.branch_none(e, branch, not test.arg)
    if "RETURN_CONST" in e.table and e.next_instr(index + 1, Op.RETURN) is not None:
        if not any(is_real(tag) for tag in e.layout):
            result = e.items[index + 1]
            e.position = result.position if isinstance(result, Instr) else e.position
            e.write("RETURN_CONST", e.pools.const(item.arg))
            return 0
    e.grow(1)
    if type(item.arg) is int and 0 <= item.arg < 256 and "LOAD_SMALL_INT" in e.table:
        e.write("LOAD_SMALL_INT", item.arg)
    else:
        e.write("LOAD_CONST", e.pools.const(item.arg))
    e.push()
    return 1


def _fast_pair(e: Emitter, item: Instr) -> int:
    """A pair of local instructions in one, where the hint says so and it fits."""
    rule = e.table.get(item.spelling.form) if item.spelling is not None else None
    if rule is None or rule.form != "fast_pair":
        return 0
    second = e.next_instr(e.index + 1, rule.value[1])
    wants_load = rule.value[1] is Op.LOAD_LOCAL
    if second is None and wants_load:
        second = e.next_instr(e.index + 1, Op.LOAD_CELL)
    stored = rule.value[0] is Op.STORE_LOCAL
    if second is None or stored != (item.op is Op.STORE_LOCAL):
        return 0
    if second.handler != item.handler or (second.spelling and second.spelling.before):
        return 0
    slots = [(e.cells if part.op is Op.LOAD_CELL else e.slots)[part.arg] for part in (item, second)]
    if max(slots) > 15:
        return 0
    for part in (item, second):
        if part.op is Op.LOAD_LOCAL and not _bound(e, part):
            return 0
    if "BORROW" in rule.name and not (e.borrows(e.index) and e.borrows(e.index + 1)):
        rule = e.rule("LOAD_FAST_LOAD_FAST")
    e.expose(sum(1 for part in (item, second) if part.op is Op.STORE_LOCAL))
    e.grow(2 if not stored else 0)
    e.put(rule, slots[0] << 4 | slots[1])
    for part in (item, second):
        if part.op is Op.STORE_LOCAL:
            e.pop_values(1)
        else:
            e.push()
    return 2


def _bound(e: Emitter, item: Instr) -> bool:
    """Whether a local is bound for certain where it is loaded."""
    index = e.index if e.items[e.index] is item else e.index + 1
    return item.arg in e.chains.bound().get(index, ())


@writer(Op.LOAD_LOCAL)
def _load_local(e: Emitter, item: Instr) -> int:
    if "LOAD_FAST_CHECK" in e.table:
        taken = _fast_pair(e, item) if item.spelling is not None else 0
        if taken:
            return taken
        if not _bound(e, item):
            e.grow(1)
            e.write("LOAD_FAST_CHECK", e.slots[item.arg])
            e.push()
            return 1
    e.grow(1)
    e.load_fast(e.slots[item.arg], e.index)
    e.push()
    return 1


@writer(Op.STORE_LOCAL)
def _store_local(e: Emitter, item: Instr) -> int:
    taken = _fast_pair(e, item) if item.spelling is not None else 0
    if taken:
        return taken
    put_like(e, e.rule("STORE_FAST"), e.slots[item.arg], 1, 0)
    return 1


@writer(Op.SAVE_LOCAL)
def _save_local(e: Emitter, item: Instr) -> int:
    e.grow(1)
    cell = cell_inside(e.items, e.index, item.arg, e.cells)
    slot = e.cells[cell] if cell and cell in e.program.renewed else e.slots[item.arg]
    e.write("LOAD_FAST_AND_CLEAR", slot)
    e.layout.append(-(2 * slot + 1))
    if cell and e.cells[cell] == slot:  # not a free variable of that name
        e.write("MAKE_CELL", slot)
    if len(e.layout) > 1 and is_real(e.layout[-2]):
        e.swap_slots(2)
    return 1


@writer(Op.SAVE_CELL)
def _save_cell(e: Emitter, item: Instr) -> int:
    e.expose(1)
    e.pop_values(1)
    e.layout.append(-(2 * e.cells[item.arg] + 1))
    if len(e.layout) > 1 and is_real(e.layout[-2]):
        e.swap_slots(2)
    return 1


@writer(Op.RESTORE_LOCAL)
def _restore_local(e: Emitter, item: Instr) -> int:
    slots = [e.slots[item.arg]]
    if item.arg in e.program.renewed:
        slots.append(e.cells[item.arg])
    for place in range(1, len(e.layout) + 1):
        for slot in slots:
            if e.layout[-place] == -(2 * slot + 1):
                e.raise_slot(place)
                e.layout.pop()
                e.write("STORE_FAST", slot)
                return 1
    raise e.error(f"nothing saved of {item.arg}")


@writer(Op.LOAD_CELL)
def _load_cell(e: Emitter, item: Instr) -> int:
    e.grow(1)
    if "LOAD_CLOSURE" in e.table:
        e.write("LOAD_CLOSURE", e.cells[item.arg])
    else:
        taken = _fast_pair(e, item) if item.spelling is not None else 0
        if taken:
            return taken
        e.load_fast(e.cells[item.arg], e.index)
    e.push()
    return 1


@writer(Op.LOAD_LOCALS)
def _load_locals(e: Emitter, item: Instr) -> int:
    if "LOAD_CLASSDEREF" in e.table:
        following = e.next_instr(e.index + 1, Op.LOAD_CLASSDEREF)
        if following is None:
            raise e.error("this version has no LOAD_LOCALS of its own")
        e.grow(1)
        e.write("LOAD_CLASSDEREF", e.cells[following.arg])
        e.push()
        return 2
    e.grow(1)
    return plain(e, item)


@writer(Op.LOAD_GLOBAL)
def _load_global(e: Emitter, item: Instr) -> int:
    e.grow(1)
    rule = e.rule("LOAD_GLOBAL")
    name = e.pools.name(item.arg)
    if rule.form != "global":
        e.put(rule, name)
        e.push()
        return 1
    key = _call_of(e, e.plan.with_global)
    if not key or not e.wanted(key):
        e.put(rule, name << 1)
        e.push()
        return 1
    e.grow(2)
    e.put(rule, name << 1 | 1)
    tag = e.null(key)
    e.layout.extend((REAL, tag) if e.null_above else (tag, REAL))
    return 1


def _call_of(e: Emitter, planned: Dict[int, int]) -> Key:
    """The call for which an instruction should push a NULL too; ``()`` if there is none."""
    call = planned.get(e.index)
    return () if call is None else ("call", call)


@writer(Op.LOAD_ATTR)
def _load_attr(e: Emitter, item: Instr) -> int:
    e.expose(1)
    rule = e.rule("LOAD_ATTR")
    name = e.pools.name(item.arg)
    key = _call_of(e, e.plan.method)
    if not key or not e.wanted(key):
        e.put(rule, name << 1 if rule.form == "attr" else name)
        e.pop_values(1)
        e.push()
        return 1
    e.grow(1)
    if rule.form == "attr":
        e.put(rule, name << 1 | 1)
    else:
        e.write("LOAD_METHOD", name)
    e.pop_values(1)
    tag = e.null(key)
    e.layout.extend((tag + 1, tag) if e.null_above else (tag, tag + 1))
    return 1


from . import calls, control, protected, stack  # noqa: E402,F401  (they fill WRITERS)
