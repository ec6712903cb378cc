"""What stands for a function of the library in capture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Dict, List

from ..values import Variable

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["Rule"]

#: Takes the positional and the keyword arguments of a call, gives its result.
Rule = Callable[["Machine", List[Variable], Dict[str, Variable]], Variable]
