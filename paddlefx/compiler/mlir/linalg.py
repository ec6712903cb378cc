"""A region as a function of MLIR's ``linalg``, ``tensor`` and ``arith`` dialects.

Elementwise operators and rows are formulas (:mod:`..loop_nests.operator_formulas`); what is
written for them is one ``linalg.generic`` for each tensor that has to exist. Sizes are known.
"""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Sequence, Set, Tuple

from ...tensor_meta import TensorMeta
from ..loop_nests.expression import Value, ordered
from ..loop_nests.formulas import of_dtype
from ..loop_nests.operator_formulas import Element, FormulaVisitor, Shape
from .scalar import TYPES, Body, literal

__all__ = ["LinalgText", "Tensor", "tensor_type"]

#: Where reductions start.
_FIRST: Dict[str, Dict[str, Any]] = {
    "reduce_sum": dict.fromkeys(("float", "double", "i32", "i64"), 0),
    "reduce_max": {
        **dict.fromkeys(("float", "double"), float("-inf")),
        "i32": -(1 << 31),
        "i64": -(1 << 63),
    },
    "reduce_min": {
        **dict.fromkeys(("float", "double"), float("inf")),
        "i32": (1 << 31) - 1,
        "i64": (1 << 63) - 1,
    },
}
#: Sums may be added in any order: then they are added in vectors.
_FLOATING_STEP = {
    "reduce_sum": "arith.addf {0}, {1} fastmath<reassoc>",
    "reduce_max": "arith.maximumf {0}, {1}",
    "reduce_min": "arith.minimumf {0}, {1}",
}
_INTEGER_STEP = {
    "reduce_sum": "arith.addi {0}, {1}",
    "reduce_max": "arith.maxsi {0}, {1}",
    "reduce_min": "arith.minsi {0}, {1}",
}


class Tensor(NamedTuple):
    """A parameter of the function.

    Args:
        name: its SSA name.
        shape: its sizes.
        dtype: the scalar type of its elements.
    """

    name: str
    shape: Shape
    dtype: str


def tensor_type(shape: Sequence[int], dtype: str) -> str:
    """``tensor<2x3xf32>``."""
    return f"tensor<{'x'.join([*map(str, shape), TYPES[dtype]])}>"


def _map(dims: int, results: Sequence[str]) -> str:
    names = ", ".join([f"d{d}" for d in range(dims)])
    return f"affine_map<({names}) -> ({', '.join(results)})>"


class LinalgText(FormulaVisitor):
    """Writes the operations of a region."""

    def __init__(self, compiler: Any, layer: Any) -> None:
        super().__init__(compiler, layer)
        self._lines: List[str] = []
        self._parameters: List[Tensor] = []
        #: The tensors of the layer that are parameters behind the inputs.
        self._weights: List[Any] = []
        self._made: Dict[Any, str] = {}
        #: Tensors that are parts of others: they don't lie in one piece.
        self._strided: Set[str] = set()

    # -- parameters

    def placeholder(self, name: str, meta: TensorMeta) -> Element:
        """A parameter."""
        return self._parameter(meta)

    def get_attr(self, name: str, meta: TensorMeta, tensor: Any) -> Element:
        """A parameter that is given in each call."""
        self._weights.append(tensor)
        return self._parameter(meta)

    def _parameter(self, meta: TensorMeta) -> Element:
        given = Tensor(f"%p{len(self._parameters)}", tuple(meta.shape), of_dtype(meta.dtype))
        self._parameters.append(given)
        return self._leaf(given.name, given.shape, given.dtype)

    # -- operations

    def _emit(self, text: str) -> str:
        name = f"%t{len(self._lines)}"
        self._lines.append(f"{name} = {text}")
        return name

    def _constant(self, value: Any, dtype: str) -> str:
        return self._emit(f"arith.constant {literal(value, dtype)}")

    def _empty(self, shape: Sequence[int], dtype: str) -> str:
        return self._emit(f"tensor.empty() : {tensor_type(shape, dtype)}")

    def _filled(self, value: Any, shape: Sequence[int], dtype: str) -> str:
        number, empty = self._constant(value, dtype), self._empty(shape, dtype)
        kind = tensor_type(shape, dtype)
        return self._emit(
            f"linalg.fill ins({number} : {TYPES[dtype]}) outs({empty} : {kind}) -> {kind}"
        )

    def _generic(
        self,
        maps: Sequence[str],
        kinds: Sequence[str],
        inputs: Sequence[Tuple[str, str]],
        result: Tuple[str, str],
        block: Sequence[str],
    ) -> str:
        """``linalg.generic``; inputs and result are names with types."""
        iterators = ", ".join([f'"{kind}"' for kind in kinds])
        head = f"linalg.generic {{indexing_maps = [{', '.join(maps)}], iterator_types = "
        head += f"[{iterators}]}} "
        if inputs:
            names = ", ".join([name for name, _ in inputs])
            head += f"ins({names} : {', '.join([kind for _, kind in inputs])}) "
        head += f"outs({result[0]} : {result[1]}) {{\n"
        body = "\n".join([f"    {line}" for line in block])
        return self._emit(f"{head}{body}\n  }} -> {result[1]}")

    def _read(
        self, element: Element, space: Shape, target: str, step: str
    ) -> Tuple[List[str], List[Tuple[str, str]], List[str]]:
        """The maps, the operands and the block that compute an expression in a space.

        Args:
            element: what.
            space: the sizes of the loops.
            target: the scalar type of what is written.
            step: an operation on the value ``{0}`` and on what was there, ``{1}``; or nothing.
        """
        body = Body()
        names: Dict[Value, str] = {}
        maps: List[str] = []
        operands: List[Tuple[str, str]] = []
        arguments: List[str] = []
        for part in ordered([element.value]):
            if part.op != "input":
                continue
            view = self._leaves[part.payload]
            skipped = len(space) - len(view.shape)
            results = [
                "0" if size == 1 else f"d{skipped + d}" for size, d in zip(view.sizes, view.dims)
            ]
            maps.append(_map(len(space), results))
            operands.append((view.name, tensor_type(view.sizes, part.dtype)))
            names[part] = f"%a{len(arguments)}"
            arguments.append(f"{names[part]}: {TYPES[part.dtype]}")
        result = body.compute(element.value, names)
        if step:
            result = body.emit(f"{step.format(result, '%o')} : {target}")
        block = [f"^bb0({', '.join([*arguments, f'%o: {target}'])}):", *body.lines]
        return maps, operands, [*block, f"linalg.yield {result} : {target}"]

    def _loop(self, element: Element, place: str = "") -> str:
        """A tensor of an expression; written to ``place`` if that is given."""
        if not place and element in self._made:
            return self._made[element]
        shape, dtype = element.shape, element.value.dtype
        maps, operands, block = self._read(element, shape, TYPES[dtype], "")
        maps.append(_map(len(shape), [f"d{d}" for d in range(len(shape))]))
        result = (place or self._empty(shape, dtype), tensor_type(shape, dtype))
        name = self._generic(maps, ["parallel"] * len(shape), operands, result, block)
        if not place:
            self._made[element] = name
        return name

    def _reduction(self, op: str, element: Element, axes: Sequence[int]) -> str:
        """A tensor of a reduction."""
        space, dtype = element.shape, element.value.dtype
        left = [d for d in range(len(space)) if d not in axes]
        sizes = [space[d] for d in left]
        step = (_FLOATING_STEP if dtype in ("float", "double") else _INTEGER_STEP)[op]
        maps, operands, block = self._read(element, space, TYPES[dtype], step)
        maps.append(_map(len(space), [f"d{d}" for d in left]))
        kinds = ["reduction" if d in axes else "parallel" for d in range(len(space))]
        start = self._filled(_FIRST[op][dtype], sizes, dtype)
        return self._generic(maps, kinds, operands, (start, tensor_type(sizes, dtype)), block)

    def _tensor(self, element: Element) -> str:
        """The name of a tensor that lies in one piece."""
        name = super()._tensor(element)
        return self._loop(element) if name in self._strided else name

    def _recast(self, name: str, old: Shape, new: Shape, dtype: str) -> str:
        """By way of one dimension."""
        count = 1
        for size in old:
            count *= size
        flat = tensor_type([count], dtype)
        if len(old) != 1:
            group = f"[{', '.join(map(str, range(len(old))))}]" if old else ""
            verb = "collapse_shape" if old else "expand_shape"
            shaped = "" if old else " output_shape [1]"
            name = self._emit(
                f"tensor.{verb} {name} [{group}]{shaped} : {tensor_type(old, dtype)} into {flat}"
            )
        if len(new) == 1:
            return name
        if not new:
            return self._emit(
                f"tensor.collapse_shape {name} [] : {flat} into {tensor_type(new, dtype)}"
            )
        group = ", ".join(map(str, range(len(new))))
        sizes = ", ".join(map(str, new))
        return self._emit(
            f"tensor.expand_shape {name} [[{group}]] output_shape [{sizes}] : "
            f"{flat} into {tensor_type(new, dtype)}"
        )
