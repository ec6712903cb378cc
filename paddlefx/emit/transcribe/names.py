"""Writers of the stack's moves, of locals, cells, names and attributes."""

from __future__ import annotations

from ...ir.instr import Instr, Op
from ...ir.scopes import cell_inside
from ...opcodes.ghosts import EXIT_SELF, NULL, PREV, REAL, rotate, saved, swap
from .machine import BOUND, Transcriber
from .writers import Unfit, spelled

__all__ = ["push_callable"]


# -- stack


@spelled(Op.POP)
def _pop(t: Transcriber, item: Instr, i: int) -> int:
    t.take(1)
    t.write("POP_TOP", 0, item.position)
    return i + 1


@spelled("POP_ITER")
def _pop_iter(t: Transcriber, item: Instr, i: int) -> int:
    if item.op is not Op.POP:
        raise Unfit("another operation than the hint's")
    t.take(1)
    t.write("POP_ITER", 0, item.position)
    return i + 1


@spelled(Op.COPY)
def _copy(t: Transcriber, item: Instr, i: int) -> int:
    place = t.distance(item.arg)
    if place > 1 and t.stack[1 - place] == EXIT_SELF:
        raise Unfit("an exit function is two slots")
    rules = t.table
    if "COPY" in rules:
        t.write("COPY", place, item.position)
    elif place == 1:
        t.write("DUP_TOP", 0, item.position)
    elif place == 2 and item.arg == 2 and t.next_instr(i + 1, Op.COPY).arg == 2:
        t.write("DUP_TOP_TWO", 0, item.position)
        t.push(2)
        return i + 2
    else:
        raise Unfit("no copy that deep")
    t.push()
    return i + 1


@spelled(Op.SWAP)
def _swap(t: Transcriber, item: Instr, i: int) -> int:
    place = t.distance(item.arg)
    if t.stack[-1] != REAL or item.arg < 2:
        raise Unfit("a ghost is on top")
    if EXIT_SELF in t.stack[-place:]:
        raise Unfit("an exit function is two slots")
    if "SWAP" in t.table:
        t.write("SWAP", place, item.position)
    elif place == 2:
        t.write("ROT_TWO", 0, item.position)
    else:
        raise Unfit("no swap that deep")
    return i + 1


@spelled("swap", "rot")
def _moves(t: Transcriber, item: Instr, i: int) -> int:
    """A move of slots that comes to SWAPs of values."""
    spelling = item.spelling
    assert spelling is not None
    rule = t.rule(spelling.form)
    oparg = spelling.note if isinstance(spelling.note, int) else 0
    depth = rule.value or oparg
    if not 1 < depth <= len(t.stack):
        raise Unfit("moves what is not there")
    moved = list(t.stack)
    swaps = (swap if rule.form == "swap" else rotate)(moved, depth)
    for count in swaps:
        if t.next_instr(i, Op.SWAP).arg != count if count != swaps[0] else item.arg != count:
            raise Unfit("another move")
        i += 1
    if not swaps:
        raise Unfit("another move")
    t.put(rule.number, oparg, item.position)
    t.stack[:] = moved
    t.moved = True
    return i


# -- locals, constants, attributes


@spelled(Op.LOAD_LOCAL)
def _load_local(t: Transcriber, item: Instr, i: int) -> int:
    """A local that may be unbound, or one in a cell's slot."""
    slot = t.slots.get(item.arg)
    if slot is None:
        slot = t.cells[item.arg]
        if saved(slot) not in t.stack and saved(slot, True) not in t.stack:
            raise Unfit("a cell's slot, and its cell is in it")
    if t.mask >> slot & 1:
        t.load_fast(slot, i, item.position)
    else:
        t.write("LOAD_FAST_CHECK", slot, item.position)
        t.mask |= 1 << slot
    t.push()
    return i + 1


@spelled("fast_owned")
def _load_checked(t: Transcriber, item: Instr, i: int) -> int:
    assert item.spelling is not None
    if item.spelling.form == "LOAD_FAST":
        return _load_owned(t, item, i)
    if item.op is not Op.LOAD_LOCAL:
        raise Unfit("another operation than the hint's")
    slot = t.slots[item.arg]
    t.write("LOAD_FAST_CHECK", slot, item.position)
    t.mask |= 1 << slot
    t.push()
    return i + 1


def _load_owned(t: Transcriber, item: Instr, i: int) -> int:
    """A load that does not borrow the local's reference, where others do (3.14+)."""
    if item.op is Op.LOAD_LOCAL:
        slot = t.slots.get(item.arg)
        if slot is None or not t.mask >> slot & 1:
            return _load_local(t, item, i)
    elif item.op is Op.LOAD_CELL:
        slot = t.cells[item.arg]
    else:
        raise Unfit("another operation than the hint's")
    t.write("LOAD_FAST", slot, item.position)
    t.push()
    return i + 1


@spelled(Op.DELETE_LOCAL)
def _delete_local(t: Transcriber, item: Instr, i: int) -> int:
    slot = t.slots[item.arg]
    t.write("DELETE_FAST", slot, item.position)
    t.mask &= ~(1 << slot)
    t.moved = True
    return i + 1


@spelled(Op.SAVE_LOCAL)
def _save_local(t: Transcriber, item: Instr, i: int) -> int:
    slot = t.slots[item.arg] if item.arg in t.slots else t.cells[item.arg]
    cell = cell_inside(t.items, i, item.arg, t.cells)
    if cell:
        if cell in t.program.renewed:
            raise Unfit("a free variable is kept aside")
        following = t.items[i + 1]
        hints = (
            following.spelling.before if isinstance(following, Instr) and following.spelling else ()
        )
        place = t.cells[cell]  # another than the local's for a free variable of that name
        if any(ghost.name == "MAKE_CELL" and ghost.oparg == place for ghost in hints):
            t.new_cells.add(place)
        elif place == slot:
            raise Unfit("a cell has to be made")
    t.write("LOAD_FAST_AND_CLEAR", slot, item.position)
    t.stack.append(saved(slot))
    t.grow()
    t.mask &= ~(1 << slot)
    t.moved = True
    return i + 1


@spelled(Op.RESTORE_LOCAL)
def _restore_local(t: Transcriber, item: Instr, i: int) -> int:
    slot = t.slots[item.arg] if item.arg in t.slots else t.cells[item.arg]
    if not t.stack or t.stack[-1] not in (saved(slot), saved(slot, True)):
        raise Unfit("another binding is on top")
    t.stack.pop()
    t.write("STORE_FAST", slot, item.position)
    t.mask &= ~(1 << slot)
    t.moved = True
    return i + 1


@spelled(Op.LOAD_CELL)
def _load_cell(t: Transcriber, item: Instr, i: int) -> int:
    if "LOAD_CLOSURE" in t.table:
        t.write("LOAD_CLOSURE", t.cells[item.arg], item.position)
    else:
        t.load_fast(t.cells[item.arg], i, item.position)
    t.push()
    return i + 1


@spelled("fast_pair")
def _fast_pair(t: Transcriber, item: Instr, i: int) -> int:
    """Two locals in one instruction (3.13+)."""
    assert item.spelling is not None
    rule = t.rule(item.spelling.form)
    other = t.items[i + 1]
    if not isinstance(other, Instr) or other.handler != item.handler:
        raise Unfit("no pair")
    if other.spelling is not None and other.spelling.before:
        raise Unfit("ghosts in the middle")
    if rule.name.startswith("LOAD_FAST_BORROW") and not {i, i + 1} <= t.borrowed:
        raise Unfit("one of the two may not borrow")
    slots = []
    for part, op in zip((item, other), rule.value):
        if op is Op.STORE_LOCAL and part.op is op:
            t.take(1)
            slot = t.slots[part.arg]
            t.mask |= 1 << slot
        elif op is Op.LOAD_LOCAL and part.op is op:
            slot = t.slots[part.arg]
            if not t.mask >> slot & 1:
                raise Unfit("may be unbound")
            t.push()
        elif op is Op.LOAD_LOCAL and part.op is Op.LOAD_CELL:
            slot = t.cells[part.arg]
            t.push()
        else:
            raise Unfit("no pair")
        if slot > 15:
            raise Unfit("slots too high for a pair")
        slots.append(slot)
    t.put(rule.number, slots[0] << 4 | slots[1], item.position)
    return i + 2


@spelled("return_const")
def _return_const(t: Transcriber, item: Instr, i: int) -> int:
    if item.op is not Op.LOAD_CONST or REAL in t.stack or PREV in t.stack:
        raise Unfit("not a constant that is returned")
    last = t.next_instr(i + 1, Op.RETURN)
    t.write("RETURN_CONST", t.pools.const(item.arg), last.position)
    return ~(i + 2)


@spelled(Op.LOAD_LOCALS)
def _load_locals(t: Transcriber, item: Instr, i: int) -> int:
    if "LOAD_CLASSDEREF" in t.table:
        following = t.next_instr(i + 1, Op.LOAD_CLASSDEREF)
        t.write("LOAD_CLASSDEREF", t.cells[following.arg], item.position)
        t.push()
        return i + 2
    t.write("LOAD_LOCALS", 0, item.position)
    t.push()
    return i + 1


def push_callable(t: Transcriber, value: int = REAL) -> None:
    """Put a callable and its NULL on the stack, in this version's order."""
    t.stack.extend((value, NULL) if t.null_above else (NULL, value))
    t.grow()


@spelled(Op.LOAD_GLOBAL)
def _load_global(t: Transcriber, item: Instr, i: int) -> int:
    rule = t.rule("LOAD_GLOBAL")
    name = t.pools.name(item.arg)
    if rule.form != "global":
        t.put(rule.number, name, item.position)
        t.push()
    elif item.spelling is not None and item.spelling.form == "null":
        t.put(rule.number, name << 1 | 1, item.position)
        push_callable(t)
    else:
        t.put(rule.number, name << 1, item.position)
        t.push()
    return i + 1


@spelled(Op.LOAD_ATTR)
def _load_attr(t: Transcriber, item: Instr, i: int) -> int:
    rule = t.rule("LOAD_ATTR")
    name = t.pools.name(item.arg)
    t.take(1)
    method = item.spelling is not None and item.spelling.form == "method"
    if rule.form == "attr":
        t.put(rule.number, name << 1 | method, item.position)
    else:
        t.write("LOAD_METHOD" if method else "LOAD_ATTR", name, item.position)
    if method:
        push_callable(t, BOUND)
    else:
        t.push()
    return i + 1


@spelled("super")
def _super(t: Transcriber, item: Instr, i: int) -> int:
    """``super().name`` in one instruction (3.12+)."""
    attr = t.next_instr(i + 1, Op.LOAD_ATTR)
    if attr.handler != item.handler or item.op is not Op.CALL or item.spelling is None:
        raise Unfit("not super().name")
    where, bits = item.position, 0
    if item.arg == (2, ()):
        bits = 2
        t.take(3)
    else:
        program, note = t.program, item.spelling.note
        if item.arg != (0, ()) or not program.argcount or type(note) is not tuple:
            raise Unfit("not super().name")
        first = program.varnames[0]
        t.take(1)
        t.write("LOAD_DEREF", t.cells["__class__"], note[0])
        if first in t.cells:
            t.write("LOAD_DEREF", t.cells[first], note[1])
        elif len(note) == 3 and t.mask >> t.slots[first] & 1:
            t.write("LOAD_FAST", t.slots[first], note[1])
        elif t.mask >> t.slots[first] & 1:
            t.load_fast(t.slots[first], i, note[1])
        else:
            t.write("LOAD_FAST_CHECK", t.slots[first], note[1])
        t.grow(3)
    method = attr.spelling is not None and attr.spelling.form == "method"
    name = t.pools.name(attr.arg) << 2 | bits | method
    t.write("LOAD_SUPER_ATTR", name, where)
    if method:
        push_callable(t, BOUND)
    else:
        t.push()
    return i + 2
