"""Backends by name; each is imported when it is first asked for."""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import importlib.util
import threading
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple, Type, TypeVar, Union

from ..errors import CompilerNotFoundError
from .base import CallableCompiler, Compiler

__all__ = ["ENTRY_POINTS", "BuiltIn", "built_in", "get", "is_here", "known", "register"]

#: The entry-point group in which other packages offer backends.
ENTRY_POINTS = "paddlefx.compilers"


class BuiltIn(NamedTuple):
    """A backend of our own.

    Args:
        module: where it is, in this package.
        compiler: the class.
        summary: what it is, a few words.
        extra: what ``pip install paddlefx[...]`` needs for it.
        packages: the modules that the extra brings; the first has the backend's version.
    """

    module: str
    compiler: str
    summary: str
    extra: str = ""
    packages: Tuple[str, ...] = ()


_BUILT_IN = {
    "auto": BuiltIn(".auto", "AutoCompiler", "for each graph what is measured to be fastest"),
    "eager": BuiltIn(".eager", "EagerCompiler", "the captured operations in order"),
    "static": BuiltIn(".static", "StaticCompiler", "Paddle's inference engine with oneDNN"),
    "blas": BuiltIn(".blas", "BlasCompiler", "products of matrices by NumPy's BLAS; trains"),
    "onednn": BuiltIn(
        ".onednn",
        "OneDNNCompiler",
        "convolutions and products by the oneDNN in Paddle's wheel; trains",
    ),
    "llvm": BuiltIn(
        ".llvm",
        "LLVMCompiler",
        "fused kernels of elementwise and row operations",
        "llvm",
        ("llvmlite",),
    ),
    "onnxruntime": BuiltIn(
        ".onnxruntime",
        "OnnxRuntimeCompiler",
        "ONNX Runtime, operator by operator; no gradients",
        "onnxruntime",
        ("onnxruntime", "onnx"),
    ),
    "openvino": BuiltIn(
        ".openvino",
        "OpenVINOCompiler",
        "OpenVINO, operator by operator; no gradients",
        "openvino",
        ("openvino", "onnx"),
    ),
    "mlir": BuiltIn(
        ".mlir",
        "MLIRCompiler",
        "MLIR's linalg, by its execution engine or by IREE; no gradients; Python 3.10 and later",
        "mlir",
        ("torch-mlir", "iree-base-compiler"),
    ),
    "triton": BuiltIn(
        ".triton",
        "TritonCompiler",
        "Triton kernels, which on a CPU its interpreter runs: for GPUs; Python 3.9 and later",
        "triton",
        ("triton",),
    ),
    "tvm": BuiltIn(
        ".tvm",
        "TVMCompiler",
        "Apache TVM, untuned or tuned by MetaSchedule; no gradients; Python 3.10 and later",
        "tvm",
        ("apache-tvm", "onnx"),
    ),
}

_registered: Dict[str, Union[Type[Compiler], Compiler, Callable[..., Any]]] = {}
_instances: Dict[str, Compiler] = {}
_lock = threading.RLock()

C = TypeVar("C", bound=Union[Type[Compiler], Callable[..., Any]])


def register(name: str) -> Callable[[C], C]:
    """``@register("mine")`` on a :class:`Compiler` class or a backend function.

    The latest registration of a name wins.

    Raises:
        ValueError: the name is empty.
    """
    if not name:
        raise ValueError("a backend needs a name")

    def enter(compiler: C) -> C:
        with _lock:
            _registered[name] = compiler
            _instances.pop(name, None)
        return compiler

    return enter


def _entry_points() -> Dict[str, Any]:
    try:
        from importlib.metadata import entry_points
    except ImportError:  # pragma: no cover
        return {}
    found: Any = entry_points()
    if hasattr(found, "select"):
        points = list(found.select(group=ENTRY_POINTS))
    else:
        points = list(found.get(ENTRY_POINTS, ()))
    return {point.name: point for point in points}


def known() -> List[str]:
    """The names that :func:`get` takes, sorted."""
    return sorted({*_BUILT_IN, *_registered, *_entry_points()})


def built_in(name: str) -> Optional[BuiltIn]:
    """The row of a backend of our own; ``None`` for those of others."""
    return None if name in _registered else _BUILT_IN.get(name)


def is_here(name: str) -> bool:
    """Whether a backend has what it needs, as far as can be told without importing anything."""
    row = built_in(name)
    return row is None or all(_is_found(package) for package in row.packages)


@functools.lru_cache(maxsize=None)
def _is_found(package: str) -> bool:
    """Whether there is such a module, or such a distribution."""
    if importlib.util.find_spec(package.replace("-", "_")) is not None:
        return True
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def get(backend: Union[str, Compiler, Type[Compiler], Callable[..., Any], None]) -> Compiler:
    """The compiler that a user means.

    Args:
        backend: a name, a :class:`Compiler` or a class of it, any callable
            ``(graph_layer, example_inputs) -> callable``, or ``None`` for ``auto``.

    Raises:
        CompilerNotFoundError: no such name, or its package is not installed.
        TypeError: none of these.
    """
    if backend is None:
        backend = "auto"
    if isinstance(backend, str):
        return _by_name(backend)
    return _instantiate(backend)


def _instantiate(backend: Any) -> Compiler:
    if isinstance(backend, Compiler):
        return backend
    if isinstance(backend, type) and issubclass(backend, Compiler):
        return backend()
    if callable(backend):
        return CallableCompiler(backend)
    raise TypeError(f"a backend is a name, a Compiler or a callable, not {backend!r}")


def _by_name(name: str) -> Compiler:
    with _lock:
        compiler = _instances.get(name)
        if compiler is None:
            compiler = _instances[name] = _load(name)
        return compiler


def _load(name: str) -> Compiler:
    if name in _registered:
        return _instantiate(_registered[name])
    if name in _BUILT_IN:
        row = _BUILT_IN[name]
        try:
            loaded = importlib.import_module(row.module, __package__)
        except ImportError as error:
            raise CompilerNotFoundError(
                f"backend {name!r} needs a package that is not installed: {error}",
                hint=f"pip install paddlefx[{row.extra}]" if row.extra else None,
            ) from error
        return _instantiate(getattr(loaded, row.compiler))
    point = _entry_points().get(name)
    if point is not None:
        try:
            return _instantiate(point.load())
        except ImportError as error:
            raise CompilerNotFoundError(
                f"backend {name!r} of {point.value} can't be imported: {error}",
                hint="install the package that it needs",
            ) from error
    raise CompilerNotFoundError(
        f"no backend is called {name!r}",
        hint=f"known here: {', '.join(known())}; register others with @paddlefx.compiler.register",
    )
