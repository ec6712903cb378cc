"""Writers of handlers and ``with``."""

from __future__ import annotations

from typing import List

from ..ir.instr import Instr, Label, Op
from ..opcodes.ghosts import DEAD, EXIT_SELF, HANDLER_SLOTS, LASTI, PREV, PREV_COPY, REAL, TYPE
from .forms import plain, put_like, writer
from .machine import Emitter
from .slots import CALL_TAGS, DROPPABLE

_OPEN = list(HANDLER_SLOTS[:3])


@writer(Op.ENTER_HANDLER)
def _enter_handler(e: Emitter, item: Instr) -> int:
    if e.with_table:
        e.expose(1)
        if "LOAD_SPECIAL" in e.table and e.next_instr(e.index + 1, Op.WITH_EXCEPT_START):
            _null_for_exit(e)
        e.grow(1)
        e.write("PUSH_EXC_INFO")
        e.layout.insert(len(e.layout) - 1, PREV)
        e.grow(0)
    elif e.layout[-6:] != list(HANDLER_SLOTS) or not e.blocks or not e.blocks[-1][0]:
        raise e.error("this version enters a handler only where an exception leads")
    return 1


def _null_for_exit(e: Emitter) -> None:
    """Give an exit function that is one value a NULL for its self (3.14+)."""
    if e.layout[-3:] == [REAL, LASTI, REAL]:
        e.entry = None
        e.grow(1)
        e.write("PUSH_NULL")
        e.layout.append(EXIT_SELF)
        top = len(e.layout) - 1
        e.permute([top, top - 2, top - 1])
        e.moved()


@writer(Op.POP_EXCEPT)
def _pop_except(e: Emitter, item: Instr) -> int:
    layout = e.layout
    if e.with_table:
        if layout and layout[-1] == PREV_COPY:
            e.write("POP_EXCEPT")
            layout.pop()
            layout[_last(e, PREV)] = DEAD
        else:
            place = _last(e, PREV)
            e.raise_slot(len(layout) - place)
            e.write("POP_EXCEPT")
            layout.pop()
            if e.decisions.lasti and layout[place - 1 : place] == [LASTI]:
                e.drop_slot(len(layout) - place + 1)
        return 1
    place = _last(e, PREV)
    while True:
        above = layout[place + 3 :]
        extra = [i for i, tag in enumerate(reversed(above), 1) if tag in DROPPABLE]
        if not extra:
            break
        e.drop_slot(extra[0])
    above = layout[place + 3 :]
    calls = [tag & ~1 for tag in above if tag >= CALL_TAGS]
    if calls:
        e.cancel(*calls)
    if any(above) or layout[place : place + 3] != _OPEN:
        raise e.error(f"can't close the handler in the slots {layout}")
    if not e.blocks or not e.blocks[-1][0]:
        raise e.error("the handler is not the innermost block")
    count = len(above)
    if count > 1:
        e.write("BUILD_TUPLE", count)
        del layout[-count:]
        layout.append(REAL)
    if count:
        e.sink(4)
    e.write("POP_EXCEPT")
    del layout[-3:]
    e.blocks.pop()
    if count > 1:
        e.write("UNPACK_SEQUENCE", count)
        e.write("BUILD_TUPLE", count)
        e.write("UNPACK_SEQUENCE", count)
        layout.pop()
        e.push(count)
    return 1


def _last(e: Emitter, tag: int) -> int:
    for place in range(len(e.layout) - 1, -1, -1):
        if e.layout[place] == tag:
            return place
    raise e.error("no handler is open")


@writer(Op.RERAISE)
def _reraise(e: Emitter, item: Instr) -> int:
    if e.with_table:
        wants_lasti = item.spelling is not None and isinstance(item.spelling.note, int)
        e.expose(1)
        oparg = 0
        if wants_lasti and LASTI in e.layout:
            oparg = len(e.layout) - 1 - _last(e, LASTI)
        put_like(e, e.rule("RERAISE"), oparg, 1, 0)
        return 0
    if e.layout[-6:] == [*_OPEN[:2], *e.layout[-4:]] and e.layout[-1] == TYPE:
        e.write("RERAISE" if "RERAISE" in e.table else "END_FINALLY", _note(e, item))
        return 0
    while len(e.layout) > 6 and e.layout[-1] == TYPE and e.layout[-2] == TYPE:
        # the copy that an exception test left
        e.drop_slot(1)
    if e.layout[-6:] != list(HANDLER_SLOTS):
        raise e.error("this version raises again only what a handler has on the stack")
    e.write("RERAISE" if "RERAISE" in e.table else "END_FINALLY", _note(e, item))
    return 0


def _note(e: Emitter, item: Instr) -> int:
    """3.10's RERAISE can restore ``f_lasti``."""
    note = item.spelling.note if item.spelling is not None else None
    return note if isinstance(note, int) else 0


@writer(Op.CHECK_EXC_MATCH)
def _check_exc_match(e: Emitter, item: Instr) -> int:
    if "CHECK_EXC_MATCH" in e.table:
        return plain(e, item)
    e.expose(1)
    layout = e.layout
    if layout[-3:-1] != [TYPE, TYPE]:
        # (exception or its type, type --): a copy of the first is what the test takes
        below = layout[-2]
        e.grow(1)
        e.write("ROT_TWO")
        e.write("DUP_TOP")
        e.write("ROT_THREE")
        e.write("ROT_TWO")
        layout.insert(len(layout) - 1, below)
    found = e.table.spell(Op.CHECK_EXC_MATCH, None)
    if found is not None:
        e.put(found[0], found[1] or 0)
        del layout[-2:]
        e.push()
        return 1
    branch = e.next_instr(e.index + 1, Op.BRANCH)
    rule = e.rule("JUMP_IF_NOT_EXC_MATCH")
    if branch is None or branch.handler != item.handler:
        no, done = Label("no match"), Label("matched")
        e.put(rule, no)
        del layout[-2:]
        e.grow(1)
        e.write("LOAD_CONST", e.pools.const(True))
        e.write("JUMP_FORWARD", done)
        e.here(no)
        e.write("LOAD_CONST", e.pools.const(False))
        e.here(done)
        e.push()
        return 1
    yes, other = branch.arg
    kept = list(layout)
    del layout[-2:]
    target = e.jump_target(other)
    layout[:], after = kept, list(layout)
    e.put(rule, target)
    layout[:] = after
    e.settle(yes)
    e.arrive(yes)
    if not e.falls_to(yes, e.index + 2):
        e.write_jump(yes)
    return 0


@writer(Op.END_ASYNC_FOR)
def _end_async_for(e: Emitter, item: Instr) -> int:
    if e.with_table:
        rule = e.rule("END_ASYNC_FOR")
        e.expose(2)
        e.put(rule, _sent(e) if rule.operand else 0)
        e.pop_values(2)
        return 1
    if e.layout[-7:] != [REAL, *HANDLER_SLOTS]:
        raise e.error("END_ASYNC_FOR must be the first of its handler")
    e.write("END_ASYNC_FOR")
    del e.layout[-7:]
    e.blocks.pop()
    return 1


def _sent(e: Emitter) -> Label:
    """Where the send loop ends whose exception this is; only ``sys.monitoring`` asks (3.14+)."""
    labels = [item for item in e.items[: e.index] if isinstance(item, Label)]
    for label in reversed(labels):
        if e.chains.first_instr(e.chains.labels[label]) == e.index and label in e.known:
            return e.anext_sent(label)
    raise e.error("END_ASYNC_FOR must be the first of its handler")


# -- with


@writer(Op.ASYNC_WITH_ENTER)
def _async_with_enter(e: Emitter, item: Instr) -> int:
    if "LOAD_SPECIAL" in e.table:
        return _special_methods(e, 2)
    return plain(e, item)


def _special_methods(e: Emitter, enter: int) -> int:
    """Look up ``__exit__``, whose pair of slots stays, and call ``__enter__`` (3.14+).

    Where something takes the exit function off the stack, it must be one value: it is then
    looked up once more, the first time being for the error.
    """
    e.expose(1)
    e.pop_values(1)
    e.grow(4)
    e.write("COPY", 1)
    e.write("LOAD_SPECIAL", enter + 1)
    if e.decisions.exit_pairs:
        e.write("SWAP", 2)
        e.write("SWAP", 3)
        e.layout.extend((REAL, EXIT_SELF))
    else:
        e.write("POP_TOP")
        e.write("POP_TOP")
        e.write("LOAD_CONST", e.pools.const(bound_aexit if enter else bound_exit))
        e.write("COPY", 2)
        e.write("CALL", 0)
        e.write("SWAP", 2)
        e.layout.append(REAL)
    e.write("LOAD_SPECIAL", enter)
    e.write("CALL", 0)
    e.push()
    return 1


def bound_exit(manager: object) -> object:
    """``__exit__`` as ``with`` looks it up: on the type, bound to the manager."""
    return _bound(manager, "__exit__")


def bound_aexit(manager: object) -> object:
    """``__aexit__`` as ``async with`` looks it up."""
    return _bound(manager, "__aexit__")


def _bound(manager: object, name: str) -> object:
    kind = type(manager)
    found = next(vars(base)[name] for base in kind.__mro__ if name in vars(base))
    bind = getattr(type(found), "__get__", None)
    return found if bind is None else bind(found, manager, kind)


@writer(Op.WITH_ENTER)
def _with_enter(e: Emitter, item: Instr) -> int:
    if "LOAD_SPECIAL" in e.table:
        return _special_methods(e, 0)
    if "BEFORE_WITH" in e.table:
        return plain(e, item)
    e.expose(1)
    e.pop_values(1)
    e.grow(2)
    e.push(2)
    following = e.chains.first_instr(e.index + 1)
    wanted = e.chains.at(following)
    current = [label for is_open, label, _ in e.blocks if not is_open]
    extra = wanted[len(current) :]
    depth = e.states[e.index].depth
    if (
        following == e.index + 1
        and len(extra) >= 1
        and extra[0].depth == depth
        and [h.label for h in wanted[: len(current)]] == current
    ):
        e.write("SETUP_WITH", e.handler_target(extra[0].label))
        e.set_up(extra[0], "SETUP_WITH")
    else:
        nowhere = Label("no block")
        e.write("SETUP_WITH", nowhere)
        e.grow(6)
        e.write("POP_BLOCK")
        e.here(nowhere)
    return 1


@writer(Op.WITH_EXCEPT_START)
def _with_except_start(e: Emitter, item: Instr) -> int:
    layout = e.layout
    if "WITH_CLEANUP_START" in e.table:
        return _with_cleanup(e, item)
    if e.with_table:
        function = [REAL, EXIT_SELF] if "LOAD_SPECIAL" in e.table else [REAL]
        if layout[-3 - len(function) :] != [*function, LASTI, PREV, REAL]:
            raise e.error(f"__exit__ can't be called from the slots {layout}")
    elif layout[-7:] != [REAL, *HANDLER_SLOTS]:
        raise e.error(f"__exit__ can't be called from the slots {layout}")
    e.grow(1)
    e.write("WITH_EXCEPT_START")
    e.push()
    return 1


def leave_with(e: Emitter) -> int:
    """3.8: ``__exit__(None, None, None)`` in its own instructions; the items it takes, or 0.

    CPython names ``__aexit__`` in an error only where these stand.
    """
    call = e.next_instr(e.index + 3, Op.CALL, (3, ()))
    if (
        call is None
        or call.spelling is None
        or call.spelling.form != "WITH_CLEANUP_START"
        or any(e.next_instr(e.index + n, Op.LOAD_CONST, None) is None for n in (1, 2))
    ):
        return 0
    index = e.index + 4
    awaits = 0
    for op in (Op.GET_AWAITABLE, Op.LOAD_CONST, Op.YIELD_FROM):
        if e.next_instr(index + awaits, op) is None:
            break
        awaits += 1
    if awaits not in (0, 3) or e.next_instr(index + awaits, Op.POP) is None:
        return 0
    e.expose(1)
    e.grow(8)  # CPython counts six slots for BEGIN_FINALLY
    e.write("BEGIN_FINALLY")
    e.write("WITH_CLEANUP_START")
    if awaits:
        _await_exit(e)
    e.write("WITH_CLEANUP_FINISH")
    e.write("END_FINALLY")
    e.pop_values(1)
    return 5 + awaits


def _await_exit(e: Emitter) -> None:
    e.write("GET_AWAITABLE")
    e.grow(3)
    e.write("LOAD_CONST", e.pools.const(None))
    e.write("YIELD_FROM")


def _with_cleanup(e: Emitter, item: Instr) -> int:
    """3.8: the whole end of a ``with`` that an exception left, in its own instructions.

    WITH_EXCEPT_START; (GET_AWAITABLE; LOAD_CONST None; YIELD_FROM;) BRANCH suppressed, raised;
    raised: RERAISE; suppressed: POP; POP_EXCEPT; POP.
    """
    layout = e.layout
    if layout[-7:] != [REAL, *HANDLER_SLOTS]:
        raise e.error(f"__exit__ can't be called from the slots {layout}")
    # A resume function may enter between them: those who do go the way that is written out.
    index = e.chains.first_instr(e.index + 1)
    awaits: List[Instr] = []
    for op in (Op.GET_AWAITABLE, Op.LOAD_CONST, Op.YIELD_FROM):
        found = e.next_instr(index, op)
        if found is None:
            break
        awaits.append(found)
        index = e.chains.first_instr(index + 1)
    branch = e.next_instr(index, Op.BRANCH)
    if len(awaits) not in (0, 3) or branch is None:
        raise e.error("this version can't use the result of __exit__ in another way")
    yes, no = branch.arg
    raised = e.chains.first_instr(e.chains.labels[no])
    fits = e.next_instr(raised, Op.RERAISE) is not None
    after = e.chains.labels[yes]
    for op in (Op.POP, Op.POP_EXCEPT, Op.POP):
        after = e.chains.first_instr(after)
        fits = fits and e.next_instr(after, op) is not None
        after += 1
    if not fits or e.uses(yes) != 1:
        raise e.error("this version can't use the result of __exit__ in another way")
    e.grow(2)
    e.write("WITH_CLEANUP_START")
    if awaits:
        _await_exit(e)
    e.write("WITH_CLEANUP_FINISH")
    e.write("END_FINALLY")
    del layout[-7:]
    e.blocks.pop()
    # the places that only this branch led to are done with; go on behind them
    here = e.fresh_label(after)
    e.settle(here)
    e.arrive(here)
    e.write_jump(here)
    return 0
