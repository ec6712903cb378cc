"""Writers of jumps, branches, loops, returns and generators."""

from __future__ import annotations

from typing import List

from ..ir.instr import Instr, Label, Op
from ..ir.program import Program
from ..opcodes.table import Rule
from .assemble import Entry, Line, Phys
from .forms import form_rule, plain, put_like, writer
from .machine import Emitter
from .slots import is_real

_ASYNC_GENERATOR = 0x200
_COROUTINE = 0x80 | 0x200

#: Operations whose result is True or False itself.
_GIVES_BOOL = frozenset(
    {Op.IS, Op.CONTAINS, Op.COMPARE, Op.CHECK_EXC_MATCH, Op.MATCH_MAPPING, Op.MATCH_SEQUENCE}
)


@writer(Op.JUMP)
def _jump(e: Emitter, item: Instr) -> int:
    label = item.arg
    e.settle(label)
    e.arrive(label)
    if not e.falls_to(label, e.index + 1):
        e.write_jump(label, hint=item.spelling.form if item.spelling is not None else "")
    return 0


# -- branches


def _conditional(e: Emitter, form: str, when: bool, label: Label, pops: int) -> None:
    """A jump taken when the test comes out as ``when``; control may fall through."""
    direction = "forward" if e.is_forward(label) else "backward"
    found: List[Rule] = [
        rule
        for rule in e.table.of_form(form)
        if rule.value is when and rule.operand in (direction, "absolute")
    ]
    e.expose(pops)
    kept = list(e.layout)
    if found:
        e.pop_values(pops)
        target = e.jump_target(label)
        e.layout[:], after = kept, list(e.layout)
        if target is not label:
            found = [
                rule
                for rule in e.table.of_form(form)
                if rule.value is when and rule.operand in ("forward", "absolute")
            ]
        e.put(found[0], target)
        e.layout[:] = after
        _not_taken(e)
        return
    inverse = [
        rule
        for rule in e.table.of_form(form)
        if rule.value is (not when) and rule.operand in ("forward", "absolute")
    ]
    over = Label("over")
    e.put(inverse[0], over)
    e.pop_values(pops)
    _not_taken(e)
    blocks, layout = list(e.blocks), list(e.layout)
    e.settle(label)
    e.arrive(label)
    e.write_jump(label)
    e.blocks[:], e.layout[:] = blocks, layout
    e.here(over)


def _not_taken(e: Emitter) -> None:
    """Mark the way of a conditional jump that falls through, for ``sys.monitoring`` (3.14+)."""
    if "NOT_TAKEN" in e.table:
        e.write("NOT_TAKEN")


def _two_ways(e: Emitter, item: Instr, form: str, inverted: bool, index: int) -> None:
    """Write a test with two targets, one of which may follow."""
    yes, no = item.arg
    if inverted:
        yes, no = no, yes
    following = e.labels_at(index + 1)
    if no in following or yes not in following:
        _conditional(e, form, True, yes, 1)
        rest = no
    else:
        _conditional(e, form, False, no, 1)
        rest = yes
    e.settle(rest)
    e.arrive(rest)
    if not e.falls_to(rest, index + 1):
        e.write_jump(rest)


@writer(Op.BRANCH)
def _branch(e: Emitter, item: Instr) -> int:
    if "TO_BOOL" in e.table:
        e.expose(1)
        to_bool(e)
    _two_ways(e, item, "branch", False, e.index)
    return 0


def to_bool(e: Emitter) -> None:
    """Make the top a bool, unless the instruction just before leaves one."""
    previous = e.items[e.index - 1] if e.index else None
    if isinstance(previous, Instr) and e.index - 1 in e.states:
        if previous.op in _GIVES_BOOL or (previous.op is Op.UNARY and previous.arg == "not"):
            return
    e.write("TO_BOOL")


@writer(Op.UNARY)
def _unary(e: Emitter, item: Instr) -> int:
    if item.arg == "not" and "TO_BOOL" in e.table:
        e.expose(1)
        to_bool(e)
    return plain(e, item)


@writer(Op.COMPARE)
def _compare(e: Emitter, item: Instr) -> int:
    found = e.table.spell(Op.COMPARE, item.arg)
    if found is None or found[1] is None:
        raise e.error(f"this version has no COMPARE {item.arg}")
    rule, oparg = found[0], found[1]
    if "TO_BOOL" in e.table:
        i = e.index + 1
        feeds = e.next_instr(i, Op.BRANCH) or e.next_instr(i, Op.UNARY, "not")
        if feeds and not compares_ints(e.program, e.index):
            meaning = (Op.COMPARE, item.arg)
            oparg = max(n for n, what in rule.value.items() if what == meaning)
    put_like(e, rule, oparg, 2, 1)
    return 1


def compares_ints(program: Program, index: int) -> bool:
    """Whether a COMPARE is one of those that CPython writes itself, for two ints (3.13+).

    They have no bit that makes the result a bool: the length of a sequence or mapping in a
    pattern, and the ``.format > 2`` that ``__annotate__`` starts with
    (``pattern_helper_sequence_unpack`` and ``codegen_setup_annotations_scope`` in
    ``Python/codegen.c``).
    """
    head = [item for item in program.items[max(index - 2, 0) : index] if isinstance(item, Instr)]
    if len(head) != 2 or head[1].op is not Op.LOAD_CONST or type(head[1].arg) is not int:
        return False
    if head[0].op is Op.GET_LEN:
        return True
    if head[0].op is not Op.LOAD_LOCAL or head[0].arg not in program.varnames[:1]:
        return False
    following = [item for item in program.items[index + 1 :] if isinstance(item, Instr)][:2]
    return (
        head[1].arg == 2
        and [item.op for item in following] == [Op.BRANCH, Op.LOAD_COMMON_CONSTANT]
        and following[1].arg == "NotImplementedError"
    )


def branch_none(e: Emitter, branch: Instr, is_none: bool) -> int:
    """LOAD_CONST None; IS; BRANCH in one (3.11+)."""
    e.position = branch.position
    _two_ways(e, branch, "branch_none", not is_none, e.index + 2)
    return 0


def branch_keep(e: Emitter, branch: Instr) -> int:
    """COPY 1; BRANCH; POP in one (up to 3.11): the number of items it takes, or 0."""
    yes, no = branch.arg
    index = e.index + 2
    if index >= len(e.items):
        return 0
    drop = e.items[index]
    if drop is yes:
        when, kept = False, no
    elif drop is no:
        when, kept = True, yes
    else:
        return 0
    pop = e.next_instr(index + 1, Op.POP)
    if pop is None or e.uses(drop) != 1 or pop.handler != branch.handler or yes is no:
        return 0
    if pop.spelling is not None and pop.spelling.before:
        return 0
    direction = "forward" if e.is_forward(kept) else "backward"
    rules = [
        rule
        for rule in e.table.of_form("branch_keep")
        if rule.value is when and rule.operand in (direction, "absolute")
    ]
    if not rules:
        return 0
    e.expose(1)
    e.put(rules[0], e.jump_target(kept))
    e.pop_values(1)
    return 4


# -- loops


@writer(Op.FOR_ITER)
def _for_iter(e: Emitter, item: Instr) -> int:
    label = item.arg
    rule = form_rule(e, "for_iter")
    e.expose(1)
    layout, blocks = list(e.layout), list(e.blocks)
    e.pop_values(1)
    if rule.value or not e.is_forward(label):
        target = _loop_end(e, label, rule)
    else:
        target = e.jump_target(label)
    e.layout[:], e.blocks[:] = layout, blocks
    e.put(rule, target)
    e.push()
    return 1


def _loop_end(e: Emitter, label: Label, rule: Rule) -> Label:
    """Where FOR_ITER jumps: to END_FOR before the label, or to a place at the end."""
    decided = label in e.decisions.forced or label in e.decisions.clean
    if e.is_forward(label) and not decided:
        e.arrive(label)
        end = e.loop_ends.get(label) if rule.value else label
        if end is None:
            end = e.loop_ends[label] = Label("loop end")
            e.loop_positions[label] = e.position, e.entry
        return end
    end = Label("loop end")
    chunk, e.chunk = e.chunk, [end]
    _end_for(e, e.chunk, rule)
    e.settle(label)
    e.arrive(label)
    e.write_jump(label, after_all=True)
    e.tail.extend(e.chunk)
    e.chunk = chunk
    return end


def _end_for(e: Emitter, lines: List[Line], rule: Rule) -> None:
    if rule.value:
        lines.append(Phys(e.rule("END_FOR"), 0, e.position, e.entry))
    if rule.value == 2:
        name = "POP_ITER" if "POP_ITER" in e.table else "POP_TOP"
        lines.append(Phys(e.rule(name), 0, e.position, e.entry))


def loop_end(e: Emitter, label: Label, end: Label, fallen: bool) -> List[Line]:
    """What stands before a label that FOR_ITER jumps to (3.12+)."""
    e.position, e.entry = e.loop_positions[label]
    lines: List[Line] = []
    if fallen:
        lines.append(Phys(e.rule("JUMP_FORWARD"), label, e.position, e.entry))
    lines.append(end)
    _end_for(e, lines, form_rule(e, "for_iter"))
    return lines


# -- ends


@writer(Op.RETURN)
def _return(e: Emitter, item: Instr) -> int:
    e.expose(1)
    while sum(1 for tag in e.layout if is_real(tag)) > 1:
        e.raise_slot(e.distance(2))
        e.write("POP_TOP")
        e.layout.pop()
    put_like(e, e.rule("RETURN_VALUE"), 0, 1, 0)
    return 0


@writer(Op.RAISE)
def _raise(e: Emitter, item: Instr) -> int:
    put_like(e, e.rule("RAISE_VARARGS"), item.arg, item.arg, 0)
    return 0


# -- generators


def _resume(e: Emitter, why: int) -> None:
    if "RESUME" in e.table:
        if e.table.traits["generator_depth"] == "resume" and _depth(e) == 1:
            why |= 4
        e.write("RESUME", why)


def _depth(e: Emitter) -> int:
    """How many handlers are around the instruction at hand."""
    return len(e.chains.of(e.handler))


def _yield_value(e: Emitter, inside: bool) -> None:
    where = e.table.traits["generator_depth"]
    if where == "yield":
        e.write("YIELD_VALUE", _depth(e) + inside)
    else:
        e.write("YIELD_VALUE", int(inside) if where == "resume" else 0)


@writer(Op.YIELD)
def _yield(e: Emitter, item: Instr) -> int:
    e.expose(1)
    if e.program.flags & _ASYNC_GENERATOR:
        if "ASYNC_GEN_WRAP" in e.table:
            e.write("ASYNC_GEN_WRAP")
        elif "CALL_INTRINSIC_1" in e.table:
            choices = e.table["CALL_INTRINSIC_1"].value
            e.write("CALL_INTRINSIC_1", next(n for n, what in choices.items() if what is None))
    _yield_value(e, False)
    _resume(e, 1)
    return 1


@writer(Op.YIELD_FROM)
def _yield_from(e: Emitter, item: Instr) -> int:
    e.expose(2)
    if "YIELD_FROM" in e.table:
        return plain(e, item)
    send, done = Label("send"), Label("sent")
    rule = e.rule("SEND")
    e.here(send)
    e.put(rule, done)
    outer = e.entry
    fail = Label("thrown")
    if "CLEANUP_THROW" in e.table:
        e.entry = Entry(fail, len(e.layout), False)
        e.grow(1)
    _yield_value(e, True)
    e.entry = outer
    _resume_inside(e)
    e.write("JUMP_BACKWARD_NO_INTERRUPT", send)
    awaits_next = e.next_instr(e.index - 2, Op.GET_ANEXT) is not None
    if awaits_next and item.handler is not None:
        e.here(e.anext_sent(item.handler.label))
    e.here(done)
    if "END_SEND" in e.table:
        e.write("END_SEND")
        chunk, e.chunk = e.chunk, []
        e.here(fail)
        e.write("CLEANUP_THROW")
        resume = Label("resume")
        e.write("JUMP_BACKWARD", resume)
        e.tail.extend(e.chunk)
        e.chunk = chunk
        e.chunk.insert(len(e.chunk) - 1, resume)
    e.pop_values(2)
    e.push()
    following = e.items[e.index + 1]
    if awaits_next and isinstance(following, Instr) and following.spelling is None:
        _not_taken(e)
    return 1


def _resume_inside(e: Emitter) -> None:
    why = 3 if e.program.flags & _COROUTINE else 2
    if e.table.traits["generator_depth"] == "resume" and _depth(e) + 1 == 1:
        why |= 4
    e.write("RESUME", why)
