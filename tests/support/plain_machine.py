"""The executor on plain Python data, without a tensor framework."""

from __future__ import annotations

import types
from typing import Any, Callable, Dict, List, Optional, Tuple

from paddlefx.decode import decode
from paddlefx.executor import Services
from paddlefx.executor.machine import Machine
from paddlefx.executor.values import DictVariable, SequenceVariable, Variable
from paddlefx.executor.varying import Varying
from paddlefx.frameworks.arrays import Arrays
from paddlefx.opcodes import table_for

__all__ = ["NoTensors", "captured", "machine", "services"]

UNBOUND = object()


class NoTensors:
    """A framework to which nothing belongs."""

    name = "nothing"
    tensor_types: Tuple[type, ...] = ()
    layer_type = type("Layer", (), {})
    layer_tables: Tuple[str, ...] = ()
    arrays = Arrays()

    def _no(self, *args: Any) -> bool:
        return False

    def _none(self, *args: Any) -> None:
        return None

    is_tensor = is_parameter = is_layer = is_op = is_impure = _no
    may_answer = _no
    is_constant = is_constant_type = _no
    constant_call = constant_attribute = data_read = _none
    state_call = state_store = delayed_call = attribute_store = _none


def services() -> Services:
    """The executor's surroundings on the running interpreter."""
    return Services(
        decode=lambda code: decode(code, table_for()),
        framework=NoTensors(),
        unbound=UNBOUND,
        unwrap=lambda value: value,
        disabled=lambda value: None,
        runs_user_code=lambda value: True,
        is_users=lambda filename, names: True,
        hooked_call=lambda function, *args: function(*args),
        hooked_callable=lambda function: function,
        marked=lambda tensor, dimension: False,
        varying=Varying(),
    )


def machine(break_at: Optional[Dict[int, Any]] = None) -> Machine:
    """A fresh capture."""
    return Machine(services(), break_at or {})


def captured(function: Callable[..., Any], *args: Any) -> Any:
    """What capture says that ``function(*args)`` returns.

    Raises:
        AssertionError: capture broke off.
        Restart, GiveUp: as the machine does.
    """
    code = function.__code__
    names: List[Any] = [*args] + [UNBOUND] * (len(code.co_varnames) - len(args))
    state = types.SimpleNamespace(
        code=code,
        locals=names[: code.co_argcount + code.co_kwonlyargcount],
        globals=function.__globals__,
        builtins=function.__globals__["__builtins__"],
        closure=function.__closure__,
        function=function,
    )
    capture = machine()
    ended = capture.run_root(decode(code, table_for()), state)
    assert ended.value is not None, ended.broke
    _look_at(capture, ended.value)
    return ended.value.as_constant()


def _look_at(capture: Machine, value: Variable) -> None:
    if isinstance(value, SequenceVariable):
        value.items[:] = [capture.realise(item) for item in value.items]
        for item in value.items:
            _look_at(capture, item)
    elif isinstance(value, DictVariable):
        value.keys_guarded = True
        for key, item in value.items.items():
            value.items[key] = capture.realise(item)
            _look_at(capture, value.items[key])
