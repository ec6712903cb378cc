"""Paddle's global state: what a capture relies on, and which calls only ask for it.

Where it lives: the tracer and the static flags in
``paddle.base.framework.global_var`` (a ``threading.local``), gradients and AMP in C++
``thread_local`` variables (``paddle/fluid/imperative/tracer.cc``), the default dtype on
``LayerHelperBase``, the default device in ``paddle.base.framework._global_expected_place_``.
"""

from __future__ import annotations

import sys
import types
from typing import Any, Callable, Dict, FrozenSet, List, Optional, Tuple

import paddle
from paddle.base import core, layer_helper_base
from paddle.base import framework as paddle_framework

from ..tensor_meta import TensorMeta
from . import paddle_amp
from .base import ConstantCall, ModeGuard

__all__ = [
    "CONSTANT_TYPES",
    "TABLES",
    "ambient_guards",
    "constant_attribute",
    "constant_call",
    "dynamic",
    "knows",
    "leaf_functions",
    "mode",
    "mode_guards",
    "mode_supported",
    "one_place",
]


def _types(*names: str) -> Tuple[type, ...]:
    found = []
    for name in names:
        value: Any = core
        for part in name.split("."):
            value = getattr(value, part, None)
        if isinstance(value, type):
            found.append(value)
    return tuple(found)


#: Immutable objects of Paddle that are constants of a capture.
CONSTANT_TYPES: Tuple[type, ...] = (
    *_types("DataType", "VarDesc.VarType", "AmpLevel"),
    *_types("Place", "CPUPlace", "CUDAPlace", "CUDAPinnedPlace", "XPUPlace", "XPUPinnedPlace"),
    *_types("CustomPlace", "IPUPlace", "finfo", "iinfo"),
)

_globals: Any = paddle_framework.global_var
_has_grad: Callable[[], bool] = core._has_grad
_NO_AMP: Any = core.AmpLevel.O0


def one_place() -> bool:
    """Whether tensors can only be on the CPU."""
    asks = ("is_compiled_with_cuda", "is_compiled_with_xpu", "is_compiled_with_ipu")
    if any(getattr(core, ask, bool)() for ask in asks):
        return False
    return not getattr(core, "get_all_custom_device_type", list)()


def mode() -> Tuple[Any, ...]:
    """This thread's state that inference depends on: gradients on, AMP's level and dtype."""
    tracer = _globals._dygraph_tracer_
    if tracer is None:
        return (_has_grad(), "static")
    level = tracer._amp_level
    if level == _NO_AMP:
        return (_has_grad(), None)
    return (_has_grad(), (int(level.value), str(tracer._amp_dtype)))


def dynamic() -> bool:
    """Whether this thread has a tracer: operations run as they are called."""
    return _globals._dygraph_tracer_ is not None


def mode_supported() -> Optional[str]:
    """Why nothing can be captured in this thread right now; ``None`` when it can."""
    tracer = _globals._dygraph_tracer_
    if tracer is None:
        return "Paddle is in static mode (paddle.enable_static())"
    if _globals._in_to_static_mode_:
        return "paddle.jit.to_static is tracing"
    if tracer._amp_level != _NO_AMP:
        # Eager AMP casts by its own per-operation lists, static AMP by others: infer can't tell.
        return "automatic mixed precision is on (paddle.amp.auto_cast)"
    return None


def ambient_guards() -> List[ModeGuard]:
    """What every graph relies on: ``auto_cast`` keeps its state in one Python global.

    It casts on accelerators only; where there is none, it warns and changes nothing.
    """
    if one_place():
        return []
    return [paddle_amp.outside()]


_GUARD_PATHS: Dict[str, Tuple[Tuple[str, ...], str]] = {
    "grad": (("_dygraph_tracer_", "_has_grad"), "gradients are recorded"),
    "dynamic": (("_dygraph_tracer_",), "Paddle's dynamic mode"),
    "to_static": (("_in_to_static_mode_",), "paddle.jit.to_static is tracing"),
    "pir": (("_use_pir_api_",), "Paddle's PIR switch"),
}


def _guard(kind: str) -> ModeGuard:
    if kind == "amp":
        return paddle_amp.level_guard()
    path, name = _GUARD_PATHS[kind]
    value: Any = _globals
    for attribute in path:
        value = getattr(value, attribute)
    return ModeGuard(_globals, path, value, name)


def mode_guards(kinds: Optional[FrozenSet[str]] = None) -> List[ModeGuard]:
    """Guards on this thread's state.

    Args:
        kinds: of ``"grad"``, ``"amp"``, ``"dynamic"``, ``"to_static"``, ``"pir"``; by default
            ``"grad"`` and ``"amp"``, which fail in static mode too.
    """
    wanted = ("grad", "amp") if kinds is None else sorted(kinds)
    return [_guard(kind) for kind in wanted]


def _module_guard(module: Any, name: str) -> ModeGuard:
    return ModeGuard(module, (name,), getattr(module, name), f"{module.__name__}.{name}")


def _default_dtype_guard() -> ModeGuard:
    owner: Any = layer_helper_base.LayerHelperBase
    attribute = "_LayerHelperBase__dtype"
    return ModeGuard(owner, (attribute,), getattr(owner, attribute), "Paddle's default dtype")


def _functions(*paths: str) -> List[Any]:
    """The functions that exist here under these dotted names."""
    found = []
    for path in paths:
        module_name, _, name = path.rpartition(".")
        module = sys.modules.get(module_name)
        function = getattr(module, name, None)
        if function is not None:
            found.append(function)
    return found


def _guarded_by(*kinds: str) -> Callable[[], Tuple[ModeGuard, ...]]:
    return lambda: tuple([_guard(kind) for kind in kinds])


#: Functions of ``core`` without arguments whose answer a process never changes.
_DEVICE_QUESTIONS = frozenset(
    [
        "get_all_custom_device_type",
        "get_all_device_type",
        "get_available_custom_device",
        "get_available_device",
        "get_cuda_device_count",
        "get_custom_device_count",
        "get_xpu_device_count",
    ]
)


def _state_calls() -> Dict[int, Tuple[Any, Callable[[], Tuple[ModeGuard, ...]]]]:
    """Calls without arguments that ask for state, with what they rely on, by identity."""
    base = "paddle.base.framework."
    dygraph = "paddle.base.dygraph.base."
    profiler: Any = sys.modules.get("paddle.profiler.utils")
    table: List[Tuple[Tuple[str, ...], Callable[[], Tuple[ModeGuard, ...]]]] = [
        ((base + "in_dygraph_mode", base + "in_dynamic_mode", "paddle.in_dynamic_mode",
          dygraph + "enabled", base + "_dygraph_tracer"), _guarded_by("dynamic")),
        ((base + "in_pir_mode", base + "in_dynamic_or_pir_mode"), _guarded_by("dynamic", "pir")),
        ((base + "use_pir_api",), _guarded_by("pir")),
        ((dygraph + "in_to_static_mode", dygraph + "in_declarative_mode",
          base + "in_to_static_mode"), _guarded_by("to_static")),
        ((dygraph + "is_grad_enabled", "paddle.base.core._has_grad"), _guarded_by("grad")),
        ((base + "_current_expected_place", base + "_current_expected_place_"),
         lambda: (_guard("dynamic"), _module_guard(paddle_framework, "_global_expected_place_"))),
        (("paddle.framework.framework.get_default_dtype",), lambda: (_default_dtype_guard(),)),
        (("paddle.profiler.utils.in_profiler_mode",),
         lambda: (_module_guard(profiler, "_is_profiler_used"),)),
        ((dygraph + "in_sot_simulation_mode",), tuple),
        ((base + "in_cinn_mode", base + "is_compiled_with_xpu", base + "is_compiled_with_cuda",
          base + "is_compiled_with_cinn", base + "is_compiled_with_rocm",
          base + "is_compiled_with_distribute", base + "in_pir_executor_mode"), tuple),
        (("paddle.amp.auto_cast._in_amp_guard", "paddle.amp.auto_cast._in_pure_fp16_guard"),
         _guarded_by("amp")),
        ((base + "default_main_program", base + "default_startup_program",
          "paddle.pir.core.default_main_program", "paddle.pir.core.default_startup_program",
          "paddle.static.default_main_program", "paddle.base.framework._global_flags",
          "paddle.base.core.globals"), tuple),
    ]  # fmt: skip
    found: Dict[int, Tuple[Any, Callable[[], Tuple[ModeGuard, ...]]]] = {}
    for paths, guards in table:
        for function in _functions(*paths):
            found[id(function)] = (function, guards)
    for name in dir(core):
        function = getattr(core, name)
        asks = name.startswith("is_compiled_with") or name in _DEVICE_QUESTIONS
        if asks and callable(function):
            found[id(function)] = (function, tuple)
    return found


def _pure_functions() -> Dict[int, Any]:
    """Functions of constants only, without state but what a process sets up once."""
    paths = (
        "paddle.base.framework.convert_np_dtype_to_dtype_",
        "paddle.base.framework.convert_nptype_to_datatype_or_vartype",
        "paddle.base.framework.convert_to_proto_type",
        "paddle.base.framework._get_paddle_place",
        "paddle.base.framework.get_flags",
        "paddle.base.core.broadcast_shape",
        "paddle.base.core.is_bfloat16_supported",
        "paddle.base.core.is_compiled_with_custom_device",
        "paddle.base.core.is_float16_supported",
        "paddle.base.data_feeder.convert_dtype",
        "paddle.base.data_feeder.convert_uint16_to_float",
        "paddle.framework.dtype.iinfo",
        "paddle.framework.dtype.finfo",
        "paddle.pir.core.convert_np_dtype_to_dtype_",
        "paddle.pir.core.datatype_to_vartype",
        "paddle.utils.layers_utils.convert_to_list",
    )
    return {id(function): function for function in _functions(*paths) if callable(function)}


_STATE_CALLS = _state_calls()
_PURE = _pure_functions()
_PROGRAM_TYPES: Any = (
    paddle.base.libpaddle.pir.Program,
    paddle_framework.Program,
)


def _tables() -> Dict[int, Any]:
    """Paddle's dicts from one name of a dtype to another, which never change, by identity."""
    names = {
        "paddle.pir.core": (
            "datatype_to_vartype",
            "np_type_to_paddle_type",
            "str_to_paddle_type",
            "vartype_to_datatype",
        ),
        "paddle.base.data_feeder": (
            "_NUMPY_DTYPE_2_PADDLE_DTYPE",
            "_PADDLE_DTYPE_2_NUMPY_DTYPE",
            "_PADDLE_PIR_DTYPE_2_NUMPY_DTYPE",
        ),
    }
    found = {}
    for module, tables in names.items():
        for name in tables:
            table = getattr(sys.modules.get(module), name, None)
            if type(table) is dict:
                found[id(table)] = table
    return found


TABLES = _tables()
_SIMPLE: Any = (bool, int, float, str, type(None), type, *CONSTANT_TYPES)


def _kind_questions() -> Dict[int, Tuple[Any, bool]]:
    """Methods that ask which kind of tensor it is, by identity; captured ones are dense."""
    answers = {
        "is_dense": True,
        "is_dist": False,
        "is_sparse": False,
        "is_sparse_coo": False,
        "is_sparse_csr": False,
        "is_selected_rows": False,
    }
    found = {}
    for name, answer in answers.items():
        method = getattr(paddle.Tensor, name, None)
        if method is not None:
            found[id(method)] = (method, answer)
    return found


_KIND_QUESTIONS = _kind_questions()
_Flags: type = type(core.globals())
_FLAG_READERS = ("__getitem__", "is_public", "__contains__")


def _reads_flag(function: Any, args: Tuple[Any, ...]) -> bool:
    """Whether it is a look-up in the registry of ``FLAGS_*``, which a process sets up once."""
    return (
        len(args) == 2
        and issubclass(type(args[0]), _Flags)
        and issubclass(type(args[1]), str)
        and getattr(function, "__name__", "") in _FLAG_READERS
    )


def _simple(argument: Any) -> bool:
    if isinstance(argument, (list, tuple)):
        return all(isinstance(item, _SIMPLE) for item in argument)
    return isinstance(argument, _SIMPLE)


def knows(function: Any) -> bool:
    """Whether :func:`constant_call` has an answer for a Python function with some arguments."""
    key = id(function)
    return (
        key in _STATE_CALLS
        or key in _PURE
        or key in _KIND_QUESTIONS
        or getattr(function, "__name__", "") in _FLAG_READERS
    )


def constant_call(function: Any, args: Tuple[Any, ...]) -> Optional[ConstantCall]:
    """The value of a call that asks for state, or of a pure function of constants.

    ``None``: it is neither, or it raises (then let the plain code raise).
    """
    if len(args) == 1 and isinstance(args[0], TensorMeta):
        question = _KIND_QUESTIONS.get(id(function))
        return None if question is None else ConstantCall(question[1])
    lists = paddle_amp.op_lists_read(function, args)
    if lists is not None:
        return lists
    if _reads_flag(function, args):
        try:
            return ConstantCall(function(*args))
        except Exception:
            return None
    state = _STATE_CALLS.get(id(function))
    if state is not None and not args:
        return ConstantCall(function(), state[1]())
    pure = id(function) in _PURE
    if not pure:
        owner = getattr(function, "__self__", None)
        pure = isinstance(owner, CONSTANT_TYPES) or (
            isinstance(function, type) and issubclass(function, CONSTANT_TYPES)
        )
    if not pure or not all(_simple(argument) for argument in args):
        return None
    try:
        return ConstantCall(function(*args))
    except Exception:
        return None


def constant_attribute(value: Any, name: str) -> Optional[ConstantCall]:
    """State read through an attribute: of the tracer, ``global_var``, a program, a dtype."""
    if issubclass(type(value), paddle.nn.Layer):
        return None
    if value is _globals:
        for kind, (path, _) in _GUARD_PATHS.items():
            if path == (name,):
                return ConstantCall(getattr(value, name), (_guard(kind),))
        return None
    if value is not None and value is _globals._dygraph_tracer_:
        for kind, (path, _) in _GUARD_PATHS.items():
            if path == ("_dygraph_tracer_", name):
                return ConstantCall(getattr(value, name), (_guard(kind),))
        return paddle_amp.constant_attribute(name)
    if issubclass(type(value), _PROGRAM_TYPES) and name == "random_seed":
        seed = value.random_seed
        return ConstantCall(seed, (ModeGuard(value, (name,), seed, "the program's random seed"),))
    if issubclass(type(value), CONSTANT_TYPES):
        try:
            found = getattr(value, name)
        except AttributeError:
            return None
        if isinstance(found, (_SIMPLE, types.MethodType, types.BuiltinMethodType)):
            return ConstantCall(found)
    return None


def leaf_functions() -> List[Any]:
    """Functions that make a tensor of Python constants: one node each, never inlined."""
    # The sizes of a range are tensors inside Paddle: only the whole call tells its shape.
    functions = [paddle.to_tensor, paddle.arange, paddle.linspace, paddle.logspace]
    return [f for f in functions if isinstance(f, types.FunctionType)]
