"""Optimised layers: the same layer to its user, with another ``__call__``.

The optimised object is an instance of a subclass made for it, and shares the
plain layer's ``__dict__``: parameters, buffers, hooks and attributes are not
copied but the same. Captured code sees the plain layer, of the plain class.
"""

from __future__ import annotations

import copy
import types
from typing import Any, Callable, Dict, Tuple

__all__ = ["WRAPPED", "optimized_layer", "plain_layer"]

#: Where the subclass keeps the plain layer.
WRAPPED = "__paddlefx_layer__"


def optimized_layer(layer: Any, dispatch: Callable[[Any], Any], again: Callable[[Any], Any]) -> Any:
    """A layer that runs compiled.

    Args:
        layer: the plain layer; it stays as it is.
        dispatch: makes the compiled ``__call__`` of a layer.
        again: optimises a layer with the same options; for copies and pickles.
    """
    cls = type(layer)

    def __deepcopy__(self: Any, memo: Dict[int, Any]) -> Any:
        return again(copy.deepcopy(layer, memo))

    def __copy__(self: Any) -> Any:
        return again(copy.copy(layer))

    def __reduce_ex__(self: Any, protocol: Any) -> Tuple[Any, Tuple[Any, ...]]:
        return again, (layer,)

    namespace = {
        "__module__": cls.__module__,
        "__qualname__": cls.__qualname__,
        "__doc__": cls.__doc__,
        "__call__": dispatch(layer),
        "__deepcopy__": __deepcopy__,
        "__copy__": __copy__,
        "__reduce_ex__": __reduce_ex__,
        WRAPPED: layer,
    }
    made = types.new_class(cls.__name__, (cls,), {}, lambda body: body.update(namespace))
    optimized: Any = object.__new__(made)
    optimized.__dict__ = layer.__dict__
    return optimized


def plain_layer(layer: Any) -> Any:
    """The layer behind an optimised one; any other as it is."""
    return getattr(type(layer), WRAPPED, layer)
