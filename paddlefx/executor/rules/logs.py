"""Calls of ``logging``: nothing happens where the level is off, else the call breaks the graph.

A record can't be written behind the graph instead. It says when it was made, in which file, line
and function (``Logger.findCaller`` walks the stack, where an inlined call has no frame), and its
handlers, filters and formatters are the user's, who may look at the stack, or change what the
frame reads next. So it is written by the plain call, as ``print`` is.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from ..breaks import Kind
from ..values import FunctionVariable, ObjectVariable, Variable

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["check", "concerns"]

_LEVELS: Dict[Any, Optional[int]] = {
    logging.Logger.debug: logging.DEBUG,
    logging.Logger.info: logging.INFO,
    logging.Logger.warning: logging.WARNING,
    logging.Logger.error: logging.ERROR,
    logging.Logger.exception: logging.ERROR,
    logging.Logger.critical: logging.CRITICAL,
    logging.Logger.log: None,
    logging.debug: logging.DEBUG,
    logging.info: logging.INFO,
    logging.warning: logging.WARNING,
    logging.error: logging.ERROR,
    logging.critical: logging.CRITICAL,
}


def concerns(target: Any) -> bool:
    """Whether a function of the logging module may write a record."""
    return target in _LEVELS


def check(machine: Machine, function: FunctionVariable, args: List[Variable]) -> None:
    """Break before a call that writes a record; one that doesn't is inlined.

    ``Logger.isEnabledFor`` keeps its answers in a dict: asked here, the inlined code finds
    its answer there, under a guard.
    """
    if function.function is None or function.function not in _LEVELS:
        return
    if args and isinstance(args[0], ObjectVariable) and type(args[0].value) is logging.Logger:
        level = _LEVELS[function.function]
        if level is None and len(args) > 1 and args[1].is_constant():
            level = args[1].as_constant()
        if isinstance(level, int) and not args[0].value.isEnabledFor(level):
            return
    machine.break_graph(
        Kind.CALL,
        "a log record is written",
        "a logger whose level is off costs nothing",
    )
