"""BUILD_UNPACK and CALL_EX of 3.8  ->  a container that is built up value by value.

3.8 evaluates all parts of ``[a, *b, c]``, ``f(*a, **b)`` or ``{**a, 'x': 1}`` and joins them at
the end (``BUILD_LIST_UNPACK`` and so on); 3.9 and later extend a container part by part
(LIST_EXTEND, SET_UPDATE, DICT_UPDATE, DICT_MERGE; bpo-39320). So a part that can't be iterated
over raises before the parts behind it are evaluated.

3.8 writes ``*(x, y)`` as it writes ``x, y``, and ``f(**{'a': 1})`` as ``f(a=1)``: both become
the latter.
"""

from __future__ import annotations

from typing import List

from ..ir.body import Body, Node
from ..ir.instr import Op
from ..ir.program import Program
from .splice import Splice
from .values import Slot, Values

__all__ = ["build_part_by_part"]

#: kind: (builds the container, adds one value, adds a part, makes a tuple of it)
_KINDS = {
    "list": (Op.BUILD_LIST, Op.LIST_APPEND, Op.LIST_EXTEND, False),
    "tuple": (Op.BUILD_LIST, Op.LIST_APPEND, Op.LIST_EXTEND, True),
    "args": (Op.BUILD_LIST, Op.LIST_APPEND, Op.LIST_EXTEND, True),
    "set": (Op.BUILD_SET, Op.SET_ADD, Op.SET_UPDATE, False),
    "map": (Op.BUILD_MAP, None, Op.DICT_UPDATE, False),
    "kwmap": (Op.BUILD_MAP, None, Op.DICT_MERGE, False),
}
_DISPLAYS = (Op.BUILD_MAP, Op.BUILD_CONST_KEY_MAP)


def build_part_by_part(program: Program, body: Body) -> None:
    """Rewrite every display and call with stars."""
    wanted = [n for n in body.walk() if n.op is Op.BUILD_UNPACK or (n.op is Op.CALL_EX and n.arg)]
    if not wanted:
        return
    values = Values(body)
    splice = Splice(body)
    for node in wanted:
        if node.op is Op.BUILD_UNPACK:
            _join(node, values, splice)
        else:
            _keywords(node, values, splice)
    splice.apply()


def _keywords(call: Node, values: Values, splice: Splice) -> None:
    """``f(**k)`` copies k's items into a dict of its own."""
    slot = values.operands(call)[-1]
    if len(slot) == 1:
        (made,) = slot
        if made.op is Op.BUILD_UNPACK and made.arg[0] == "kwmap":
            return
        if made.op in _DISPLAYS and _has_names(made, values):
            return
    start = values.start(slot)
    if start is not None:
        splice.begin(start, call, [start.like(Op.BUILD_MAP, 0)])
        splice.end(call, [call.like(Op.DICT_MERGE, 1)])


def _has_names(display: Node, values: Values) -> bool:
    """Whether all keys are constant names, as keyword arguments have them."""
    if display.op is Op.BUILD_CONST_KEY_MAP or display.arg == 0:
        return True
    keys = [values.only(slot, Op.LOAD_CONST) for slot in values.operands(display)[::2]]
    return all(key is not None and type(key.arg) is str for key in keys)


def _join(node: Node, values: Values, splice: Splice) -> None:
    starts = values.starts(node)
    if starts is None:
        return
    kind, count = node.arg
    build, add, extend, to_tuple = _KINDS[kind]
    begun = False
    for place, slot in enumerate(values.operands(node)):
        is_last = place == count - 1
        if add is None:
            plain = not begun and len(slot) == 1 and next(iter(slot)).op in _DISPLAYS
            ending = [] if plain else [node.like(extend, 1)]
        else:
            plain = _add_values(slot, build if not begun else None, add, values, splice)
            ending = [] if plain else [node.like(extend, 1)]
        if not plain and not begun:
            splice.begin(starts[0], node, [starts[0].like(build, 0)])
        begun = True
        if is_last:
            if to_tuple:
                ending.append(node.like(Op.LIST_TO_TUPLE))
            splice.replace(node, ending)
        elif ending:
            splice.end(starts[place + 1], ending)


def _add_values(slot: Slot, build: object, add: Op, values: Values, splice: Splice) -> bool:
    """Turn a tuple of plain values into the container's first, or add them one by one."""
    constant = values.only(slot, Op.LOAD_CONST)
    if constant is not None and type(constant.arg) is tuple:
        nodes: List[Node] = []
        for value in constant.arg:
            nodes.append(constant.like(Op.LOAD_CONST, value))
            if build is None:
                nodes.append(constant.like(add, 1))
        if isinstance(build, Op):
            nodes.append(constant.like(build, len(constant.arg)))
        splice.replace(constant, nodes)
        return True
    display = values.only(slot, Op.BUILD_SET if add is Op.SET_ADD else Op.BUILD_TUPLE)
    if display is None:
        return False
    if isinstance(build, Op):
        splice.replace(display, [display.like(build, display.arg)])
        return True
    starts = values.starts(display)
    if starts is None:
        return False
    for start in starts[1:]:
        splice.end(start, [display.like(add, 1)])
    splice.replace(display, [display.like(add, 1)])
    return True
