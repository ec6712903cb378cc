"""Writers of the transcriber: what stands before an item, and items that are not plain."""

from __future__ import annotations

from typing import Tuple

from ..ir.instr import Instr, Label, Op, Position
from ..ir.spelling import GhostOp
from ..opcodes.ghosts import (
    DEAD,
    EXIT_SELF,
    HANDLER_SLOTS,
    LASTI,
    NONE,
    NULL,
    PREV,
    PREV_COPY,
    REAL,
    TB,
    TYPE,
    rotate,
    saved,
    swap,
)
from ..opcodes.table import Rule
from .forms import cell_inside
from .link import Entry
from .transcribe import BOUND, ENTERING, LATE, OPEN, TRY, Transcriber, Unfit, spelled

_OPEN_HANDLER = list(HANDLER_SLOTS[:3])
_CONVERSIONS = {"s": 1, "r": 2, "a": 3}
_LIST_OF_HANDLER = list(HANDLER_SLOTS)


def ghosts(t: Transcriber, item: Instr, before: Tuple[GhostOp, ...]) -> None:
    """Write what stood before an item and only touches ghosts."""
    stream = t.stream
    previous = stream.rows[-1][1]
    for ghost in before:
        rule = t.table.get(ghost.name)
        if rule is None:
            raise Unfit(ghost.name)
        if t.with_table:
            if isinstance(ghost.guarded, Label):
                if ghost.guarded not in t.labels:
                    raise Unfit("a handler that stands nowhere")
                stream.cover(Entry(ghost.guarded, LATE, False))
            elif ghost.guarded == 1 and item.handler is not None:
                t.protect(item, item.handler)
            else:
                stream.cover(previous if ghost.guarded == 2 else None)
        oparg = ghost.oparg
        if isinstance(oparg, Label):
            _set_up(t, rule, oparg, ghost.position)
            continue
        form, stack = rule.form, t.stack
        if form == "null":
            stack.append(NULL)
            t.grow()
        elif form == "pop":
            if not stack or stack[-1] == REAL or stack[-1] == PREV or stack[-1] < 0:
                raise Unfit("no ghost to drop")
            stack.pop()
        elif form in ("swap", "rot"):
            depth = rule.value or oparg
            if not 1 < depth <= len(stack):
                raise Unfit("moves what is not there")
            if (swap if form == "swap" else rotate)(stack, depth):
                raise Unfit("a ghost's move would move values")
        elif form == "copy":
            depth = rule.value or oparg
            tag = stack[-depth]
            if tag == REAL:
                raise Unfit("a ghost's copy would copy a value")
            stack.append(PREV_COPY if tag == PREV else tag)
            t.grow()
        elif form == "pop_block":
            if not t.blocks or t.blocks[-1][0] != TRY:
                raise Unfit("no block to pop")
            t.blocks.pop()
            t.find_inner()
        elif form == "cell":
            _new_cell(t, oparg)
        elif form != "nop":
            raise Unfit(ghost.name)
        t.put(rule.number, oparg, ghost.position)


def _set_up(t: Transcriber, rule: Rule, label: Label, position: Position) -> None:
    """SETUP_FINALLY or SETUP_ASYNC_WITH: one slot of the latter is not kept."""
    t.jump(rule.number, label, position)
    t.set_up(label, len(t.stack) - (rule.form == "setup_async_with"))


def _new_cell(t: Transcriber, oparg: int) -> None:
    """MAKE_CELL of a name whose binding is put aside."""
    for place in range(len(t.stack) - 1, -1, -1):
        tag = t.stack[place]
        if tag == saved(oparg) and oparg in t.new_cells:
            t.new_cells.discard(oparg)
            t.stack[place] = saved(oparg, True)
            return
    raise Unfit("no binding put aside for a cell")


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
    cell = cell_inside(t.items, i, item, t.cells)
    if cell:
        following = t.items[i + 1]
        hints = following.spelling.before if isinstance(following, Instr) and following.spelling else ()
        if t.cells[cell] != slot or not any(
            ghost.name == "MAKE_CELL" and ghost.oparg == slot for ghost in hints
        ):
            raise Unfit("a cell has to be made")
        t.new_cells.add(slot)
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


def _push_callable(t: Transcriber, value: int = REAL) -> None:
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
        _push_callable(t)
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
        _push_callable(t, BOUND)
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
        elif t.mask >> t.slots[first] & 1:
            t.load_fast(t.slots[first], i, note[1])
        else:
            t.write("LOAD_FAST_CHECK", t.slots[first], note[1])
        t.grow(3)
    method = attr.spelling is not None and attr.spelling.form == "method"
    name = t.pools.name(attr.arg) << 2 | bits | method
    t.write("LOAD_SUPER_ATTR", name, where)
    if method:
        _push_callable(t, BOUND)
    else:
        t.push()
    return i + 2


# -- calls


@spelled(Op.CALL)
def _call(t: Transcriber, item: Instr, i: int) -> int:
    n, names = item.arg
    stack, position = t.stack, item.position
    t.take(n)
    hint = item.spelling.form if item.spelling is not None else ""
    with_null = False
    if hint != "self" and len(stack) > 1:
        null, value = (stack[-1], stack[-2]) if t.null_above else (stack[-2], stack[-1])
        with_null = (null == NULL and (value == REAL or value == BOUND)) or (
            null == EXIT_SELF and value == REAL
        )
    if with_null:
        del stack[-2:]
    elif not stack or stack.pop() != REAL:
        raise Unfit("no callable")
    if len(stack) < t.floor:
        raise Unfit("below what the handler keeps")
    if not t.table.traits["null"]:
        if with_null:
            if names:
                raise Unfit("a method with keywords")
            t.write("CALL_METHOD", n, position)
        elif names:
            t.write("LOAD_CONST", t.pools.const(names), _taken(item))
            t.grow(n + 2)
            t.write("CALL_FUNCTION_KW", n, position)
        else:
            t.write("CALL_FUNCTION", n, position)
        t.push()
        return i + 1
    oparg = n if with_null else n - 1
    if oparg < 0:
        raise Unfit("no NULL")
    if names and "CALL_KW" in t.table:
        t.write("LOAD_CONST", t.pools.const(names), _taken(item))
        t.grow(n + 2 + with_null)
        t.write("CALL_KW", oparg, position)
    else:
        if names:
            t.write("KW_NAMES", t.pools.const(names), _taken(item))
        if "PRECALL" in t.table:
            t.write("PRECALL", oparg, position)
        t.write("CALL", oparg, position)
    t.push()
    return i + 1


def _taken(item: Instr) -> Position:
    """Where a constant stood that became part of an instruction."""
    note = item.spelling.note if item.spelling is not None else None
    return note if isinstance(note, Position) else item.position


@spelled(Op.CALL_EX)
def _call_ex(t: Transcriber, item: Instr, i: int) -> int:
    rule = t.rule("CALL_FUNCTION_EX")
    t.take(2 if item.arg else 1)
    if not rule.value:
        t.take(1)
    else:
        order = [REAL, NULL] if t.null_above else [NULL, REAL]
        if t.stack[-2:] != order:
            raise Unfit("no NULL")
        del t.stack[-2:]
    if rule.value == 2:
        t.grow(4)
        if not item.arg:
            t.write("PUSH_NULL", 0, item.position)
        t.put(rule.number, 0, item.position)
    else:
        t.put(rule.number, int(item.arg), item.position)
    t.push()
    return i + 1


@spelled(Op.MAKE_FUNCTION)
def _make_function(t: Transcriber, item: Instr, i: int) -> int:
    rule, flags = t.rule("MAKE_FUNCTION"), item.arg
    t.take(1 + bin(flags).count("1"))
    if rule.value:
        note = item.spelling.note if item.spelling is not None else None
        if not isinstance(note, str):
            raise Unfit("no qualified name")
        t.write("LOAD_CONST", t.pools.const(note), item.position)
        t.grow(2 + bin(flags).count("1"))
        t.put(rule.number, flags, item.position)
    elif "SET_FUNCTION_ATTRIBUTE" in t.table:
        t.put(rule.number, 0, item.position)
        for bit in (8, 4, 16, 2, 1):
            if flags & bit:
                t.write("SET_FUNCTION_ATTRIBUTE", bit, item.position)
    else:
        t.put(rule.number, flags, item.position)
    t.push()
    return i + 1


# -- containers, formatting


@spelled(
    Op.LIST_APPEND,
    Op.SET_ADD,
    Op.MAP_ADD,
    Op.LIST_EXTEND,
    Op.SET_UPDATE,
    Op.DICT_UPDATE,
    Op.DICT_MERGE,
)
def _into(t: Transcriber, item: Instr, i: int) -> int:
    t.take(2 if item.op is Op.MAP_ADD else 1)
    place = t.distance(item.arg)
    if item.op is Op.DICT_MERGE:
        below = [REAL, NULL, REAL] if t.null_above else [REAL, REAL]
        if t.stack[-place - len(below) : -place] != below:
            raise Unfit("DICT_MERGE looks for the callable where it is not")
    t.write(item.op.value, place, item.position)
    return i + 1


@spelled(Op.BUILD_CONST_KEY_MAP)
def _const_keys(t: Transcriber, item: Instr, i: int) -> int:
    count = len(item.arg)
    t.take(count)
    t.write("LOAD_CONST", t.pools.const(item.arg), _taken(item))
    t.grow(count + 1)
    t.write("BUILD_CONST_KEY_MAP", count, item.position)
    t.push()
    return i + 1


@spelled(Op.BUILD_SLICE)
def _build_slice(t: Transcriber, item: Instr, i: int) -> int:
    count = item.arg
    following = t.items[i + 1]
    if count == 2 and isinstance(following, Instr) and following.position == item.position:
        for rule in t.table.of_form("pair"):
            if following.op is rule.value[1][0] and following.handler == item.handler:
                loads = following.op is Op.LOAD_SUBSCR
                t.take(3 if loads else 4)
                t.put(rule.number, 0, item.position)
                t.push(int(loads))
                return i + 2
    t.take(count)
    t.write("BUILD_SLICE", count, item.position)
    t.push()
    return i + 1


@spelled(Op.BUILD_UNPACK)
def _build_unpack(t: Transcriber, item: Instr, i: int) -> int:
    kind, n = item.arg
    found = t.table.spell(Op.BUILD_UNPACK, kind)
    if found is None:
        raise Unfit(kind)
    t.take(n)
    t.put(found[0].number, n, item.position)
    t.push()
    return i + 1


@spelled(Op.UNPACK_EX)
def _unpack_ex(t: Transcriber, item: Instr, i: int) -> int:
    before, after = item.arg
    t.take(1)
    t.write("UNPACK_EX", before | after << 8, item.position)
    t.push(before + 1 + after)
    return i + 1


@spelled(Op.CONVERT)
def _convert(t: Transcriber, item: Instr, i: int) -> int:
    if "CONVERT_VALUE" in t.table:
        t.take(1)
        t.push()
        t.write("CONVERT_VALUE", _CONVERSIONS[item.arg], item.position)
        return i + 1
    if t.next_instr(i + 1, Op.FORMAT).arg is not False:
        raise Unfit("FORMAT_VALUE converts and formats")
    t.take(1)
    t.push()
    t.write("FORMAT_VALUE", _CONVERSIONS[item.arg], item.position)
    return i + 2


@spelled("format")
def _format_value(t: Transcriber, item: Instr, i: int) -> int:
    """A conversion and a format with a specification, in one."""
    position = item.position
    if item.op is Op.SWAP:
        converted = t.next_instr(i + 1, Op.CONVERT)
        if item.arg != 2 or t.next_instr(i + 2, Op.SWAP).arg != 2:
            raise Unfit("not FORMAT_VALUE")
        end = i + 3
        t.take(2)
    else:
        converted = item
        if item.op is not Op.CONVERT:
            raise Unfit("not FORMAT_VALUE")
        const = t.items[i + 1]
        if not isinstance(const, Instr) or const.op is not Op.LOAD_CONST:
            raise Unfit("not FORMAT_VALUE")
        if const.spelling is not None and const.spelling.before:
            raise Unfit("ghosts in the middle")
        t.take(1)
        t.write("LOAD_CONST", t.pools.const(const.arg), const.position)
        t.grow(2)
        end = i + 2
    if t.next_instr(end, Op.FORMAT).arg is not True:
        raise Unfit("not FORMAT_VALUE")
    t.write("FORMAT_VALUE", _CONVERSIONS[converted.arg] | 4, position)
    t.push()
    return end + 1


@spelled(Op.BUILD_INTERPOLATION)
def _build_interpolation(t: Transcriber, item: Instr, i: int) -> int:
    conversion, has_spec = item.arg
    t.take(3 if has_spec else 2)
    oparg = 2 | _CONVERSIONS.get(conversion, 0) << 2 | has_spec
    t.write("BUILD_INTERPOLATION", oparg, item.position)
    t.push()
    return i + 1


@spelled(Op.FORMAT)
def _format(t: Transcriber, item: Instr, i: int) -> int:
    t.take(2 if item.arg else 1)
    if "FORMAT_VALUE" in t.table:
        t.write("FORMAT_VALUE", 4 if item.arg else 0, item.position)
    else:
        t.write("FORMAT_WITH_SPEC" if item.arg else "FORMAT_SIMPLE", 0, item.position)
    t.push()
    return i + 1


@spelled(Op.MATCH_CLASS, Op.MATCH_KEYS)
def _match(t: Transcriber, item: Instr, i: int) -> int:
    rule = t.rule(item.op.value)
    classes = item.op is Op.MATCH_CLASS
    if rule.form == "match_bool":
        if (
            t.next_instr(i + 1, Op.COPY).arg != 1
            or t.next_instr(i + 2, Op.LOAD_CONST).arg is not None
            or t.next_instr(i + 3, Op.IS).arg is not True
        ):
            raise Unfit("not the bool that the instruction pushes")
    t.take(3 if classes else 2)
    t.put(rule.number, item.arg if classes else 0, item.position)
    t.push(1 if classes else 3)
    if rule.form == "match_bool":
        t.push()
        return i + 4
    return i + 1


@spelled(Op.INTRINSIC)
def _intrinsic(t: Transcriber, item: Instr, i: int) -> int:
    if item.arg == "PRINT_EXPR" and "PRINT_EXPR" in t.table:
        t.next_instr(i + 1, Op.POP)
        t.take(1)
        t.write("PRINT_EXPR", 0, item.position)
        return i + 2
    found = t.table.spell(Op.INTRINSIC, item.arg)
    if found is None or found[1] is None:
        raise Unfit(item.arg)
    t.take(2 if found[0].name == "CALL_INTRINSIC_2" else 1)
    t.put(found[0].number, found[1], item.position)
    t.push()
    return i + 1


@spelled(Op.IMPORT_STAR)
def _import_star(t: Transcriber, item: Instr, i: int) -> int:
    t.take(1)
    found = t.table.spell(Op.IMPORT_STAR)
    if found is None:
        raise Unfit("IMPORT_STAR")
    t.put(found[0].number, found[1] or 0, item.position)
    if found[0].form == "choice":
        t.stack.append(NONE)  # what the intrinsic leaves
        t.grow()
    return i + 1


@spelled(Op.GET_AWAITABLE)
def _get_awaitable(t: Transcriber, item: Instr, i: int) -> int:
    rule = t.rule("GET_AWAITABLE")
    t.take(1)
    t.put(rule.number, item.arg if rule.operand else 0, item.position)
    t.push()
    return i + 1


# -- handlers


@spelled(Op.ENTER_HANDLER)
def _enter_handler(t: Transcriber, item: Instr, i: int) -> int:
    if t.with_table:
        t.take(1)
        t.write("PUSH_EXC_INFO", 0, item.position)
        t.stack.extend((PREV, REAL))
        t.grow()
    else:
        if not t.blocks or t.blocks[-1][0] != ENTERING or t.stack[-6:] != _LIST_OF_HANDLER:
            raise Unfit("no exception leads here")
        t.blocks[-1] = (OPEN, None, t.blocks[-1][2])
    t.moved = True
    return i + 1


@spelled(Op.POP_EXCEPT)
def _pop_except(t: Transcriber, item: Instr, i: int) -> int:
    stack = t.stack
    t.write("POP_EXCEPT", 0, item.position)
    if not t.with_table:
        close_handler(t)
    elif stack and stack[-1] == PREV_COPY:
        stack.pop()
        for place in range(len(stack) - 1, -1, -1):
            if stack[place] == PREV:
                stack[place] = DEAD
                break
        else:
            raise Unfit("no open handler")
    elif stack and stack[-1] == PREV:
        stack.pop()
    else:
        raise Unfit("no open handler on top")
    t.moved = True
    return i + 1


def close_handler(t: Transcriber) -> None:
    """Up to 3.10: the three slots and the block of an open handler."""
    if t.stack[-3:] != _OPEN_HANDLER or not t.blocks or t.blocks[-1][0] != OPEN:
        raise Unfit("no open handler on top")
    del t.stack[-3:]
    t.blocks.pop()
    t.find_inner()


def pop_exception(t: Transcriber) -> None:
    """Up to 3.10: type, value and traceback."""
    if t.stack[-3:] != [TB, REAL, TYPE]:
        raise Unfit("no exception on top")
    del t.stack[-3:]


@spelled(Op.RERAISE)
def _reraise(t: Transcriber, item: Instr, i: int) -> int:
    note = item.spelling.note if item.spelling is not None else None
    oparg = note if isinstance(note, int) else 0
    if t.with_table:
        t.take(1)
        if oparg and (oparg > len(t.stack) or t.stack[-oparg] == REAL):
            raise Unfit("no lasti there")
    else:
        pop_exception(t)
    t.write("RERAISE" if "RERAISE" in t.table else "END_FINALLY", oparg, item.position)
    return ~(i + 1)


@spelled(Op.CHECK_EXC_MATCH)
def _check_exc_match(t: Transcriber, item: Instr, i: int) -> int:
    if "CHECK_EXC_MATCH" in t.table:
        t.take(2)
        t.push(2)
        t.write("CHECK_EXC_MATCH", 0, item.position)
        return i + 1
    t.take(1)
    if not t.stack or t.stack.pop() != TYPE:
        raise Unfit("no copy of the exception's type")
    t.moved = True
    found = t.table.spell(Op.CHECK_EXC_MATCH, None)
    if found is not None:
        t.put(found[0].number, found[1] or 0, item.position)
        t.push()
        return i + 1
    branch = t.next_instr(i + 1, Op.BRANCH)
    yes, no = branch.arg
    t.jump(t.rule("JUMP_IF_NOT_EXC_MATCH").number, no, item.position)
    t.arrive(no)
    if not t.follows(yes, i + 2):
        raise Unfit("the match is elsewhere")
    t.arrive(yes)
    return i + 2


@spelled(Op.WITH_EXCEPT_START)
def _with_except_start(t: Transcriber, item: Instr, i: int) -> int:
    slots = [REAL, *HANDLER_SLOTS]
    if t.with_table:
        slots = [REAL, LASTI, PREV, REAL]
        if "LOAD_SPECIAL" in t.table:
            slots.insert(1, EXIT_SELF)
    if t.stack[-len(slots) :] != slots:
        raise Unfit("no __exit__ where it has to be")
    t.write("WITH_EXCEPT_START", 0, item.position)
    t.push()
    return i + 1


@spelled(Op.ASYNC_WITH_ENTER)
def _async_with_enter(t: Transcriber, item: Instr, i: int) -> int:
    t.take(1)
    if "LOAD_SPECIAL" in t.table:
        return _special_methods(t, item, i, 2)
    t.write("BEFORE_ASYNC_WITH", 0, item.position)
    t.push(2)
    return i + 1


def _special_methods(t: Transcriber, item: Instr, i: int, enter: int) -> int:
    """Look up ``__exit__``, whose pair of slots stays, and call ``__enter__`` (3.14+)."""
    position = item.position
    t.write("COPY", 1, position)
    t.write("LOAD_SPECIAL", enter + 1, position)
    t.write("SWAP", 2, position)
    t.write("SWAP", 3, position)
    t.write("LOAD_SPECIAL", enter, position)
    t.write("CALL", 0, position)
    t.grow(4)
    t.stack.extend((REAL, EXIT_SELF, REAL))
    t.moved = True
    return i + 1


@spelled(Op.WITH_ENTER)
def _with_enter(t: Transcriber, item: Instr, i: int) -> int:
    t.take(1)
    if "LOAD_SPECIAL" in t.table:
        return _special_methods(t, item, i, 0)
    if "BEFORE_WITH" in t.table:
        t.write("BEFORE_WITH", 0, item.position)
        t.push(2)
        return i + 1
    note = item.spelling.note if item.spelling is not None else None
    if not isinstance(note, Label):
        raise Unfit("no handler is named")
    t.push(1)
    t.jump(t.rule("SETUP_WITH").number, note, item.position)
    t.set_up(note, len(t.stack))
    t.push(1)
    return i + 1


def anext_sent(t: Transcriber, i: int) -> Label:
    """The place behind the send loop of the ``async for`` that ends at an item (3.14+)."""
    while i and t.items[i - 1].__class__ is Label:
        i -= 1
        label = t.items[i]
        if isinstance(label, Label) and label in t.sent:
            return t.sent[label]
    raise Unfit("not the first of its handler")


@spelled(Op.END_ASYNC_FOR)
def _end_async_for(t: Transcriber, item: Instr, i: int) -> int:
    if t.with_table and t.rule("END_ASYNC_FOR").operand:
        t.take(2)
        t.jump(t.rule("END_ASYNC_FOR").number, anext_sent(t, i), item.position)
        return i + 1
    t.write("END_ASYNC_FOR", 0, item.position)
    if t.with_table:
        t.take(2)
        return i + 1
    if t.stack[-7:] != [REAL, *HANDLER_SLOTS] or t.blocks[-1][0] != ENTERING:
        raise Unfit("not the first of its handler")
    del t.stack[-7:]
    t.blocks.pop()
    t.find_inner()
    return i + 1

