"""numpy as the executor sees it: which of its functions only compute, and what they give."""

from __future__ import annotations

import contextlib
import types
import warnings
from typing import Any, Callable, ContextManager, FrozenSet, Iterator, Optional, Tuple

import numpy as np

from .arrays import Arrays

__all__ = ["NumpyArrays"]


def _names(text: str) -> FrozenSet[str]:
    return frozenset(text.split())


#: Functions of numpy that draw, read, write, set or ask for something, or call back.
_STATE = _names(
    """
    copyto empty empty_like errstate fill_diagonal frombuffer fromfile fromregex genfromtxt
    geterr getbufsize info load loadtxt memmap place put put_along_axis putmask save savetxt savez
    savez_compressed seterr setbufsize seterrcall set_printoptions show_config shares_memory
    may_share_memory nditer vectorize apply_along_axis frompyfunc fromiter fromfunction piecewise
    from_dlpack array_repr array_str array2string get_printoptions printoptions apply_over_axes
    byte_bounds show_runtime who lookfor source safe_eval deprecate deprecate_with_doc test
    geterrcall geterrobj seterrobj get_include set_string_function set_numeric_ops nested_iters
    add_newdoc add_docstring add_newdoc_ufunc
    """
)

#: Methods of arrays and scalars that only compute.
_READS = _names(
    """
    all any argmax argmin argpartition argsort as_integer_ratio astype choose clip compress conj
    conjugate copy cumprod cumsum diagonal dot flatten getfield hex is_integer item max mean min
    nonzero prod ptp ravel repeat reshape round searchsorted squeeze std sum swapaxes take tobytes
    tolist trace transpose var view newbyteorder
    __abs__ __add__ __and__ __array__ __bool__ __complex__ __contains__ __copy__ __deepcopy__
    __divmod__ __eq__ __float__ __floordiv__ __ge__ __getitem__ __gt__ __hash__ __index__ __int__
    __invert__ __iter__ __le__ __len__ __lshift__ __lt__ __matmul__ __mod__ __mul__ __ne__ __neg__
    __or__ __pos__ __pow__ __radd__ __rand__ __rdivmod__ __rfloordiv__ __rlshift__ __rmatmul__
    __rmod__ __rmul__ __ror__ __round__ __rpow__ __rrshift__ __rshift__ __rsub__ __rtruediv__
    __rxor__ __sub__ __truediv__ __trunc__ __floor__ __ceil__ __xor__
    """
)

#: Methods of arrays that write to their elements.
_CHANGES = _names(
    """
    fill itemset partition put sort __setitem__
    __iadd__ __iand__ __ifloordiv__ __ilshift__ __imatmul__ __imod__ __imul__ __ior__ __ipow__
    __irshift__ __isub__ __itruediv__ __ixor__
    """
)

_ATTRIBUTES = _names("T mT dtype imag itemsize nbytes ndim real shape size strides __class__")

#: The largest array that a guard compares with a copy, in bytes: one or two microseconds.
_GUARDED_BYTES = 16384


_NUMPY, _LINALG, _FFT = vars(np), vars(np.linalg), vars(np.fft)


class NumpyArrays(Arrays):
    """numpy's functions, scalars and arrays."""

    constants: Tuple[type, ...] = (np.generic, np.dtype, np.finfo, np.iinfo)
    numbers: Tuple[type, ...] = (np.number,)
    elements: Tuple[type, ...] = (np.ndarray, np.generic)
    records: Tuple[type, ...] = (np.void,)
    callables: Tuple[type, ...] = (np.ufunc, type(np.prod), type(np.concatenate))
    mutable: Tuple[type, ...] = (np.ndarray,)

    def computes(self, target: Any) -> bool:
        if isinstance(target, type):
            return issubclass(target, self.constants)
        name = getattr(target, "__name__", None)
        if not isinstance(name, str) or name in _STATE or name.startswith("_"):
            return False
        if isinstance(target, types.ModuleType):
            return False
        return _NUMPY.get(name) is target or _LINALG.get(name) is target or _FFT.get(name) is target

    @contextlib.contextmanager
    def _strictly(self) -> Iterator[None]:
        with warnings.catch_warnings(record=True) as issued, np.errstate(all="raise"):
            warnings.simplefilter("always")
            yield
        if issued:
            raise FloatingPointError(str(issued[0].message))

    def index(self, value: Any) -> Optional[int]:
        return int(value) if type(value) in (np.int32, np.int64) else None

    def strictly(self) -> ContextManager[Any]:
        return self._strictly()

    def holds_data(self, array: Any) -> bool:
        return not array.dtype.hasobject

    def method(self, name: str) -> Optional[str]:
        if name in _CHANGES:
            return "changes"
        return "reads" if name in _READS else None

    def attribute(self, name: str) -> bool:
        return name in _ATTRIBUTES

    def snapshot(self, value: Any) -> Any:
        if isinstance(value, np.generic):
            return None if isinstance(value, (np.datetime64, np.timedelta64, np.void)) else value
        if type(value) is not np.ndarray or value.nbytes > _GUARDED_BYTES:
            return None
        if value.dtype.hasobject or value.dtype.kind not in "?biufcSU":
            return None
        if not (value.flags.c_contiguous or value.flags.f_contiguous):
            return None
        made = value.copy(order="K")
        sizes = zip(value.shape, value.strides, made.strides)
        if any(size > 1 and one != two for size, one, two in sizes):
            return None
        made.flags.writeable = value.flags.writeable
        return made

    def copy(self, array: Any) -> Any:
        made = array.copy(order="K")
        made.flags.writeable = array.flags.writeable
        return made

    def restore(self, array: Any, saved: Any) -> None:
        array[...] = saved

    def root(self, array: Any) -> Any:
        while type(array.base) is np.ndarray:
            array = array.base
        return array

    def window(self, array: Any) -> Optional[Tuple[Callable[..., Any], Tuple[Any, ...]]]:
        root = self.root(array)
        if not (root.flags.c_contiguous or root.flags.f_contiguous) or root.size == 0:
            return None
        offset = _address(array) - _address(root)
        return _window, (array.shape, array.dtype, offset, array.strides, array.flags.writeable)


def _address(array: Any) -> int:
    found: int = array.__array_interface__["data"][0]
    return found


def _window(root: Any, shape: Any, dtype: Any, offset: int, strides: Any, writeable: bool) -> Any:
    """An array that looks into the memory of a contiguous one.

    Args:
        root: the array that owns the memory.
        shape: of the result.
        dtype: of the result.
        offset: of its first element, in bytes.
        strides: of the result, in bytes.
        writeable: whether it may be written to.
    """
    memory = root if root.flags.c_contiguous else root.T
    made: Any = np.ndarray(shape, dtype, memory, offset, strides)
    made.flags.writeable = writeable
    return made
