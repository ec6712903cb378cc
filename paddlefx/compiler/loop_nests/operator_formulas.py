"""A visitor of operator graphs whose elementwise operators and rows are formulas.

For backends that take a graph operator by operator and write loops. What an elementwise operator
computes is the same formula that kernels are made of (:mod:`.formulas`); it stays an expression
of the tensors that it reads until somebody needs it as a tensor, so that chains become one loop.

An expression's inputs are *leaves*: tensors seen through a :class:`View`.
"""

from __future__ import annotations

import abc
import inspect
from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Tuple

from ...graph import Node
from ...graph.operators import operator_of
from ...tensor_meta import TensorMeta
from ..node_by_node import OperatorVisitor, Unsupported
from .expression import FLOATING, REDUCTIONS, SUPPORTED, TRANSCENDENTAL, Expressions, Value, ordered
from .formulas import BY_NAME, NotFusable, of_dtype
from .row_formulas import ROW_FORMULAS

__all__ = ["Element", "FormulaVisitor", "View"]

Shape = Tuple[int, ...]

#: Attributes of Paddle's operators that the formulas call otherwise.
_RENAMED: Dict[str, Dict[str, str]] = {
    "clip": {"min": "low", "max": "high"},
    "pow": {"y": "exponent"},
    "mish": {"lambda": "threshold"},
}
#: Attributes that say nothing of the result.
_UNSEEN = frozenset({"data_format", "dtype", "mkldnn_data_type", "use_mkldnn", "use_cudnn"})

#: Values of more operations than this are not computed twice.
_CHEAP = 4


class View(NamedTuple):
    """A tensor of the backend's, seen with other dimensions.

    Args:
        name: the backend's name of it.
        sizes: its own sizes.
        shape: as it is seen; its dimensions are aligned at the end with what it is used in.
        dims: for each of its own dimensions, which of ``shape`` it is.
    """

    name: str
    sizes: Shape
    shape: Shape
    dims: Tuple[int, ...]


class Element(NamedTuple):
    """A tensor that is an expression for each element.

    Args:
        value: of inputs whose numbers are leaves of the visitor.
        shape: the tensor's.
    """

    value: Value
    shape: Shape


class FormulaVisitor(OperatorVisitor):
    """Operators by methods, then by formulas. A value is an :class:`Element`."""

    def __init__(self, compiler: Any, layer: Any) -> None:
        super().__init__(compiler, layer)
        self._e = Expressions()
        self._leaves: List[View] = []

    # -- for a backend

    @abc.abstractmethod
    def _loop(self, element: Element) -> str:
        """The name of a new tensor that holds an expression."""

    @abc.abstractmethod
    def _reduction(self, op: str, element: Element, axes: Sequence[int]) -> str:
        """The name of a new tensor, without the axes, that holds a reduction over them.

        Args:
            op: one of :data:`~.expression.REDUCTIONS`.
            element: of what.
            axes: which of its axes, none twice, in order.
        """

    # -- values

    def _leaf(self, name: str, shape: Sequence[int], dtype: str) -> Element:
        """A tensor of the backend's as a value."""
        sizes = tuple(shape)
        return self._seen(View(name, sizes, sizes, tuple(range(len(sizes)))), dtype)

    def _seen(self, view: View, dtype: str) -> Element:
        self._leaves.append(view)
        return Element(self._e.input(len(self._leaves) - 1, dtype, True), view.shape)

    def _view(self, element: Element) -> View:
        """A value as a tensor, in memory."""
        value, shape = element
        if value.op == "input":
            view = self._leaves[value.payload]
            if view.shape == shape:
                return view
        return View(self._loop(element), shape, shape, tuple(range(len(shape))))

    def _tensor(self, element: Element) -> str:
        """The name of a tensor that lies in memory as the value's shape says."""
        view = self._view(element)
        if view.sizes == view.shape and view.dims == tuple(range(len(view.shape))):
            return view.name
        return self._loop(element)

    def _kept(self, element: Element) -> Element:
        """The value, computed once: not again in each loop that reads it."""
        parts = ordered([element.value])
        cost = sum(1 for part in parts if part.args)
        if cost <= _CHEAP and not any(
            part.op in TRANSCENDENTAL or part.op in ("div", "sqrt") for part in parts
        ):
            return element
        return self._leaf(self._loop(element), element.shape, element.value.dtype)

    # -- operators

    def run_node(self, node: Node) -> Any:
        """A call by the visitor's method, or else by its formula.

        Raises:
            Unsupported: it has neither, or they don't fit.
        """
        name = operator_of(node)
        if name in BY_NAME or name in ROW_FORMULAS:
            if getattr(self, name, None) is None:
                result = self._by_formula(node, name)
                return self._kept(result) if len(node.users) > 1 else result
        return super().run_node(node)

    def _operands(self, node: Node) -> Tuple[List[Any], Dict[str, Any]]:
        args = [self.values[item] if isinstance(item, Node) else item for item in node.args]
        if any(isinstance(item, (list, tuple)) and not isinstance(item, Element) for item in args):
            raise Unsupported("tensors in a list")
        renamed = _RENAMED.get(operator_of(node), {})
        kwargs = {renamed.get(key, key): item for key, item in node.kwargs.items()}
        if any(_holds_node(item) for item in kwargs.values()):
            raise Unsupported("an attribute that is a tensor")
        return args, kwargs

    def _by_formula(self, node: Node, name: str) -> Element:
        meta = node.meta["tensor_meta"]
        several = not isinstance(meta, TensorMeta)
        meta = meta[0] if several else meta
        if several and any(user.args[1] != 0 for user in node.users):
            raise Unsupported("another result than the first")
        args, kwargs = self._operands(node)
        try:
            if name in ROW_FORMULAS:
                found = self._row(name, args, kwargs, meta)
            else:
                to = of_dtype(meta.dtype)
                found = Element(self._formula(BY_NAME[name], to, args, kwargs), tuple(meta.shape))
        except NotFusable as error:
            raise Unsupported(f"{name}: {error}") from error
        return [found] if several else found  # type: ignore[return-value]

    def _formula(
        self, formula: Callable[..., Value], to: str, args: List[Any], kwargs: Dict[str, Any]
    ) -> Value:
        values = [item.value if isinstance(item, Element) else item for item in args]
        named = _accepted(formula, kwargs)
        try:
            result = formula(self._e, to, *values, **named)
        except TypeError as error:
            raise NotFusable(str(error)) from error
        for part in ordered([result]):
            if part.args and part.op not in REDUCTIONS and part.op != "select":
                kind = "floating" if part.args[0].dtype in FLOATING else "integer"
                if part.op not in SUPPORTED[kind]:
                    raise NotFusable(f"{part.op} of {part.args[0].dtype}")
        if result.dtype != to:
            raise NotFusable(f"{result.dtype} instead of {to}")
        return result

    def _row(self, name: str, args: List[Any], kwargs: Dict[str, Any], meta: TensorMeta) -> Element:
        """Reductions, and what is made of them, over any axes of the first operand."""
        first = self._kept(args[0])
        space = first.shape
        axes = _axes(name, len(space), kwargs)
        if not axes:
            raise NotFusable("no axis")
        # The parameters of a norm have the sizes of its axes as one.
        rest = [self._reshaped(item, space[axes[0] :]) if item else item for item in args[1:]]
        to = of_dtype(meta.dtype)
        value = self._formula(ROW_FORMULAS[name].value, to, [first, *rest], kwargs)
        return self._reduced(value, space, axes, tuple(meta.shape))

    def _reduced(self, value: Value, space: Shape, axes: Sequence[int], shape: Shape) -> Element:
        """A value whose reductions go over some axes of a space, these computed first.

        Args:
            value: with or without reductions.
            space: the shape of what is reduced.
            axes: over which.
            shape: of the result.
        """
        count = 1
        for axis in axes:
            count *= space[axis]
        ones = tuple([1 if d in axes else size for d, size in enumerate(space)])
        left = [d for d in range(len(space)) if d not in axes]
        known: Dict[Value, Value] = {}
        for part in ordered([value]):
            if part.op == "extent":
                known[part] = self._e.constant(count, part.dtype)
            elif part.op in REDUCTIONS:
                name = self._reduction(part.op, Element(known[part.args[0]], space), axes)
                sizes = tuple([space[d] for d in left])
                known[part] = self._seen(View(name, sizes, ones, tuple(left)), part.dtype).value
            elif part.args:
                args = [known[argument] for argument in part.args]
                if part.op == "cast":
                    known[part] = self._e.cast(args[0], part.dtype)
                else:
                    known[part] = self._e.apply(part.op, *args)
            else:
                known[part] = part
        whole = Element(known[value], space if value.full else ones)
        return whole if whole.shape == shape else self._reshaped(whole, shape)

    def _reshaped(self, element: Element, shape: Shape) -> Element:
        """The same elements in order in another shape: a view where only ones come and go."""
        if element.shape == shape:
            return element
        view = self._view(element)
        dtype = element.value.dtype
        seen = [d for d, size in enumerate(view.shape) if size != 1]
        wanted = [d for d, size in enumerate(shape) if size != 1]
        spare = [d for d, size in enumerate(shape) if size == 1]
        ones = [d for d in view.dims if d not in seen]
        same = [view.shape[d] for d in seen] == [shape[d] for d in wanted]
        if same and len(ones) <= len(spare):
            places = {**dict(zip(seen, wanted)), **dict(zip(ones, spare))}
            dims = tuple([places[d] for d in view.dims])
            return self._seen(View(view.name, view.sizes, shape, dims), dtype)
        name = self._tensor(self._seen(view, dtype))
        return self._leaf(self._recast(name, view.shape, shape, dtype), shape, dtype)

    @abc.abstractmethod
    def _recast(self, name: str, old: Shape, new: Shape, dtype: str) -> str:
        """The name of a tensor's elements, in order, in another shape."""


def _holds_node(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_holds_node(item) for item in value)
    return isinstance(value, (Node, Element))


def _accepted(formula: Callable[..., Any], kwargs: Dict[str, Any]) -> Dict[str, Any]:
    """The attributes that a formula asks for, or that mean something."""
    known = inspect.signature(formula).parameters
    return {key: item for key, item in kwargs.items() if key in known or key not in _UNSEEN}


def _axes(name: str, rank: int, kwargs: Dict[str, Any]) -> List[int]:
    """The axes that an operator goes over; all of them where it names none."""
    if name == "layer_norm":
        return list(range(kwargs["begin_norm_axis"], rank))
    axis = kwargs.get("axis", [])
    axes = [axis] if isinstance(axis, int) else list(axis or [])
    if not all(type(item) is int for item in axes):
        raise NotFusable(f"axes {axis!r}")
    return sorted({item % rank for item in axes}) if axes else list(range(rank))
