"""What the prologue of a resume function calls to be in an ``except`` block again.

The functions are in ``csrc/continuation.c``. In capture the exception that was raised for
real before goes to its handler symbolically.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, List

from ... import _C
from ..breaks import ObservedException
from ..values import CaughtVariable, ConstantVariable, ObjectVariable, SequenceVariable, Variable

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["RULES"]


def _raise_again(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``raise_again(box)`` and ``raise_to_reenter(box)``."""
    (box,) = args
    assert isinstance(box, SequenceVariable)
    error = machine.realise(box.items[0])
    assert isinstance(error, ObjectVariable)
    instr = machine.frames[-1].instr
    assert instr is not None
    known = CaughtVariable(error.value, error.source, instr.position, box.items[1])
    raise ObservedException(known)


def _nothing(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    return ConstantVariable(None)


#: By function of the extension.
RULES: Dict[Any, Callable[..., Variable]] = {
    _C.raise_again: _raise_again,
    _C.raise_to_reenter: _raise_again,
    _C.reentered: _nothing,
    _C.entered: _nothing,
}
