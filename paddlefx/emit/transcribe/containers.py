"""Writers of containers, formatting, patterns, intrinsics and imports."""

from __future__ import annotations

from ...ir.instr import Instr, Op
from ...opcodes.ghosts import NONE, NULL, REAL
from .calls import taken
from .machine import Transcriber
from .writers import Unfit, spelled

_CONVERSIONS = {"s": 1, "r": 2, "a": 3}


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
    t.write("LOAD_CONST", t.pools.const(item.arg), taken(item))
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
