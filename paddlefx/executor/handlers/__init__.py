"""One handler per :class:`~paddlefx.ir.instr.Op`.

A handler takes the machine, the frame and the operand; it returns ``None`` to go
on, or the value with which the frame ends or pauses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, Optional

from ...ir.instr import Op
from . import containers, control, exceptions, managers, names, operators, patterns

if TYPE_CHECKING:
    from ..frame import Frame
    from ..machine import Machine
    from ..values import Variable

__all__ = ["HANDLERS", "Handler"]

Handler = Callable[["Machine", "Frame", Any], "Optional[Variable]"]

HANDLERS: Dict[Op, Handler] = {
    **names.HANDLERS,
    **operators.HANDLERS,
    **containers.HANDLERS,
    **control.HANDLERS,
    **exceptions.HANDLERS,
    **managers.HANDLERS,
    **patterns.HANDLERS,
}
