"""Displays of containers  ->  one way of building each.

- BUILD_CONST_KEY_MAP -> BUILD_MAP with the keys loaded before their values.
- BUILD_MAP of more than 15 items, BUILD_LIST, BUILD_SET and BUILD_TUPLE of more than 30 -> an
  empty container to which item after item is added, as 3.10 and later do
  (``STACK_USE_GUIDELINE`` in ``Python/compile.c``). BUILD_MAP of a dict that is updated then too:
  3.8 has one form for ``{'a': 1, **b}`` and ``{**{'a': 1}, **b}``.
- annotations: up to 3.9 a dict, from 3.10 on a tuple of names and values -> the tuple.
- DICT_UPDATE by a display -> its items, added to the dict itself: 3.10 and later build a long
  display as several dicts.
- BUILD_LIST and BUILD_SET of three constants or more -> LIST_EXTEND by a tuple, SET_UPDATE by a
  frozenset, as 3.9 and later do.
- BUILD_TUPLE 0 -> LOAD_CONST ().

A key that can't be hashed raises when its item is added: in a long display before the items
behind it are evaluated.
"""

from __future__ import annotations

from typing import List, Set

from ..ir.body import Body, Node
from ..ir.instr import Op
from ..ir.program import Program
from .splice import Splice
from .values import Values

__all__ = ["build_displays"]

_LONG_MAP = 15
_LONG = 30
_ANNOTATIONS = 4
_ADDS = {Op.BUILD_LIST: Op.LIST_APPEND, Op.BUILD_SET: Op.SET_ADD, Op.BUILD_TUPLE: Op.LIST_APPEND}
_EXTENDS = frozenset({Op.LIST_EXTEND, Op.LIST_APPEND, Op.SET_UPDATE, Op.SET_ADD})


def build_displays(program: Program, body: Body) -> None:
    """Run the rewrites."""
    for node in body.walk():
        if node.op is Op.BUILD_TUPLE and node.arg == 0:
            node.op, node.arg, node.spelling = Op.LOAD_CONST, (), None
    _load_keys(body)
    _pair_annotations(body)
    _extend_by_constants(body)
    _open_updates(body)
    _add_one_by_one(body)


def _load_keys(body: Body) -> None:
    wanted = [node for node in body.walk() if node.op is Op.BUILD_CONST_KEY_MAP]
    if not wanted:
        return
    values = Values(body)
    splice = Splice(body)
    for node in wanted:
        starts = values.starts(node)
        if starts is None:
            continue
        base = len(values.before[node]) - len(starts)
        for place, (key, start) in enumerate(zip(node.arg, starts)):
            splice.begin(start, node, [start.like(Op.LOAD_CONST, key)])
            after = starts[place + 1] if place + 1 < len(starts) else node
            splice.shift(start, after, base + place, place + 1)
        splice.replace(node, [node.like(Op.BUILD_MAP, len(node.arg))])
    splice.apply()


def _pair_annotations(body: Body) -> None:
    wanted = [n for n in body.walk() if n.op is Op.MAKE_FUNCTION and n.arg & _ANNOTATIONS]
    if not wanted:
        return
    values = Values(body)
    splice = Splice(body)
    for node in wanted:
        place = bool(node.arg & 1) + bool(node.arg & 2)
        display = values.only(values.operands(node)[place], Op.BUILD_MAP)
        if display is None:
            continue
        loads = [values.only(slot, Op.LOAD_CONST) for slot in values.operands(display)]
        found = [load for load in loads if load is not None]
        if len(found) == len(loads):
            for load in found[1:]:
                splice.replace(load, [])
            constants = tuple(load.arg for load in found)
            splice.replace(found[0], [found[0].like(Op.LOAD_CONST, constants)])
            splice.replace(display, [])
        else:
            display.op, display.arg = Op.BUILD_TUPLE, len(loads)
    splice.apply()


def _extend_by_constants(body: Body) -> None:
    wanted = [n for n in body.walk() if n.op in (Op.BUILD_LIST, Op.BUILD_SET) and n.arg >= 3]
    if not wanted:
        return
    values = Values(body)
    extended: Set[Node] = set()
    for node, stack in values.before.items():
        if node.op in _EXTENDS:
            extended.update(stack[-1 - node.arg])
    splice = Splice(body)
    for node in wanted:
        loads = [values.only(slot, Op.LOAD_CONST) for slot in values.operands(node)]
        found = [load for load in loads if load is not None]
        if len(found) != len(loads) or node in extended:
            continue
        for load in found[1:]:
            splice.replace(load, [])
        constants = tuple(load.arg for load in found)
        first = found[0]
        if node.op is Op.BUILD_LIST:
            made, extend = first.like(Op.LOAD_CONST, constants), node.like(Op.LIST_EXTEND, 1)
        else:
            made = first.like(Op.LOAD_CONST, frozenset(constants))
            extend = node.like(Op.SET_UPDATE, 1)
        splice.replace(first, [first.like(node.op, 0), made])
        splice.replace(node, [extend])
    splice.apply()


def _open_updates(body: Body) -> None:
    """Inner updates first: what they leave is a display again."""
    while True:
        wanted = [node for node in body.nodes() if node.op is Op.DICT_UPDATE and node.arg == 1]
        if not wanted:
            return
        values = Values(body)
        for update in wanted:
            if _open_update(body, values, update):
                break
        else:
            return


def _open_update(body: Body, values: Values, update: Node) -> bool:
    display = values.only(values.operands(update)[0], Op.BUILD_MAP)
    if display is None:
        return False
    starts = values.starts(display)
    if starts is None or display.succ[0].op is Op.SWAP:
        # the second is the container of a comprehension
        return False
    splice = Splice(body)
    base = len(values.before[display]) - len(starts)
    for place in range(2, len(starts), 2):
        splice.end(starts[place], [display.like(Op.MAP_ADD, 1)])
    for place, start in enumerate(starts):
        after = starts[place + 1] if place + 1 < len(starts) else display
        splice.shift(start, after, base + place, place % 2 - place)
    if display.arg == 0:
        splice.shift(display, update, base, -1)
    splice.replace(display, [display.like(Op.MAP_ADD, 1)] if display.arg else [])
    splice.replace(update, [])
    splice.apply()
    return True


def _add_one_by_one(body: Body) -> None:
    nodes = list(body.walk())
    maps = any(node.op is Op.BUILD_MAP and node.arg for node in nodes)
    updates = [node for node in nodes if node.op is Op.DICT_UPDATE] if maps else []
    wanted: List[Node] = []
    for node in nodes:
        if node.op in _ADDS and node.arg > _LONG:
            wanted.append(node)
        elif node.op is Op.BUILD_MAP and node.arg > _LONG_MAP:
            wanted.append(node)
    if not wanted and not updates:
        return
    values = Values(body)
    for update in updates:
        base_map = values.only(values.before[update][-1 - update.arg], Op.BUILD_MAP)
        if base_map is not None and base_map.arg and base_map not in wanted:
            wanted.append(base_map)
    splice = Splice(body)
    for node in wanted:
        starts = values.starts(node)
        if starts is None:
            continue
        step = 2 if node.op is Op.BUILD_MAP else 1
        empty = Op.BUILD_LIST if node.op is Op.BUILD_TUPLE else node.op
        add = Op.MAP_ADD if node.op is Op.BUILD_MAP else _ADDS[node.op]
        base = len(values.before[node]) - len(starts)
        splice.begin(starts[0], node, [starts[0].like(empty, 0)])
        for place, start in enumerate(starts):
            if place and place % step == 0:
                splice.end(start, [node.like(add, 1)])
            after = starts[place + 1] if place + 1 < len(starts) else node
            splice.shift(start, after, base + place, 1 + place % step - place)
        ending = [node.like(add, 1)]
        if node.op is Op.BUILD_TUPLE:
            ending.append(node.like(Op.LIST_TO_TUPLE))
        splice.replace(node, ending)
    splice.apply()
