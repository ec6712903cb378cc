"""oneDNN's C interface, in the library that lies in Paddle's wheel.

``dnnl.h`` of oneDNN 3: https://uxlfoundation.github.io/oneDNN/v3.6/. Numbers of its enumerations are
part of its binary interface, which the major version stands for. Only float32 is used.
"""

from __future__ import annotations

import ctypes
import functools
import os
from enum import IntEnum
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import paddle

from ...errors import CompileError

__all__ = ["Argument", "Engine", "Handle", "Query", "engine"]

_MAJOR = 3
_F32 = 3
_ANY_LAYOUT = 1
_CPU = 1
_IN_ORDER = 1
_NO_MEMORY = 0
_FORWARD_TRAINING = 64
_DIRECT = 1
_MOST_DIMS = 12

_Pointer = ctypes.c_void_p
_Dims = ctypes.c_int64 * _MOST_DIMS


class Argument(IntEnum):
    """``DNNL_ARG_*``: what memory is to a primitive."""

    SRC = 1
    DST = 17
    WEIGHTS = 33
    DIFF_SRC = 129
    DIFF_DST = 145
    DIFF_WEIGHTS = 161


class Query(IntEnum):
    """``dnnl_query_*_md``: layouts that a primitive asks for."""

    SRC = 129
    DIFF_SRC = 130
    WEIGHTS = 131
    DIFF_WEIGHTS = 132
    DST = 133
    DIFF_DST = 134


class _Version(ctypes.Structure):
    _fields_ = [("major", ctypes.c_int), ("minor", ctypes.c_int), ("patch", ctypes.c_int)]


class _Memory(ctypes.Structure):
    _fields_ = [("argument", ctypes.c_int), ("memory", _Pointer)]


class Handle:
    """An object of oneDNN's, destroyed with this one."""

    __slots__ = ("_destroy", "pointer")

    def __init__(self, pointer: Any, destroy: Optional[Callable[[Any], Any]]) -> None:
        self.pointer = pointer
        self._destroy = destroy

    def __del__(self) -> None:
        if self._destroy is not None:
            self._destroy(self.pointer)


class Engine:
    """oneDNN on the CPU.

    Args:
        library: the loaded library.

    Raises:
        CompileError: it is another major version, or can't compute here.
    """

    def __init__(self, library: Any) -> None:
        self._library = library
        library.dnnl_version.restype = ctypes.POINTER(_Version)
        found = library.dnnl_version().contents
        self.version = f"{found.major}.{found.minor}.{found.patch}"
        if found.major != _MAJOR:
            raise CompileError(f"oneDNN is {self.version}, which isn't known")
        library.dnnl_primitive_desc_query_md.restype = _Pointer
        library.dnnl_primitive_desc_query_md.argtypes = [_Pointer, ctypes.c_int, ctypes.c_int]
        library.dnnl_memory_desc_get_size.restype = ctypes.c_size_t
        library.dnnl_memory_desc_get_size.argtypes = [_Pointer]
        library.dnnl_memory_desc_equal.argtypes = [_Pointer, _Pointer]
        library.dnnl_memory_set_data_handle.argtypes = [_Pointer, _Pointer]
        library.dnnl_stream_wait.argtypes = [_Pointer]
        for kind in ("memory_desc", "primitive_desc", "primitive", "memory", "stream", "engine"):
            getattr(library, f"dnnl_{kind}_destroy").argtypes = [_Pointer]
        self._engine = self._made("engine", library.dnnl_engine_create, _CPU, ctypes.c_size_t(0))
        self.wait: Callable[[Any], int] = library.dnnl_stream_wait
        self.point_at: Callable[[Any, int], int] = library.dnnl_memory_set_data_handle

    def _made(self, kind: str, create: Any, *arguments: Any) -> Handle:
        pointer = _Pointer()
        status = create(ctypes.byref(pointer), *arguments)
        if status:
            raise CompileError(f"oneDNN can't make a {kind}: status {status}")
        return Handle(pointer, getattr(self._library, f"dnnl_{kind}_destroy"))

    def stream(self) -> Handle:
        """What primitives are executed on."""
        create = self._library.dnnl_stream_create
        return self._made("stream", create, self._engine.pointer, _IN_ORDER)

    def plain(self, shape: Sequence[int], strides: Optional[Sequence[int]] = None) -> Handle:
        """A layout: rows one after the other, or with strides."""
        if strides is None:
            strides, step = [0] * len(shape), 1
            for at in range(len(shape) - 1, -1, -1):
                strides[at] = step
                step *= shape[at]
        create = self._library.dnnl_memory_desc_create_with_strides
        return self._made("memory_desc", create, len(shape), _Dims(*shape), _F32, _Dims(*strides))

    def chosen(self, shape: Sequence[int]) -> Handle:
        """A layout that oneDNN chooses."""
        create = self._library.dnnl_memory_desc_create_with_tag
        return self._made("memory_desc", create, len(shape), _Dims(*shape), _F32, _ANY_LAYOUT)

    def size(self, layout: Handle) -> int:
        """The bytes that a layout takes."""
        return int(self._library.dnnl_memory_desc_get_size(layout.pointer))

    def equal(self, one: Handle, other: Handle) -> bool:
        """Whether two layouts are the same."""
        return bool(self._library.dnnl_memory_desc_equal(one.pointer, other.pointer))

    def memory(self, layout: Handle) -> Handle:
        """Memory of a layout; :attr:`point_at` says where."""
        create = self._library.dnnl_memory_create
        return self._made(
            "memory", create, layout.pointer, self._engine.pointer, _Pointer(_NO_MEMORY)
        )

    def layout_of(self, description: Handle, query: Query) -> Handle:
        """The layout that a primitive takes; it lives as long as the description."""
        found = self._library.dnnl_primitive_desc_query_md(description.pointer, query, 0)
        if not found:
            raise CompileError("oneDNN has no such layout")
        return Handle(_Pointer(found), None)

    def primitive(self, description: Handle) -> Handle:
        """What a description describes, ready to be executed."""
        return self._made("primitive", self._library.dnnl_primitive_create, description.pointer)

    def reorder(self, one: Handle, other: Handle) -> Handle:
        """The description of a copy from one layout to another."""
        engine = self._engine.pointer
        create = self._library.dnnl_reorder_primitive_desc_create
        return self._made(
            "primitive_desc", create, one.pointer, engine, other.pointer, engine, None
        )

    def convolution(
        self, layouts: Sequence[Handle], sizes: Tuple[Sequence[int], ...]
    ) -> Dict[str, Handle]:
        """Descriptions of a convolution: ``forward``, ``data`` and ``weights``, its gradients.

        Args:
            layouts: of what is convolved, of the weights, of the result.
            sizes: strides, dilations (0 for none), paddings before and behind.
        """
        library, engine = self._library, self._engine.pointer
        source, weights, result = [layout.pointer for layout in layouts]
        geometry = [_Dims(*each) for each in sizes]
        forward = self._made(
            "primitive_desc",
            library.dnnl_convolution_forward_primitive_desc_create,
            *(engine, _FORWARD_TRAINING, _DIRECT, source, weights, None, result),
            *(*geometry, None),
        )
        data = self._made(
            "primitive_desc",
            library.dnnl_convolution_backward_data_primitive_desc_create,
            *(engine, _DIRECT, source, weights, result, *geometry, forward.pointer, None),
        )
        by_weights = self._made(
            "primitive_desc",
            library.dnnl_convolution_backward_weights_primitive_desc_create,
            *(engine, _DIRECT, source, weights, None, result, *geometry, forward.pointer, None),
        )
        return {"forward": forward, "data": data, "weights": by_weights}

    def matmul(self, x: Handle, y: Handle, result: Handle) -> Handle:
        """The description of a product of matrices, or of batches of them."""
        return self._made(
            "primitive_desc",
            self._library.dnnl_matmul_primitive_desc_create,
            *(self._engine.pointer, x.pointer, y.pointer, None, result.pointer, None),
        )

    def execution(
        self, primitive: Handle, stream: Handle, memories: Sequence[Tuple[Argument, Handle]]
    ) -> Callable[[], int]:
        """A call that executes a primitive and gives oneDNN's status, 0 for success."""
        array = (_Memory * len(memories))(
            *[_Memory(int(argument), memory.pointer) for argument, memory in memories]
        )
        kept: List[Any] = [primitive, stream, [memory for _, memory in memories], array]
        execute = self._library.dnnl_primitive_execute

        def run() -> int:
            return int(execute(kept[0].pointer, kept[1].pointer, len(array), array))

        return run


@functools.lru_cache(maxsize=None)
def engine() -> Engine:
    """The one engine of this process.

    Raises:
        CompileError: Paddle's wheel has no oneDNN, or one that isn't known.
    """
    folder = os.path.dirname(os.path.abspath(str(paddle.__file__)))
    path = os.path.join(folder, "libs", f"libdnnl.so.{_MAJOR}")
    if not os.path.exists(path):
        raise CompileError("this Paddle comes without oneDNN")
    try:
        return Engine(ctypes.CDLL(path))
    except (OSError, AttributeError) as error:
        raise CompileError(f"the oneDNN of Paddle can't be used: {error}") from None
