"""The conditions with which a function begins, answered without a step for each instruction.

A framework's functions ask many questions before they do anything: does the layer have hooks,
which mode is this. Executed instruction by instruction these are a third of all steps of a network.
Three kinds are answered here at once, with the guards that the instructions would leave; at the
first question of another kind, or about another kind of value, execution begins.
"""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Optional

from ..ir.instr import Instr, Item, Label, Op
from .objects.attributes import ABSENT, has_generic_getter, type_attribute
from .objects.instance_dicts import own_attribute
from .operators import arithmetic
from .tensors import operations as tensors
from .values import (
    ConstantVariable,
    DictVariable,
    FunctionVariable,
    LazyVariable,
    ObjectVariable,
    SequenceVariable,
    Variable,
)
from .wrapping import load_global

if TYPE_CHECKING:
    from .frame import Frame
    from .machine import Machine

__all__ = ["pass_over"]

#: Where a program keeps its questions; it doesn't change any more, and is run many times.
_KEPT = "_conditions"
_ASKS = (Op.LOAD_GLOBAL, Op.CALL, Op.BRANCH)
_READS = (Op.LOAD_LOCAL, Op.LOAD_ATTR, Op.BRANCH)
_COMPARES = (
    *(Op.LOAD_LOCAL, Op.LOAD_ATTR, Op.LOAD_ATTR, Op.LOAD_GLOBAL, Op.LOAD_ATTR, Op.IS),
    Op.BRANCH,
)
_TRUTHS = (bool, int, str, type(None))


class _Question(NamedTuple):
    """One condition.

    Args:
        kind: ``_ASKS``: ``name()``; ``_READS``: ``local.name``; ``_COMPARES``:
            ``local.__class__.name is base.name``.
        name: of a global, or an attribute.
        local: a parameter.
        base: a global.
        instr: the first instruction.
        if_true: the item at which the function goes on.
        if_false: likewise.
    """

    kind: Any
    name: str
    local: str
    base: str
    instr: Instr
    if_true: int
    if_false: int


def _question(items: List[Item], at: int, labels: Dict[Label, int]) -> Optional[_Question]:
    for kind in (_ASKS, _READS, _COMPARES):
        block = items[at : at + len(kind)]
        end = at + len(kind)
        if len(block) < len(kind):
            continue
        if any(
            not isinstance(item, Instr) or item.op is not op or item.handler is not None
            for item, op in zip(block, kind)
        ):
            continue
        first, *_ = instrs = [item for item in block if isinstance(item, Instr)]
        args: List[Any] = [instr.arg for instr in instrs]
        if_true, if_false = (labels[label] for label in args[-1])
        if min(if_true, if_false) < end:
            continue  # a loop
        if kind is _ASKS and args[1] == (0, ()):
            return _Question(kind, args[0], "", "", first, if_true, if_false)
        if kind is _READS:
            return _Question(kind, args[1], args[0], "", first, if_true, if_false)
        if kind is _COMPARES and args[1] == "__class__" and args[2] == args[4]:
            if args[5]:  # is not
                if_true, if_false = if_false, if_true
            return _Question(kind, args[2], args[0], args[3], first, if_true, if_false)
    return None


def _questions(items: List[Item], labels: Dict[Label, int]) -> Dict[int, _Question]:
    """Those from the beginning on, by the item at which they begin, labels passed over."""
    found: Dict[int, _Question] = {}
    at = 0
    while True:
        begin = at
        while at < len(items) and isinstance(items[at], Label):
            at += 1
        question = _question(items, at, labels)
        if question is None:
            return found
        for place in range(begin, at + 1):
            found[place] = question
        at += len(question.kind)


def pass_over(machine: Machine, frame: Frame) -> None:
    """Let a function that is about to run begin behind the conditions that are known."""
    kept: Dict[str, Any] = frame.program.__dict__
    questions = kept.get(_KEPT)
    if questions is None:
        questions = kept[_KEPT] = _questions(frame.program.items, frame.labels)
    question = questions.get(0)
    if question is None:
        return
    frame.step = machine.steps  # of the call: what a restart breaks before
    machine.frames.append(frame)  # the guards are this frame's
    try:
        while question is not None:
            frame.instr = question.instr
            answer = _ANSWERS[question.kind](machine, frame, question)
            if answer is None:
                return
            frame.pc = question.if_true if answer else question.if_false
            question = questions.get(frame.pc)
    finally:
        machine.frames.pop()


def _mode(machine: Machine, frame: Frame, question: _Question) -> Optional[bool]:
    """What a function of the framework without arguments says of its state."""
    place = (id(frame.globals), question.name)
    known = machine.modes.get(place)
    if known is not None and not machine.changed_state:
        if machine.side_effects.pending_global(frame.globals, question.name) is None:
            return known
    if question.name not in frame.globals:
        return None
    function = load_global(machine, frame, question.name)
    if not isinstance(function, FunctionVariable) or function.function is None:
        return None
    if machine.services.disabled(function.function) is not None:
        return None
    found = tensors.constant_call(machine, function.function, [], {})
    if not isinstance(found, ConstantVariable):
        return None
    answer = _truth(machine, found)
    if answer is not None and not machine.changed_state:
        machine.modes[place] = answer
    return answer


def _attribute(machine: Machine, frame: Frame, question: _Question) -> Optional[bool]:
    """Whether what an object's dict has under a name is true."""
    receiver = _layer(machine, frame, question.local)
    if receiver is None:
        return None
    if type_attribute(machine, type(receiver.value), question.name) is not ABSENT:
        return None
    held = own_attribute(machine, receiver, question.name)
    return None if held is None else _truth(machine, held)


def _same_in_class(machine: Machine, frame: Frame, question: _Question) -> Optional[bool]:
    """Whether an object's class has an attribute from the very base."""
    receiver = _layer(machine, frame, question.local)
    if receiver is None or question.base not in frame.globals:
        return None
    base = load_global(machine, frame, question.base)
    if not isinstance(base, ObjectVariable) or not base.pinned:
        return None
    classes = (type(receiver.value), base.value)
    if any(type(cls) is not type for cls in classes):
        return None
    one, other = (type_attribute(machine, cls, question.name) for cls in classes)
    if type(one) is types.FunctionType and type(other) is types.FunctionType:
        return one is other
    return None


_ANSWERS: Dict[Any, Any] = {_ASKS: _mode, _READS: _attribute, _COMPARES: _same_in_class}


def _layer(machine: Machine, frame: Frame, name: str) -> Optional[ObjectVariable]:
    """The layer from outside that a local is, whose attributes are read without code of its own."""
    value: Optional[Variable] = frame.locals.get(name)
    if isinstance(value, LazyVariable):
        value = frame.locals[name] = machine.realise(value)
    if type(value) is not ObjectVariable or not machine.framework.is_layer(value.value):
        return None
    return value if has_generic_getter(machine, type(value.value)) else None


def _truth(machine: Machine, value: Variable) -> Optional[bool]:
    if isinstance(value, ConstantVariable):
        return bool(value.value) if type(value.value) in _TRUTHS else None
    if isinstance(value, (DictVariable, SequenceVariable)):
        return arithmetic.truth(machine, value)
    return None
