"""Paddle behind the :class:`~paddlefx.frameworks.base.Framework` protocol.

Everything that the executor needs to know of Paddle 3.0 and later is here and in the
``paddle_*`` modules beside it.
"""

from __future__ import annotations

import contextlib
import os
import threading
import types
from typing import Any, Callable, Dict, FrozenSet, Iterator, List, Optional, Sequence, Tuple

import paddle
from paddle.base import core
from paddle.base import framework as paddle_framework

from ..errors import InferenceError
from ..graph import (
    Graph,
    GraphLayer,
    Node,
)
from ..marks import is_allowed
from ..tensor_meta import TensorMeta
from . import paddle_amp, paddle_effects, paddle_finite, paddle_known, paddle_state
from .base import AttributeRule, ConstantCall, DataRead, ModeGuard, StateChange
from .numpy_arrays import NumpyArrays
from .paddle_accessors import use_accessors
from .paddle_attributes import attribute_rule
from .paddle_corrections import CORRECTIONS, REWRITES
from .paddle_graphs import PaddleGraphs
from .paddle_inference import PirInference, canonical_dtype, flat_metas
from .paddle_layer import PaddleGraphLayer
from .paddle_memory import memory_of
from .paddle_operators import METHODS, NATIVE, OperatorInference
from .paddle_ops import (
    DATA_DEPENDENT,
    DATA_READS,
    ELEMENTWISE_ACTIVATIONS,
    REFUSED_CALLS,
    SCALAR_OPERANDS,
    VALUES_ONLY,
    is_random_call,
    written_arguments,
)
from .paddle_running import infer_by_running

__all__ = ["PaddleFramework"]

_Tensor: Any = paddle.Tensor
#: What ``tensor.size`` gives: an int, from 3.1 on one that can be called.
_SIZE_TYPE: Any = type(paddle.empty([1]).size)
_Parameter: Any = paddle_framework.EagerParamBase

#: Inference results kept; the least recent half goes beyond it.
_CACHE_SIZE = 8192


def _operations() -> Dict[int, Tuple[str, Any]]:
    """The builtins of ``paddle._C_ops`` that can be inferred, by identity, with their names.

    ``paddle/_C_ops.py`` fills its namespace from ``core.eager.ops`` and lets ``core.pir.ops``
    overwrite it. What is in one of the two only either can't be inferred or can't be run.
    """
    found: Dict[int, Tuple[str, Any]] = {}
    for name in dir(core.eager.ops):
        function = getattr(core.pir.ops, name, None)
        if function is None and name in REWRITES:
            function = getattr(core.eager.ops, name)
        if not name.startswith("_") and isinstance(function, types.BuiltinFunctionType):
            found[id(function)] = (name, function)
    return found


class PaddleFramework(PaddleGraphs):
    """Paddle 3.0 or later."""

    name = "paddle"
    arrays = NumpyArrays()
    tensor_types = (_Tensor, _Parameter)
    layer_type = paddle.nn.Layer
    leaf_attribute = "is_leaf"
    gradient_attribute = "grad"
    layer_tables = ("_parameters", "_sub_layers", "_buffers")
    package_path = os.path.dirname(os.path.abspath(paddle.__file__)) + os.sep

    def __init__(self) -> None:
        self._operations = _operations()
        self._methods: Dict[int, Tuple[str, Any]] = {}
        for name in (*METHODS, "clone", "detach", "_copy_to", "_tensor_use_gpudnn"):
            method = _Tensor.__dict__.get(name)
            if isinstance(method, types.MethodDescriptorType):
                self._methods[id(method)] = (name, method)
        self._legacy = {
            id(getattr(core.eager.ops.legacy, name))
            for name in ELEMENTWISE_ACTIVATIONS
            if hasattr(core.eager.ops.legacy, name)
        }
        self._leaves = {id(f): f for f in paddle_state.leaf_functions()}
        self._data_reads = {
            id(getattr(_Tensor, name)): read
            for name, read in DATA_READS.items()
            if hasattr(_Tensor, name)
        }
        self._data_reads.update(REFUSED_CALLS)
        self._unrecorded = frozenset([paddle_effects.set_stop_gradient, _Tensor.set_value])
        self._pir = PirInference()
        self._operators = OperatorInference(paddle_state.mode)
        self._place = None if paddle_state.one_place() else object()
        #: whether guards read tensors in C++; unknown while there was no dynamic mode to try it in
        self._accessors: Optional[bool] = None
        self._cache: Dict[Any, Any] = {}
        self._cache_lock = threading.Lock()

    # -- values

    def is_tensor(self, value: Any) -> bool:
        """Whether it is a dense Paddle tensor; exact types, subclasses are opaque."""
        return type(value) in self.tensor_types and bool(value.is_dense())

    def is_parameter(self, value: Any) -> bool:
        """Whether it is an ``EagerParamBase``."""
        return issubclass(type(value), _Parameter)

    def hashed_by_identity(self, cls: type) -> bool:
        """Whether the class has ``Tensor.__hash__``, the hash of the ``id()``."""
        return cls.__hash__ is paddle.Tensor.__hash__

    def is_layer(self, value: Any) -> bool:
        """Whether it is a ``paddle.nn.Layer``."""
        return issubclass(type(value), paddle.nn.Layer)

    def is_constant(self, value: Any) -> bool:
        """Whether it is a dtype, a place, an enum value, or a table of dtypes."""
        return (
            issubclass(type(value), paddle_state.CONSTANT_TYPES)
            or (_SIZE_TYPE is not int and type(value) is _SIZE_TYPE)
            or id(value) in paddle_state.TABLES
        )

    def is_constant_type(self, cls: type) -> bool:
        """Whether it is the type of dtypes, places and the like."""
        return issubclass(cls, paddle_state.CONSTANT_TYPES)

    def tensor_meta(self, tensor: Any) -> TensorMeta:
        """The description of a tensor; ``place`` only where there is more than one device."""
        if self._accessors is None and paddle_state.dynamic():
            self._accessors = use_accessors()
        return TensorMeta(
            tuple(tensor.shape),
            canonical_dtype(tensor.dtype),
            bool(tensor.stop_gradient),
            None if self._place is None else tensor.place,
        )

    def tensor_attribute(
        self, meta: TensorMeta, name: str, *, intermediate: bool = True
    ) -> AttributeRule:
        """What ``tensor.name`` is; see :mod:`paddlefx.frameworks.paddle_attributes`."""
        return attribute_rule(meta, name, intermediate)

    def attribute_store(self, name: str, value_type: type) -> Any:
        """``stop_gradient``, and properties that Paddle writes in Python."""
        store = paddle_effects.ATTRIBUTE_STORES.get(name)
        if store is not None:
            return store.target if value_type is store.kind else None
        found = getattr(_Tensor, name, None)
        return found.fset if isinstance(found, property) else None

    def data_read(self, function: Any) -> Optional[DataRead]:
        """Why calling a method of the tensor type, or another function, can't be in a graph."""
        return self._data_reads.get(id(function))

    # -- operations

    def op_name(self, target: Any) -> Optional[str]:
        """An operation's name in ``paddle._C_ops``; ``None`` for other targets."""
        found = self._operations.get(id(target))
        return found[0] if found is not None else None

    def is_op(self, function: Any) -> bool:
        """Whether it is a builtin of ``paddle._C_ops``, a pure C++ tensor method, or a leaf."""
        key = id(function)
        return (
            is_allowed(function)
            or key in self._operations
            or key in self._methods
            or key in self._leaves
            or key in self._legacy
            or function is _Tensor.set_value
        )

    def op_for_operator(self, symbol: str, inplace: bool = False) -> Optional[Callable[..., Any]]:
        """The ``operator`` function for what is a C++ method of the tensor.

        Tensors have no in-place dunders: ``x += y`` is ``x = x + y``.
        """
        del inplace
        return NATIVE.get(symbol)

    def infer(self, target: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        """Shapes, dtypes and gradients of a call; see :mod:`.paddle_inference`."""
        key = _cache_key((target, args, tuple(kwargs.items())))
        if key is None:
            return self._infer(target, args, kwargs)
        key = (key, paddle_state.mode())
        found = self._cache.get(key, _MISSING)
        if found is _MISSING:
            try:
                found = self._infer(target, args, kwargs)
            except InferenceError as error:
                # Not the error itself: its traceback holds on to all that is being captured.
                found = InferenceError(error.reason, hint=error.hint)
            with self._cache_lock:
                if len(self._cache) >= _CACHE_SIZE:
                    for old in list(self._cache)[: _CACHE_SIZE // 2]:
                        del self._cache[old]
                self._cache[key] = found
        if isinstance(found, InferenceError):
            raise InferenceError(found.reason, hint=found.hint)
        return found

    def _infer(self, target: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        if is_allowed(target):
            return infer_by_running(target, args, kwargs, self.tensor_meta)
        if id(target) in paddle_effects.STORES_BY_TARGET:
            return None
        if target is _Tensor.set_value:
            return paddle_effects.infer_set_value(args, kwargs)
        if self._operators.knows(target) and not kwargs:
            return self._operators.run(target, args)
        method = self._methods.get(id(target))
        if method is not None:
            return self._infer_method(method[0], args)
        if id(target) in self._leaves:
            return self._infer_leaf(target, args, kwargs)
        if id(target) in self._legacy:
            # ``paddle/base/dygraph_utils.py`` calls activations with attributes by name.
            return args[0]
        found = self._operations.get(id(target))
        if found is not None and found[0] == "linear":
            return self._infer_linear(*args, **kwargs)
        if found is None:
            raise InferenceError(
                f"{getattr(target, '__name__', target)} has no shape inference in Paddle"
            )
        return self._infer_operation(found[0], target, args, kwargs)

    def _infer_linear(self, x: TensorMeta, weight: TensorMeta, bias: Any = None) -> Any:
        """``linear`` is an eager kernel only: the product, then the bias."""
        product = self.infer(core.pir.ops.matmul, (x, weight, False, False), {})
        return product if bias is None else self.infer(core.pir.ops.add, (product, bias), {})

    def _infer_method(self, name: str, args: Tuple[Any, ...]) -> Any:
        has_grad = paddle_state.mode()[0]
        if name == "detach":
            return args[0]._replace(stop_gradient=True)
        if name == "_copy_to":
            if self._place is not None:
                raise InferenceError("_copy_to moves data between devices")
            return args[0]._replace(stop_gradient=True)
        if name == "_tensor_use_gpudnn":
            return args[0]
        if name == "clone":
            return args[0]._replace(stop_gradient=args[0].stop_gradient or not has_grad)
        function, swapped = METHODS[name]
        return self._operators.run(function, args[::-1] if swapped else args)

    def _infer_leaf(self, target: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        """Functions that make a tensor of Python constants are asked with those constants."""
        if flat_metas((args, kwargs)):
            raise InferenceError(f"{target.__name__} of a tensor copies data")
        try:
            return self.tensor_meta(target(*args, **kwargs))
        except Exception as error:
            raise InferenceError(f"{target.__name__}: {error}") from error

    def _infer_operation(
        self, name: str, target: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]
    ) -> Any:
        if name in DATA_DEPENDENT:
            raise InferenceError(
                f"the shape that {name} gives depends on data",
                hint="keep it out of the compiled function, or let the break stand: it is right",
            )
        if isinstance(kwargs.get("out"), TensorMeta):
            raise InferenceError(f"{name} writes its result to out=", hint="assign the result")
        has_grad = paddle_state.mode()[0]
        written = self.mutates(target, args, kwargs)
        rewrite = REWRITES.get(name)
        if rewrite is None:
            result = self._pir.run(target, args, kwargs)
        else:
            result = self._pir.run(*rewrite(target, args, kwargs))
        correct = CORRECTIONS.get(name)
        if correct is not None:
            result = correct(args, kwargs, result)
        for meta in flat_metas(result)[:1]:
            # Of later results (a kernel's workspace) the shape matters only when they are used.
            if any(size < 0 for size in meta.shape):
                raise InferenceError(
                    f"the shape that {name} gives depends on data",
                    hint="give Python numbers instead of tensors for sizes",
                )
        target_meta = args[written[0]] if written and name.endswith("_") and args else None
        if target_meta is not None and isinstance(result, tuple) and len(written) == len(result):
            # An optimiser's results are the tensors it writes to, one for one.
            return tuple([args[index] for index in written])
        if isinstance(target_meta, TensorMeta):
            # The result is the tensor written to. Without gradients, or where the operation
            # has none, its own flag stays as it was.
            if not has_grad:
                return _with_stop_gradient(result, target_meta.stop_gradient)
            if target_meta.stop_gradient:
                return result
            return _with_stop_gradient(result, False)
        return result if has_grad else _with_stop_gradient(result, True)

    def infer_mutation(
        self, target: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]
    ) -> Dict[int, TensorMeta]:
        """The metas of the arguments once they are written."""
        store = paddle_effects.STORES_BY_TARGET.get(id(target))
        if store is not None:
            return {0: store.changed(args)}
        if target is _Tensor.set_value:
            return {0: args[0]}
        written = [i for i in self.mutates(target, args, kwargs) if isinstance(args[i], TensorMeta)]
        metas: Dict[int, TensorMeta] = {i: args[i] for i in written}
        name = self.op_name(target)
        if name is None:
            if written:
                metas[0] = self._operators.after_setitem(args)
            return metas
        if written and name.endswith("_"):
            results = flat_metas(self.infer(target, args, kwargs))
            if results and len(written) == 1:
                metas[written[0]] = results[0]
        return metas

    def is_random(self, target: Any, args: Tuple[Any, ...] = ()) -> bool:
        """Whether it draws from a generator."""
        name = self.op_name(target)
        return name is not None and is_random_call(name, args)

    def mutates(
        self, target: Any, args: Tuple[Any, ...] = (), kwargs: Optional[Dict[str, Any]] = None
    ) -> Tuple[int, ...]:
        """The arguments it writes to; running statistics in training too."""
        del kwargs
        name = self.op_name(target)
        if name is not None:
            return written_arguments(name, args)
        if target is NATIVE["[]="] or target is _Tensor.__dict__.get("_setitem_dygraph"):
            return (0,)
        is_store = id(target) in paddle_effects.STORES_BY_TARGET or target is _Tensor.set_value
        return (0,) if is_store else ()

    def spares_leaves(self, target: Any) -> bool:
        """In-place operations and assignment to items, where gradients are on."""
        if not paddle_state.mode()[0] or target in self._unrecorded:
            return False
        name = self.op_name(target)
        return name is None or name.endswith("_")

    def known_sizes(self, target: Any, args: Tuple[Any, ...]) -> Optional[List[int]]:
        """``shape`` and ``numel``."""
        return paddle_known.known_sizes(self.op_name(target), args)

    def computes(self, target: Any) -> bool:
        """Operations of a list, operators, and functions that make tensors of constants."""
        name = self.op_name(target)
        if name is not None:
            return name in paddle_known.COMPUTING
        if id(target) in self._leaves or self._operators.knows(target):
            return target is not NATIVE["[]="]
        method = self._methods.get(id(target))
        return (
            method is not None
            and method[0] in (*METHODS, "clone", "detach", "_copy_to")
            and (method[0] != "_setitem_dygraph")
        )

    def computes_sizes(self, target: Any) -> bool:
        """Arithmetic and what only moves elements; nothing that compares or chooses."""
        name = self.op_name(target)
        if name is not None:
            return name in paddle_known.SIZES
        method = self._methods.get(id(target))
        return target in paddle_known.SIZE_OPERATORS or (
            method is not None and method[0] in ("clone", "detach", "_getitem_dygraph")
        )

    def copies_constants(self, target: Any) -> bool:
        """``paddle.to_tensor``, ``paddle.arange`` and the like."""
        return id(target) in self._leaves

    def copies_tensors(self, target: Any) -> bool:
        """``paddle.to_tensor``."""
        return target is paddle.to_tensor

    def number_readers(self) -> Tuple[Any, ...]:
        """``tensor.numpy().item()``."""
        return paddle_known.NUMBER_READERS

    def makes_new(self, target: Any) -> bool:
        """Operators, and operations of a list."""
        name = self.op_name(target)
        if name is not None:
            return name in paddle_known.NEW
        return self._operators.knows(target) and target not in (NATIVE["[]"], NATIVE["[]="])

    def evaluated(self, target: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        """The eager call, where gradients are off."""
        return paddle_known.evaluated(target, args, kwargs)

    def same_tensors(self, inferred: Any, found: Any) -> bool:
        """By structure, shapes and dtypes."""
        return paddle_known.same_tensors(inferred, found)

    def tensor_of(self, values: List[int], shape: Tuple[int, ...], dtype: Any) -> Any:
        """``paddle.to_tensor`` of them."""
        return paddle_known.tensor_of(values, shape, dtype)

    def stand_in(self, meta: TensorMeta, known: Any) -> Any:
        """Zeros, or a copy."""
        return paddle_known.stand_in(meta, known)

    def gives_data(self, method: Any) -> bool:
        """``item()``, ``numpy()``, ``bool()`` and the like."""
        return id(method) in paddle_known.DATA_METHODS

    def is_impure(self, node: Node) -> bool:
        """Changes of this thread's state are effects too."""
        if hasattr(node.target, "saved_by") or is_allowed(node.target):
            return True
        return super().is_impure(node)

    def values_only(self, target: Any, place: int) -> bool:
        """Operands of operators, the value that is stored, factors, bounds and the like."""
        if self._operators.knows(target):
            return target is not NATIVE["[]"] and (target is not NATIVE["[]="] or place == 2)
        if id(target) in self._leaves:
            return target is paddle.to_tensor
        name = self.op_name(target)
        return name is not None and place in VALUES_ONLY.get(name, ())

    def takes_scalars(self, target: Any) -> bool:
        """``CastPyArg2Scalar`` of ``paddle/fluid/pybind/eager_utils.cc`` reads numpy's numbers."""
        return self.op_name(target) in SCALAR_OPERANDS

    def takes_arrays(self, target: Any) -> bool:
        """Operators, functions that make a tensor, and what inference runs."""
        known = self._operators.knows(target) and target is not NATIVE["[]"]
        return known or id(target) in self._leaves or is_allowed(target)

    # -- state

    def may_answer(self, function: Any) -> bool:
        """Of Python functions those of our tables; all that is written in C."""
        return (
            type(function) is not types.FunctionType
            or paddle_state.knows(function)
            or id(function) in paddle_effects.DELAYED_CALLS
        )

    def constant_call(self, function: Any, args: Tuple[Any, ...] = ()) -> Optional[ConstantCall]:
        """Calls such as ``paddle.in_dynamic_mode()`` and ``paddle.get_default_dtype()``."""
        return paddle_state.constant_call(function, args)

    def constant_attribute(self, value: Any, name: str) -> Optional[ConstantCall]:
        """Attributes of the tracer and of static programs."""
        return paddle_state.constant_attribute(value, name)

    def state_store(self, owner: Any, name: str, value: Any) -> Optional[StateChange]:
        """Whether gradients are on."""
        return paddle_effects.state_store(owner, name, value)

    def state_call(self, function: Any, args: Tuple[Any, ...]) -> Optional[StateChange]:
        """Whether gradients are on."""
        return paddle_effects.state_call(function, args)

    def delayed_call(self, function: Any) -> Optional[type]:
        """``unique_name.generate`` counts names."""
        found = paddle_effects.DELAYED_CALLS.get(id(function))
        return None if found is None else found[1]

    @contextlib.contextmanager
    def kept_state(self) -> Iterator[None]:
        """Whether gradients are on, and what ``auto_cast`` sets."""
        if not paddle_state.dynamic():
            yield
            return
        before, amp = core._has_grad(), paddle_amp.saved()
        try:
            yield
        finally:
            core._set_has_grad(before)
            paddle_amp.restore(amp)

    def mode_guards(self, kinds: Optional[FrozenSet[str]] = None) -> List[ModeGuard]:
        """Kinds: ``"dynamic"``, ``"grad"``, ``"amp"``."""
        return paddle_state.mode_guards(kinds)

    def ambient_guards(self) -> List[ModeGuard]:
        """Outside of ``paddle.amp.auto_cast``, where that does anything."""
        return paddle_state.ambient_guards()

    def mode_supported(self) -> Optional[str]:
        """Why nothing can be captured: static mode, to_static, AMP."""
        return paddle_state.mode_supported()

    def memory_of(self, tensor: Any) -> Optional[Tuple[int, int]]:
        """Its address and bytes; ``None`` for strided, sparse, empty and device tensors."""
        return memory_of(tensor)

    # -- layers

    def all_finite(self, tensors: Sequence[Any]) -> bool:
        """By the exponents."""
        return paddle_finite.all_finite(tensors)

    def kernel_threads(self) -> int:
        """``FLAGS_paddle_num_threads``, 1 unless set."""
        name = "FLAGS_paddle_num_threads"
        return int(paddle.get_flags(name)[name])

    def only_detaches(self, node: Node) -> bool:
        """``made.stop_gradient = True``, as every function that creates a tensor ends with."""
        if node.target is not paddle_effects.set_stop_gradient or node.args[1] is not True:
            return False
        made = node.args[0]
        return isinstance(made, Node) and made.op == "call_function"

    def operator_graph(self, layer: GraphLayer) -> GraphLayer:
        """As PIR reads it."""
        from .paddle_operator_graph import operator_graph

        return operator_graph(layer, self.is_impure)

    def make_graph_layer(self, graph: Graph, attributes: Dict[str, Any]) -> GraphLayer:
        """The graph as a ``paddle.nn.Layer``."""
        return PaddleGraphLayer(graph, attributes)


_MISSING = object()


def _with_stop_gradient(value: Any, flag: bool) -> Any:
    if isinstance(value, TensorMeta):
        return value._replace(stop_gradient=flag)
    if isinstance(value, (tuple, list)):
        return type(value)([_with_stop_gradient(item, flag) for item in value])
    return value


_AS_THEY_ARE = frozenset(
    [
        *(bool, int, str, type(None), bytes, type(Ellipsis)),
        *(types.BuiltinFunctionType, types.FunctionType, types.MethodDescriptorType),
    ]
)


def _cache_key(value: Any) -> Any:
    """A hashable that tells arguments apart, types included; ``None`` when there is none."""
    kind = type(value)
    if kind is TensorMeta:
        return value
    if kind in (tuple, list):
        parts = []
        for item in value:
            part = _cache_key(item)
            if part is None:
                return None
            parts.append(part)
        return (kind, tuple(parts))
    if kind is slice:
        return _cache_key(("slice", value.start, value.stop, value.step))
    if kind in _AS_THEY_ARE:
        return (kind, value)
    if kind in (float, complex):
        return (kind, repr(value))
    if isinstance(value, paddle_state.CONSTANT_TYPES):
        return (kind, str(value))
    return None
