"""Where control goes in a program, how deep its stack is, and which locals are live."""

from __future__ import annotations

from typing import Dict, FrozenSet, List, NamedTuple, Optional, Sequence, Tuple

from ..errors import InvalidProgram
from .effects import CANNOT_RAISE, EFFECTS, Effect, effect
from .instr import Handler, Instr, Item, Label, Op
from .program import Program

__all__ = [
    "State",
    "definitely_assigned",
    "label_index",
    "live_locals",
    "parameter_count",
    "reachable",
    "stack_depths",
    "state_after",
    "successors",
]


class State(NamedTuple):
    """What is true before an item.

    Args:
        depth: how many values are on the stack.
        scopes: the open scopes, outermost first: a local's name for SAVE_LOCAL and SAVE_CELL, ``None``
            for ENTER_HANDLER.
    """

    depth: int
    scopes: Tuple[Optional[str], ...] = ()


def label_index(items: Sequence[Item]) -> Dict[Label, int]:
    """Where each label stands; raises InvalidProgram if one stands twice."""
    found: Dict[Label, int] = {}
    for index, item in enumerate(items):
        if isinstance(item, Label):
            if item in found:
                raise InvalidProgram(f"{item!r} stands twice")
            found[item] = index
    return found


def _place(labels: Dict[Label, int], label: object, instr: Instr) -> int:
    index = labels.get(label) if isinstance(label, Label) else None
    if index is None:
        raise InvalidProgram(
            f"{instr.op.value} goes to {label!r}, which stands nowhere",
            lineno=instr.position.lineno,
        )
    return index


def successors(items: Sequence[Item], index: int, labels: Dict[Label, int]) -> List[int]:
    """The items control can go to from one, exceptions aside."""
    item = items[index]
    if isinstance(item, Label):
        return [index + 1]
    op = item.op
    if op is Op.JUMP:
        return [_place(labels, item.arg, item)]
    if op is Op.BRANCH:
        return [_place(labels, item.arg[0], item), _place(labels, item.arg[1], item)]
    if op is Op.FOR_ITER:
        return [index + 1, _place(labels, item.arg, item)]
    if op is Op.RETURN or op is Op.RAISE or op is Op.RERAISE:
        return []
    return [index + 1]


def stack_depths(program: Program) -> Dict[int, State]:
    """The state before each item that can be reached, by its index.

    Raises:
        InvalidProgram: paths meet with different states, values are missing, a label is
            unbound, or control runs off the end.
    """
    items = program.items
    labels = label_index(items)
    states: Dict[int, State] = {}
    work: List[Tuple[int, State]] = [(0, State(0))]
    size = len(items)
    simple, new = _SIMPLE, tuple.__new__
    while work or _quiet_handlers(items, states, labels, work):
        index, state = work.pop()
        last: Optional[Handler] = None
        last_scopes: Tuple[Optional[str], ...] = ()
        while True:
            if index >= size:
                raise InvalidProgram("control runs off the end", lineno=_last_line(items))
            known = states.get(index)
            if known is not None:
                if known != state:
                    raise _mismatch(items, index, known, state)
                break
            states[index] = state
            item = items[index]
            if isinstance(item, Label):
                index += 1
                continue
            op = item.op
            handler = item.handler
            fast = simple.get(op)
            if fast is not None:
                # only the depth changes
                depth, scopes = state
                if depth < fast[0]:
                    raise _too_few(item, fast[0], depth)
                if handler is not None and op not in CANNOT_RAISE:
                    enough = depth - fast[1] >= handler.depth
                    if handler is not last or scopes is not last_scopes or not enough:
                        work.append(_raised(item, handler, state, labels))
                        last, last_scopes = handler, scopes
                index += 1
                state = new(State, (depth + fast[2], scopes))
                continue
            if handler is not None and op not in CANNOT_RAISE:
                work.append(_raised(item, handler, state, labels))
            if op in _SCOPED:
                after = state_after(item, state)
            else:
                needs, pops, pushes = effect(op, item.arg)
                depth, scopes = state
                if depth < needs:
                    raise _too_few(item, needs, depth)
                after = new(State, (depth - pops + pushes, scopes))
            if op is Op.JUMP:
                index, state = _place(labels, item.arg, item), after
            elif op is Op.BRANCH:
                work.append((_place(labels, item.arg[0], item), after))
                index, state = _place(labels, item.arg[1], item), after
            elif op is Op.FOR_ITER:
                work.append((_place(labels, item.arg, item), State(state.depth - 1, state.scopes)))
                index, state = index + 1, after
            elif op is Op.RETURN or op is Op.RAISE or op is Op.RERAISE:
                break
            else:
                index, state = index + 1, after
    return states


def _quiet_handlers(
    items: Sequence[Item],
    states: Dict[int, State],
    labels: Dict[Label, int],
    work: List[Tuple[int, State]],
) -> bool:
    """Go on at handlers that only instructions name which raise nothing of their own.

    A signal may still raise there. Where a handler is opened or closed the state is in the
    middle of a change, and says nothing of what the handler finds.
    """
    if not any(isinstance(item, Instr) and item.handler is not None for item in items):
        return False
    for index in sorted(states):
        item = items[index]
        if (
            isinstance(item, Instr)
            and item.handler is not None
            and item.op in CANNOT_RAISE
            and item.op is not Op.ENTER_HANDLER
            and item.op is not Op.POP_EXCEPT
            and labels.get(item.handler.label) not in states
        ):
            depth, scopes = states[index]
            handler = item.handler
            if handler.depth <= depth and handler.scopes <= len(scopes):
                after = State(handler.depth + 1, scopes[: handler.scopes])
                work.append((_place(labels, handler.label, item), after))
                return True
    return False


def _last_line(items: Sequence[Item]) -> Optional[int]:
    for item in reversed(items):
        if isinstance(item, Instr):
            return item.position.lineno
    return None


def _mismatch(items: Sequence[Item], index: int, one: State, other: State) -> InvalidProgram:
    line = None
    for item in items[index:]:
        if isinstance(item, Instr):
            line = item.position.lineno
            break
    return InvalidProgram(
        f"paths meet at item {index} ({items[index]!r}) with {one} and {other}", lineno=line
    )


def _raised(
    instr: Instr, handler: Handler, state: State, labels: Dict[Label, int]
) -> Tuple[int, State]:
    pops = effect(instr.op, instr.arg).pops
    if handler.depth > state.depth - pops:
        raise InvalidProgram(
            f"the handler of {instr.op.value} keeps {handler.depth} values of {state.depth - pops}",
            lineno=instr.position.lineno,
        )
    if handler.scopes > len(state.scopes):
        raise InvalidProgram(
            f"the handler of {instr.op.value} keeps {handler.scopes} scopes of {len(state.scopes)}",
            lineno=instr.position.lineno,
        )
    return (
        _place(labels, handler.label, instr),
        State(handler.depth + 1, state.scopes[: handler.scopes]),
    )


def state_after(instr: Instr, state: State) -> State:
    """What is true behind an instruction; of FOR_ITER, in the body."""
    needs, pops, pushes = effect(instr.op, instr.arg)
    depth, scopes = state
    if depth < needs:
        raise _too_few(instr, needs, depth)
    op = instr.op
    if op is Op.ENTER_HANDLER:
        scopes = (*scopes, None)
    elif op is Op.SAVE_LOCAL or op is Op.SAVE_CELL:
        scopes = (*scopes, instr.arg)
    elif op is Op.POP_EXCEPT or op is Op.RESTORE_LOCAL:
        scopes = _close(instr, scopes)
    elif op is Op.RETURN and None in scopes:
        raise InvalidProgram("RETURN with a handler open", lineno=instr.position.lineno)
    return State(depth - pops + pushes, scopes)


def _too_few(instr: Instr, needs: int, depth: int) -> InvalidProgram:
    return InvalidProgram(
        f"{instr.op.value} needs {needs} values, there are {depth}",
        lineno=instr.position.lineno,
    )


#: Operations that open or close scopes, or ask for them.
_SCOPED = frozenset(
    [Op.ENTER_HANDLER, Op.POP_EXCEPT, Op.SAVE_LOCAL, Op.SAVE_CELL, Op.RESTORE_LOCAL, Op.RETURN]
)

#: Operations that do nothing but change the depth: (needs, pops, change).
_SIMPLE: Dict[Op, Tuple[int, int, int]] = {
    op: (entry.needs, entry.pops, entry.pushes - entry.pops)
    for op, entry in EFFECTS.items()
    if isinstance(entry, Effect)
    and op not in _SCOPED
    and op not in (Op.JUMP, Op.BRANCH, Op.FOR_ITER, Op.RERAISE)
}


def _close(instr: Instr, scopes: Tuple[Optional[str], ...]) -> Tuple[Optional[str], ...]:
    """Close the innermost handler, or the local's scope among those inside it."""
    wanted = instr.arg
    for place in range(len(scopes) - 1, -1, -1):
        if scopes[place] == wanted:
            return scopes[:place] + scopes[place + 1 :]
        if wanted is None or scopes[place] is None:
            break
    raise InvalidProgram(
        f"{instr.op.value} {wanted or ''} does not close an inner one of the scopes {scopes}",
        lineno=instr.position.lineno,
    )


def reachable(program: Program) -> List[bool]:
    """For each item, whether control can get to it."""
    items = program.items
    labels = label_index(items)
    seen = [False] * len(items)
    work = [0] if items else []
    while work:
        index = work.pop()
        while index < len(items) and not seen[index]:
            seen[index] = True
            item = items[index]
            if isinstance(item, Instr):
                if item.handler is not None:
                    work.append(_place(labels, item.handler.label, item))
                following = successors(items, index, labels)
                if not following:
                    break
                work.extend(following[1:])
                index = following[0]
            else:
                index += 1
    return seen


_READS = frozenset({Op.LOAD_LOCAL, Op.DELETE_LOCAL, Op.SAVE_LOCAL})
_WRITES = frozenset({Op.STORE_LOCAL, Op.DELETE_LOCAL, Op.SAVE_LOCAL, Op.RESTORE_LOCAL})


def live_locals(program: Program) -> Dict[int, FrozenSet[str]]:
    """Which locals may still be read when control is before an item, by its index.

    LOAD_LOCAL, DELETE_LOCAL and SAVE_LOCAL read, STORE_LOCAL writes; a RESTORE_LOCAL gives
    back what its SAVE_LOCAL read. Exception edges count. Only items that can be reached are
    in the result.
    """
    items = program.items
    labels = label_index(items)
    alive = reachable(program)
    order = [index for index, flag in enumerate(alive) if flag]
    preceding: Dict[int, List[int]] = {}
    following: Dict[int, List[int]] = {}
    for index in order:
        edges = [i for i in successors(items, index, labels) if i < len(items)]
        item = items[index]
        if isinstance(item, Instr) and item.handler is not None:
            edges.append(_place(labels, item.handler.label, item))
        following[index] = edges
        for edge in edges:
            preceding.setdefault(edge, []).append(index)
    empty: FrozenSet[str] = frozenset()
    live: Dict[int, FrozenSet[str]] = dict.fromkeys(order, empty)
    queued = set(order)
    work = list(order)
    while work:
        index = work.pop()
        queued.discard(index)
        edges = following[index]
        after = live[edges[0]] if edges else empty
        for edge in edges[1:]:
            if live[edge] is not after:
                after = after | live[edge]
        item = items[index]
        if isinstance(item, Instr):
            name = item.arg
            if item.op in _WRITES and name in after:
                kept = _on_exception(item, labels, live)
                if name not in kept:
                    after = after - {name}
            if item.op in _READS and name not in after:
                after = after | {name}
        if after != live[index]:
            live[index] = after
            for before in preceding.get(index, ()):
                if before not in queued:
                    queued.add(before)
                    work.append(before)
    return live


def _on_exception(
    instr: Instr, labels: Dict[Label, int], live: Dict[int, FrozenSet[str]]
) -> FrozenSet[str]:
    if instr.handler is None:
        return frozenset()
    return live[labels[instr.handler.label]]


def definitely_assigned(program: Program) -> Dict[int, FrozenSet[str]]:
    """Which locals are bound for certain before an item that can be reached, by its index."""
    items = program.items
    labels = label_index(items)
    bound: Dict[int, FrozenSet[str]] = {}
    start = frozenset(program.varnames[: parameter_count(program)])
    work: List[Tuple[int, FrozenSet[str]]] = [(0, start)]
    while work:
        index, names = work.pop()
        while index < len(items):
            known = bound.get(index)
            if known is not None:
                if known <= names:
                    break
                names = known & names
            bound[index] = names
            item = items[index]
            if isinstance(item, Label):
                index += 1
                continue
            op = item.op
            if item.handler is not None:
                reduced = names - {item.arg} if op is Op.DELETE_LOCAL else names
                work.append((_place(labels, item.handler.label, item), reduced))
            if op is Op.STORE_LOCAL:
                if item.arg not in names:
                    names = names | {item.arg}
            elif op is Op.LOAD_LOCAL:
                if item.arg not in names:
                    names = names | {item.arg}
            elif op in (Op.DELETE_LOCAL, Op.SAVE_LOCAL, Op.RESTORE_LOCAL):
                names = names - {item.arg}
            following = successors(items, index, labels)
            if not following:
                break
            work.extend((other, names) for other in following[1:])
            index = following[0]
    return bound


def parameter_count(program: Program) -> int:
    """How many of ``varnames`` are parameters, ``*args`` and ``**kwargs`` included."""
    return (
        program.argcount
        + program.kwonlyargcount
        + bool(program.flags & 0x4)
        + bool(program.flags & 0x8)
    )
