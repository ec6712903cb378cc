"""A kernel as Triton source.

in: a :class:`~paddlefx.compiler.loop_nests.nest.LoopNest`. out: the text of one function
``kernel(sizes ..., pointers ..., BLOCK)``, and how many programs it takes.

Without reductions a program computes ``BLOCK`` elements of the whole iteration space, taken as
one row. With reductions a program computes a row: at once where the row's size is known and not
too large, and otherwise in passes of ``BLOCK`` elements, one for each reduction that needs
another first, and one for the results; what a pass needs is computed anew.
"""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..loop_nests.expression import REDUCTIONS, Value, ordered
from ..loop_nests.nest import LoopNest, Output
from .scalar import DTYPES, constant, expression

__all__ = ["Source", "programs", "write_kernel"]

#: The longest row that a program has at once.
LARGEST_ROW = 1 << 14
#: Elements of a program otherwise.
BLOCK = 1024

_POINTERS = {"float": "*fp32", "double": "*fp64", "i32": "*i32", "i64": "*i64", "i1": "*i1"}
_FIRST: Dict[str, Dict[str, int]] = {
    "reduce_sum": {},
    "reduce_max": {"i32": -(1 << 31), "i64": -(1 << 63)},
    "reduce_min": {"i32": (1 << 31) - 1, "i64": (1 << 63) - 1},
}


class Source(NamedTuple):
    """A kernel's text, and how to run it.

    Args:
        text: of a function ``kernel``.
        signature: by parameter, its type as Triton writes it; ``BLOCK`` is ``constexpr``.
        block: the value of ``BLOCK``.
        rows: whether a program computes a row, and not ``BLOCK`` elements.
        summed: the numbers of outputs that programs add to: they have to be zero before.
    """

    text: str
    signature: Dict[str, str]
    block: int
    rows: bool
    summed: List[int]


class _Writer:
    def __init__(self, nest: LoopNest) -> None:
        self.nest = nest
        self.rank = len(nest.sizes)
        self.sizes = [f"n{d}" if size is None else str(size) for d, size in enumerate(nest.sizes)]
        self.lines: List[str] = []
        self.indent = "    "
        self.names: Dict[Value, str] = {}
        self.count = 0
        self.values = ordered([output.value for output in nest.outputs])
        self.depth: Dict[Value, int] = {}
        for value in self.values:
            depth = max([0, *[self.depth[argument] for argument in value.args]])
            self.depth[value] = depth + 1 if value.op in REDUCTIONS else depth
        self.rows = any(value.op in REDUCTIONS or value.op == "extent" for value in self.values)
        row = nest.sizes[-1]
        self.at_once = row is not None and row <= LARGEST_ROW
        #: Offsets of the operands at the row, without the element.
        self.bases: List[str] = []

    def line(self, text: str) -> None:
        self.lines.append(self.indent + text)

    def let(self, text: str) -> str:
        """A statement that gives a name to an expression."""
        name = f"v{self.count}"
        self.count += 1
        self.line(f"{name} = {text}")
        return name

    # -- the function

    def write(self) -> Source:
        nest = self.nest
        signature = {f"n{d}": "i64" for d, size in enumerate(nest.sizes) if size is None}
        for number, operand in enumerate(nest.inputs):
            signature[f"p{number}"] = _POINTERS[operand.dtype]
        for number, output in enumerate(nest.outputs):
            signature[f"q{number}"] = _POINTERS[output.value.dtype]
        parameters = ", ".join([*signature, "BLOCK: tl.constexpr"])
        self.lines.append(f"def kernel({parameters}):")
        block = BLOCK
        if self.rows:
            block = self._row()
        else:
            self._elements()
        summed = [number for number, output in enumerate(nest.outputs) if self._adds(output)]
        signature["BLOCK"] = "constexpr"
        return Source("\n".join([*self.lines, ""]), signature, block, self.rows, summed)

    @staticmethod
    def _adds(output: Output) -> bool:
        return not all(output.moves[:-1])

    def _product(self, sizes: List[str]) -> str:
        return " * ".join(sizes) if sizes else "1"

    def _indices(self, flat: str, dims: int) -> List[str]:
        """The index along each of the first ``dims`` dimensions, from one over all of them."""
        if dims == 1:
            return [flat]
        names = [flat]
        for d in reversed(range(1, dims)):
            self.line(f"{flat}{d} = {flat} % {self.sizes[d]}")
            self.line(f"{flat} = {flat} // {self.sizes[d]}")
            names.insert(1, f"{flat}{d}")
        return names

    def _offset(self, moves: Sequence[bool], indices: List[str]) -> str:
        """Where an operand is along the dimensions that have an index, in elements."""
        terms = []
        for d, index in enumerate(indices):
            if not moves[d]:
                continue
            inner = [self.sizes[e] for e in range(d + 1, self.rank) if moves[e]]
            terms.append(self._product([index, *inner]))
        return " + ".join(terms)

    def _elements(self) -> None:
        """``BLOCK`` elements of all."""
        self.line("i = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)")
        self.line(f"inside = i < {self._product(self.sizes)}")
        indices = self._indices("i", self.rank)
        self.bases = [self._offset(operand.moves, indices) for operand in self.nest.inputs]
        for value in self.values:
            self._compute(value, "")
        for number, output in enumerate(self.nest.outputs):
            self._store(number, output, self._offset(output.moves, indices), "")

    def _row(self) -> int:
        """One row; the size of its blocks."""
        outer = self.rank - 1
        indices: List[str] = []
        if outer:
            self.line("row = tl.program_id(0).to(tl.int64)")
            indices = self._indices("row", outer)
        self.bases = [self._offset(operand.moves, indices) for operand in self.nest.inputs]
        size = self.nest.sizes[-1]
        if self.at_once:
            assert size is not None
            self.line("i = tl.arange(0, BLOCK)")
            self.line(f"inside = i < {size}")
            for value in self.values:
                self._compute(value, "i")
        else:
            self._passes()
        stores = list(enumerate(self.nest.outputs))
        if not self.at_once:
            full = [pair for pair in stores if pair[1].moves[-1]]
            stores = [pair for pair in stores if not pair[1].moves[-1]]
            if full:
                self._pass([output.value for _, output in full], indices, full)
        for number, output in stores:
            self._store(number, output, self._offset(output.moves, indices), "i")
        return BLOCK if not self.at_once else max(1 << (int(size or 1) - 1).bit_length(), 1)

    def _passes(self) -> None:
        """The reductions in blocks, and what is one value a row, in the order of their needs."""
        deepest = max(self.depth.values())
        for depth in range(deepest + 1):
            for value in self.values:
                if not value.full and self.depth[value] == depth and value.op not in REDUCTIONS:
                    self._compute(value, "i")
            reductions = [
                value
                for value in self.values
                if value.op in REDUCTIONS and self.depth[value] == depth + 1
            ]
            if reductions:
                self._pass(reductions, [], [])

    def _pass(
        self, wanted: List[Value], indices: List[str], stores: List[Tuple[int, Output]]
    ) -> None:
        """A loop over the row's blocks, for reductions or for results."""
        sums = {value: f"a{self.count + n}" for n, value in enumerate(wanted) if not stores}
        self.count += len(sums)
        for value, name in sums.items():
            first = self._first(value)
            self.line(f"{name} = tl.full([BLOCK], {first}, {DTYPES[value.dtype]})")
        before = dict(self.names)
        self.line(f"for start in range(0, {self.sizes[-1]}, BLOCK):")
        self.indent += "    "
        self.line("i = start + tl.arange(0, BLOCK)")
        self.line(f"inside = i < {self.sizes[-1]}")
        roots = [value.args[0] for value in sums] if sums else wanted
        self._need(roots)
        for value, name in sums.items():
            masked = self._masked(value)
            self.line(f"{name} = {self._combined(value, name, masked)}")
        for number, output in stores:
            self._store(number, output, self._offset(output.moves, indices), "i")
        self.indent = self.indent[:-4]
        self.names = before
        for value, name in sums.items():
            self.names[value] = self.let(f"tl.{value.op[7:]}({name}, 0)")

    # -- values

    def _need(self, roots: List[Value]) -> None:
        """Computes what has no name yet, operands first."""
        for root in roots:
            if root not in self.names:
                self._need(list(root.args))
                self._compute(root, "i")

    def _first(self, value: Value) -> str:
        limits = _FIRST[value.op]
        if value.op == "reduce_sum":
            return constant(0, value.dtype)
        if value.dtype in limits:
            return str(limits[value.dtype])
        return 'float("-inf")' if value.op == "reduce_max" else 'float("inf")'

    def _masked(self, value: Value) -> str:
        first = self._first(value)
        if value.dtype in ("double", "i64"):
            first = f"tl.full([], {first}, {DTYPES[value.dtype]})"
        return f"tl.where(inside, {self._name(value.args[0])}, {first})"

    @staticmethod
    def _combined(value: Value, name: str, masked: str) -> str:
        if value.op == "reduce_sum":
            return f"{name} + {masked}"
        nan = ", propagate_nan=tl.PropagateNan.ALL" if value.dtype in ("float", "double") else ""
        return f"tl.{value.op[7:]}imum({name}, {masked}{nan})"

    def _name(self, value: Value) -> str:
        if value.op == "constant":
            return f"tl.full([], {constant(value.payload, value.dtype)}, {DTYPES[value.dtype]})"
        return self.names[value]

    def _compute(self, value: Value, element: str) -> None:
        if value.op == "constant":
            return
        if value.op == "input":
            self.names[value] = self._load(value, element)
        elif value.op == "extent":
            size = self.nest.sizes[-1]
            kind = DTYPES[value.dtype]
            known = f"{self.sizes[-1]}.to({kind})"
            self.names[value] = self.let(known if size is None else f"tl.full([], {size}, {kind})")
        elif value.op in ("fixed", "through"):
            self.names[value] = self._name(value.args[0])
        elif value.op in REDUCTIONS:
            self.names[value] = self.let(f"tl.{value.op[7:]}({self._masked(value)}, 0)")
        else:
            self.names[value] = self.let(expression(value, self.names, self.let))

    def _load(self, value: Value, element: str) -> str:
        moves = self.nest.inputs[value.payload].moves
        base = self.bases[value.payload]
        within = element if moves[-1] else ""
        offset = " + ".join([part for part in (base, within) if part])
        pointer = f"p{value.payload} + {offset}" if offset else f"p{value.payload}"
        block = within or (not element and base)
        return self.let(f"tl.load({pointer}, inside, 0)" if block else f"tl.load({pointer})")

    def _store(self, number: int, output: Output, base: str, element: str) -> None:
        within = element if output.moves[-1] else ""
        offset = " + ".join([part for part in (base, within) if part])
        pointer = f"q{number} + {offset}" if offset else f"q{number}"
        name = self._name(output.value)
        if self._adds(output):
            if not element and not base:
                raise AssertionError("a sum over all is a reduction")
            mask = ", inside" if within or not element else ""
            self.line(f"tl.atomic_add({pointer}, {name}{mask})")
            return
        mask = ", inside" if within or not element else ""
        self.line(f"tl.store({pointer}, {name}{mask})")


def write_kernel(nest: LoopNest) -> Source:
    """The source of a nest.

    Raises:
        CompileError: an operation that there is none of.
    """
    return _Writer(nest).write()


def programs(source: Source, nest: LoopNest, sizes: List[int], block: Optional[int] = None) -> int:
    """How many programs compute a nest.

    Args:
        source: its source.
        nest: the nest.
        sizes: those that are given in the call, in order.
        block: the value of ``BLOCK``; the source's own when ``None``.
    """
    given = iter(sizes)
    known = [next(given) if size is None else size for size in nest.sizes]
    if source.rows:
        known = known[:-1]
    count = 1
    for size in known:
        count *= size
    return count if source.rows else -(-count // (block or source.block))
