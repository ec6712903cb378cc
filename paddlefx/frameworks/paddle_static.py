"""Single operations in Paddle's static form (PIR).

in: a node of a captured graph, and values of the program that is being built. out: values.

Every operation is called as it was captured, on values of the program instead of tensors:
without a tracer the functions of ``paddle._C_ops`` append to a program
(:mod:`.paddle_inference`), and Paddle patches the operators onto its values
(``paddle/pir/math_op_patch.py``). The result of each call is compared with what the eager one
is known to give, so a difference between the two forms is an error here, not a wrong answer.
"""

from __future__ import annotations

import contextlib
import os
from typing import Any, Callable, Dict, Iterator, Mapping, Optional, Sequence, Tuple

import paddle
from paddle.base import core
from paddle.base import framework as paddle_framework

from ..errors import CompileError
from ..graph import Node, SourcePosition
from ..tensor_meta import TensorMeta
from . import paddle_effects, paddle_state
from .paddle_inference import PROGRAM_LOCK, canonical_dtype, no_call_stacks
from .paddle_operators import METHODS
from .paddle_ops import is_random_call, written_arguments

__all__ = ["SWITCHES", "assigned", "compile_error", "is_leaf_call", "static_call", "static_mode"]

_pir: Any = paddle.base.libpaddle.pir
_Tensor: Any = paddle.Tensor
_PACKAGE = os.path.dirname(os.path.abspath(paddle.__file__))

_OPERATIONS: Dict[int, Tuple[str, Any]] = {
    id(getattr(core.pir.ops, name)): (name, getattr(core.pir.ops, name))
    for name in dir(core.pir.ops)
    if not name.startswith("_")
}
_LEAVES = {id(function): function for function in paddle_state.leaf_functions()}


@contextlib.contextmanager
def static_mode(program: Optional[Any] = None) -> Iterator[Any]:
    """In this thread, operations are appended to a program: the given one, or a new one.

    Dynamic mode is back afterwards, whatever happens, with the program and the insertion point
    that were current before. Other threads stay in dynamic mode; no two build at once.
    """
    with PROGRAM_LOCK, no_call_stacks():
        program = _pir.Program() if program is None else program
        before = _pir.get_current_insertion_point()
        # Not through its __setattr__, which sets what threads begin with that start meanwhile.
        mode: Dict[str, Any] = paddle_framework.global_var.__dict__
        tracer = mode["_dygraph_tracer_"]
        mode["_dygraph_tracer_"] = None
        core._switch_tracer(None)
        try:
            with paddle.pir.core.program_guard(program):
                yield program
        finally:
            mode["_dygraph_tracer_"] = tracer
            core._switch_tracer(tracer)
            _pir.set_insertion_point(before)


def compile_error(node: Node, why: str, hint: Optional[str] = None) -> CompileError:
    """The error for a node that has no static form, with the user's line."""
    name = getattr(node.target, "__name__", str(node.target))
    position = _users_position(node)
    return CompileError(
        f"{node.name} ({name}): {why}",
        filename=None if position is None else position.filename,
        lineno=None if position is None else position.lineno,
        hint=hint,
    )


def _users_position(node: Node) -> Optional[SourcePosition]:
    """The innermost line that isn't Paddle's own, nor of what is installed beside it."""
    stack: Tuple[SourcePosition, ...] = node.meta.get("stack") or ()
    for folder in (os.path.dirname(_PACKAGE), _PACKAGE):
        for position in reversed(stack):
            if not position.filename.startswith(folder + os.sep):
                return position
    return node.position


def assigned(x: Any, *place: Any) -> Any:
    """A copy of a value; there is one place."""
    del place
    return paddle._C_ops.assign(x)


def _same(x: Any, *place: Any) -> Any:
    """A method that changes nothing where there is one device."""
    del place
    return x


def _linear(x: Any, weight: Any, bias: Any = None) -> Any:
    product = paddle._C_ops.matmul(x, weight, False, False)
    return product if bias is None else paddle._C_ops.add(product, bias)


def _methods() -> Dict[int, Tuple[Any, Callable[..., Any]]]:
    """By the identity of an eager function, it and what to call on values of a program."""
    found: Dict[int, Tuple[Any, Callable[..., Any]]] = {}

    def enter(function: Any, static: Callable[..., Any]) -> None:
        if function is not None:
            found[id(function)] = (function, static)

    for name, (operator_function, swapped) in METHODS.items():
        if name != "_setitem_dygraph":
            enter(
                _Tensor.__dict__.get(name),
                _swapped(operator_function) if swapped else operator_function,
            )
    enter(_Tensor.__dict__.get("clone"), assigned)
    enter(_Tensor.__dict__.get("_copy_to"), assigned)
    enter(_Tensor.__dict__.get("detach"), _detached)
    enter(_Tensor.__dict__.get("_tensor_use_gpudnn"), _same)
    enter(getattr(core.eager.ops, "linear", None), _linear)
    return found


def _swapped(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda left, right: function(right, left)


def _detached(x: Any) -> Any:
    value = paddle._C_ops.assign(x)
    value.stop_gradient = True
    return value


_METHODS = _methods()
#: What switches gradients on and off.
SWITCHES = frozenset([paddle_effects.set_grad_enabled])


def is_leaf_call(node: Node) -> bool:
    """Whether it makes a tensor of Python constants, which the eager call gives exactly."""
    return node.op == "call_function" and id(node.target) in _LEAVES


def static_call(
    node: Node,
    args: Sequence[Any],
    kwargs: Dict[str, Any],
    *,
    random: bool = False,
    instead: Optional[Mapping[str, Callable[..., Any]]] = None,
) -> Any:
    """The operation of a node on values of the current program, in :func:`static_mode`.

    Args:
        node: a ``call_function``.
        args: its arguments, values for nodes.
        kwargs: its keyword arguments.
        random: whether it may draw random numbers.
        instead: as for :func:`program_of`.

    Returns:
        a value, or a list or tuple of values and ``None``, as the eager call is structured.

    Raises:
        CompileError: it has no static form, writes to a tensor, draws random numbers, or its
            static form gives another dtype or shape.
    """
    target: Any = node.target
    found = _OPERATIONS.get(id(target))
    if found is not None and found[1] is target:
        name = found[0]
        if written_arguments(name, node.args):
            raise compile_error(node, "writes to its argument")
        if not random and is_random_call(name, node.args):
            raise compile_error(node, "draws random numbers")
        target = (instead or {}).get(name, target)
    elif id(target) in _METHODS:
        target = _METHODS[id(target)][1]
    elif target is paddle_effects.set_stop_gradient and _stops_a_new_tensor(node):
        args[0].stop_gradient = True
        return None
    elif target in SWITCHES:
        raise compile_error(node, "changes the mode of the thread")
    elif getattr(target, "__module__", None) != "_operator" or target.__name__ == "setitem":
        raise compile_error(node, "has no static form")
    if kwargs.get("out", node) is None:
        # Paddle warns of it, whatever it is.
        kwargs = {key: value for key, value in kwargs.items() if key != "out"}
    try:
        result = target(*args, **kwargs)
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        text = lines[0] if lines else ""
        raise compile_error(node, f"{type(error).__name__}: {text}"[:300]) from error
    result = _without_fakes(result)
    _check(node, result, node.meta.get("tensor_meta"))
    return result


def _stops_a_new_tensor(node: Node) -> bool:
    made: Any = node.args[0]
    return node.args[1] is True and isinstance(made, Node) and made.op == "call_function"


def _without_fakes(value: Any) -> Any:
    if isinstance(value, _pir.Value):
        return None if _pir.is_fake_value(value) else value
    if isinstance(value, (list, tuple)):
        return type(value)([_without_fakes(item) for item in value])
    # An optional output that isn't there is False.
    return None if value is False else value


def _check(node: Node, value: Any, meta: Any) -> None:
    """What the eager operation gives and what the static one gives are described alike."""
    if isinstance(meta, TensorMeta):
        if not isinstance(value, _pir.Value):
            raise compile_error(node, f"gives {type(value).__name__} in a program")
        if canonical_dtype(value.dtype) != meta.dtype:
            raise compile_error(node, f"gives {value.dtype} in a program, {meta.dtype} eagerly")
        shape = tuple(value.shape)
        known = [(a, b) for a, b in zip(shape, meta.shape) if a != -1 and type(b) is int]
        if len(shape) != len(meta.shape) or any(a != b for a, b in known):
            shapes = f"{list(shape)} in a program, {list(meta.shape)} eagerly"
            raise compile_error(node, f"gives shape {shapes}")
    elif isinstance(meta, (list, tuple)) and isinstance(value, (list, tuple)):
        if len(meta) != len(value):
            raise compile_error(node, f"gives {len(value)} results in a program")
        if not node.users:
            return
        # Only what is used counts: of a kernel's workspace the shape is made up.
        for user in node.users:
            index = user.args[1] if len(user.args) > 1 and user.args[0] is node else None
            if isinstance(index, int) and isinstance(meta[index], TensorMeta):
                _check(node, value[index], meta[index])
