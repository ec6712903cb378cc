"""A loop nest for some nodes of a graph, when one can compute them all.

in: readings of nodes, in order, and which of them are needed outside. out: a :class:`Plan`:
the nest, and the nodes whose tensors it reads and writes.

All full shapes are one, the group's. With rows (the trailing axes of reductions) a tensor may
also have one value a row, with its axes kept as ones, or dropped.
"""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Optional, Set, Tuple

from ...graph import Node
from .expression import Expressions, Value
from .formulas import NotFusable, of_dtype
from .nest import LoopNest, Operand, Output
from .reading import Reading, Shape, meta_of

__all__ = ["Plan", "Size", "plan"]

#: A dimension of the nest: the dimensions of the group's shape that it is the product of.
Size = Tuple[int, ...]


class Plan(NamedTuple):
    """A kernel, and what it is given.

    Args:
        nest: the loops.
        shape: the group's; -1 for sizes that vary.
        dims: of each dimension of the nest, which of ``shape`` it is the product of.
        inputs: the nodes that it reads, one for each operand; one may come twice.
        outputs: the nodes that it computes and writes.
        expressions: what the nest's values were made by.
        where: for each size that varies, by its place in ``shape``: an input's number and
            the place in that input's shape.
    """

    nest: LoopNest
    shape: Shape
    dims: Tuple[Size, ...]
    inputs: Tuple[Node, ...]
    outputs: Tuple[Node, ...]
    expressions: Expressions
    where: Dict[int, Tuple[int, int]]


_Moves = Tuple[bool, ...]


def _aligned(shape: Shape, against: Shape) -> _Moves:
    """Which dimensions of ``against`` a tensor has, when it broadcasts to it.

    Raises:
        NotFusable: it doesn't.
    """
    missing = len(against) - len(shape)
    if missing < 0:
        raise NotFusable("too many dimensions")
    moves = [False] * missing
    for size, full in zip(shape, against[missing:]):
        if size != full and size != 1:
            raise NotFusable(f"{shape} doesn't broadcast to {against}")
        moves.append(size != 1)
    return tuple(moves)


def _full_shape(readings: Dict[Node, Reading]) -> Tuple[Shape, int]:
    """The group's shape, and how many axes make up a row.

    Raises:
        NotFusable: the rows differ.
    """
    axes = {reading.axes for reading in readings.values() if reading.axes}
    if len(axes) > 1:
        raise NotFusable("rows of two kinds")
    best: Shape = ()
    for reading in readings.values():
        shapes = [reading.shape]
        if reading.axes:
            meta = meta_of(reading.tensors[0])
            assert meta is not None
            shapes = [meta.shape]
        for shape in shapes:
            if (len(shape), [size != 1 for size in shape]) > (
                len(best),
                [size != 1 for size in best],
            ):
                best = shape
    return best, axes.pop() if axes else 0


def plan(readings: Dict[Node, Reading], needed: Set[Node]) -> Optional[Plan]:
    """The plan of a group.

    Args:
        readings: of its nodes, in order.
        needed: those whose values are used outside.
    """
    try:
        return _plan(readings, needed)
    except NotFusable:
        return None


def _plan(readings: Dict[Node, Reading], needed: Set[Node]) -> Plan:
    shape, axes = _full_shape(readings)
    outer = len(shape) - axes
    if axes and all(size == 1 for size in shape[outer:]):
        raise NotFusable("rows of one element")
    forms = {
        "full": shape,
        "kept": (*shape[:outer], *[1] * axes),
        "dropped": shape[:outer],
    }
    form_of: Dict[Node, str] = {}
    for node, reading in readings.items():
        found = next((form for form, value in forms.items() if value == reading.shape), None)
        if found is None:
            raise NotFusable(f"a tensor of shape {reading.shape} in a group of {shape}")
        form_of[node] = found

    # The tensors from outside, once for each form that they are used in.
    operands: Dict[Tuple[Node, str], _Moves] = {}

    def moves_of(node: Node, form: str) -> _Moves:
        meta = meta_of(node)
        assert meta is not None
        if form == "dropped":
            return (*_aligned(meta.shape, shape[:outer]), *[False] * axes)
        return _aligned(meta.shape, shape)

    for node, reading in readings.items():
        for number, tensor in enumerate(reading.tensors):
            # The first operand of a reduction is full whatever comes out.
            form = "full" if reading.axes else form_of[node]
            if tensor not in readings:
                operands.setdefault((tensor, form), moves_of(tensor, form))
            elif form == "dropped":
                if form_of[tensor] != "dropped":
                    raise NotFusable("a value of each element where the row has none")
            elif form_of[tensor] == "dropped" and shape[:outer]:
                raise NotFusable("a value of the row without its axes")
            if reading.axes and number == 0 and tensor in readings and form_of[tensor] != "full":
                raise NotFusable("a reduction of what has one value a row")
    outputs = [node for node in readings if node in needed]
    written: List[_Moves] = []
    for node in outputs:
        moves = tuple(size != 1 for size in shape)
        if form_of[node] != "full":
            moves = (*moves[:outer], *[False] * axes)
        written.append(moves)

    # Adjacent dimensions along which every tensor is alike become one.
    used = [d for d, size in enumerate(shape) if size != 1]
    signatures = [
        tuple(moves[d] for moves in (*operands.values(), *written)) for d in range(len(shape))
    ]
    dims: List[Tuple[int, ...]] = []
    for d in used:
        if (
            dims
            and signatures[dims[-1][-1]] == signatures[d]
            and (dims[-1][-1] < outer) == (d < outer)
        ):
            dims[-1] = (*dims[-1], d)
        else:
            dims.append((d,))
    if axes and sum(1 for group in dims if group[0] >= outer) != 1:
        raise NotFusable("a row that is no single run of elements")
    alone = not dims
    sizes: List[Optional[int]] = [None] * max(len(dims), 1)
    if dims and (axes or len(dims) > 1):
        product = 1
        for d in dims[-1]:
            product = -1 if product < 0 or shape[d] < 0 else product * shape[d]
        sizes[-1] = None if product < 0 else product

    def of_nest(moves: _Moves) -> _Moves:
        return (True,) if alone else tuple(moves[group[0]] for group in dims)

    e = Expressions()
    inputs: List[Operand] = []
    loaded: Dict[Tuple[Node, str], Value] = {}
    for number, ((node, form), moves) in enumerate(operands.items()):
        meta = meta_of(node)
        assert meta is not None
        operand = Operand(of_dtype(meta.dtype), of_nest(moves))
        inputs.append(operand)
        loaded[node, form] = e.input(number, operand.dtype, operand.moves[-1])
    values: Dict[Node, Value] = {}
    for node, reading in readings.items():
        form = "full" if reading.axes else form_of[node]
        given = [values[t] if t in values else loaded[t, form] for t in reading.tensors]
        if reading.axes and not given[0].full:
            raise NotFusable("a reduction of what has one value a row")
        values[node] = reading.value(e, given)
    nest = LoopNest(
        tuple(sizes),
        tuple(inputs),
        tuple(Output(values[node], of_nest(moves)) for node, moves in zip(outputs, written)),
    )
    nodes = [node for node, _ in operands]
    places = _places(shape, outer, operands)
    return Plan(nest, shape, tuple(dims), tuple(nodes), tuple(outputs), e, places)


def _places(
    shape: Shape, outer: int, operands: Dict[Tuple[Node, str], _Moves]
) -> Dict[int, Tuple[int, int]]:
    """Where each size that varies can be read.

    Raises:
        NotFusable: nowhere.
    """
    where: Dict[int, Tuple[int, int]] = {}
    for d, size in enumerate(shape):
        if size >= 0:
            continue
        for number, ((node, form), moves) in enumerate(operands.items()):
            if moves[d]:
                meta = meta_of(node)
                assert meta is not None
                # Shapes are aligned at their ends; a row's axes may have been dropped.
                rank = outer if form == "dropped" else len(shape)
                where[d] = (number, d - rank + len(meta.shape))
                break
        else:
            raise NotFusable("a size that no operand shows")
    return where
