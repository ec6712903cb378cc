"""``inspect.signature`` of functions, from outside and made in the frame.

The order is that of ``_signature_from_callable`` in ``Lib/inspect.py``: ``__signature__``, what
``__wrapped__`` leads to, and the code object with its defaults and annotations last.
"""

from __future__ import annotations

import inspect
import types
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Set

from ...guards import GuardKind
from ...source import ConstantSource, InstanceDictSource
from ..breaks import Kind
from ..objects.function_attributes import of_made
from ..values import ConstantVariable, FunctionVariable, NotConstant, Variable

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["signature"]


def signature(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``inspect.signature(function)``.

    Raises:
        GraphBreak: it isn't a function, or a default isn't known before the graph has run.
    """
    if len(args) != 1 or kwargs or not isinstance(args[0], FunctionVariable):
        return machine.break_graph(Kind.CALL, "the signature of what isn't a function")
    function = args[0]
    seen: Set[int] = set()
    while id(function) not in seen:
        seen.add(id(function))
        given = _own(machine, function, "__signature__")
        if isinstance(given, ConstantVariable) and isinstance(given.value, inspect.Signature):
            return given
        if given is not None:
            return machine.break_graph(Kind.CALL, "a signature that isn't known")
        wrapped = _own(machine, function, "__wrapped__")
        if wrapped is None:
            return ConstantVariable(inspect.signature(_bare(machine, function)))
        if not isinstance(wrapped, FunctionVariable):
            return machine.break_graph(Kind.CALL, "the signature of what isn't a function")
        function = wrapped
    return machine.break_graph(Kind.CALL, "the signature of a function that wraps itself")


def _own(machine: Machine, function: FunctionVariable, name: str) -> Optional[Variable]:
    """An attribute in a function's dict, guarded; ``None`` when it has none."""
    held = function.function
    if name in function.attributes or held is None:
        found = function.attributes.get(name)
        return None if found is None else machine.realise(found)
    if name in held.__dict__:
        return machine.realise(machine.get_attribute(function, name))
    table = InstanceDictSource(ConstantSource(held, held.__qualname__))
    machine.guard(table, GuardKind.LACKS, name)
    return None


def _bare(machine: Machine, function: FunctionVariable) -> types.FunctionType:
    """A function with the code, defaults and annotations of a symbolic one, and no more."""
    if function.function is not None:
        return function.function
    annotations = of_made(machine, function, "__annotations__")
    cells = tuple([types.CellType() for _ in function.closure])
    made = types.FunctionType(function.code, {}, function.name, None, cells)
    try:
        made.__defaults__ = tuple([item.as_constant() for item in function.defaults]) or None
        made.__kwdefaults__ = _constants(function.kwdefaults) or None
        made.__annotations__ = {} if annotations is None else annotations.as_constant()
    except NotConstant:
        machine.break_graph(Kind.CALL, "the signature of a function whose defaults aren't known")
    return made


def _constants(values: Dict[str, Variable]) -> Dict[str, Any]:
    return {name: value.as_constant() for name, value in values.items()}
