"""Tensors whose data is known during capture, and what code may therefore ask of them.

A tensor made of constants, the shape of another one, and what small operations compute of such
are operations of the graph like all others. But their data is known beforehand, so `item()`,
`numpy()`, a branch, or a size given as a tensor need no break. The data is never computed by
rules of our own: the framework runs the very operation on the very data.

Where sizes vary from call to call, a list of sizes is known as symbolic numbers. What is
computed of them is found as shapes are (:mod:`.symbolic_shapes`): from what comes out in some
imagined calls. Where that doesn't give a formula, asking for the data makes the sizes constants.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Dict, FrozenSet, List, NamedTuple, Optional, Tuple

from ...errors import InferenceError
from ...graph import Node
from ...graph.node import iter_nodes, map_nodes
from ...symbolic import SAMPLES, Root, Specialise, SymbolicNumber
from ...tensor_meta import TensorMeta
from . import symbolic_shapes

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["LIMIT", "KnownData", "Numbers"]

#: Elements of a result that is computed beforehand.
LIMIT = 1024
#: The same where it is computed for each of the imagined calls.
SYMBOLIC_LIMIT = 64

_NOTHING: FrozenSet[Node] = frozenset()


class Numbers(NamedTuple):
    """The data of a tensor of ints, some of which vary from call to call.

    Args:
        flat: ints and symbolic numbers.
        shape: the tensor's.
        dtype: the tensor's.
    """

    flat: Tuple[Any, ...]
    shape: Tuple[int, ...]
    dtype: Any

    def nested(self) -> Any:
        """As ``tolist()`` gives it."""

        def part(values: List[Any], shape: Tuple[int, ...]) -> Any:
            if not shape:
                return values[0]
            step = len(values) // shape[0] if shape[0] else 0
            return [part(values[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])]

        return part(list(self.flat), self.shape)

    def roots(self) -> FrozenSet[Root]:
        """What the numbers depend on."""
        numbers = [item for item in self.flat if type(item) is SymbolicNumber]
        return frozenset().union(*[number.roots for number in numbers])


class _Varies(Exception):
    """A call of known data and of numbers that vary.

    Args:
        roots: what they depend on.
    """

    def __init__(self, roots: FrozenSet[Root]) -> None:
        super().__init__()
        self.roots = roots


class KnownData:
    """What is known of the data of a graph's tensors.

    Args:
        machine: the capture.
    """

    def __init__(self, machine: Machine) -> None:
        self._framework = machine.framework
        self._symbols = machine.symbols
        #: Real tensors, or lists and tuples of them, by the node that gives them.
        self._tensors: Dict[Node, Any] = {}
        self._numbers: Dict[Node, Numbers] = {}
        #: By node, the sizes that its data follows from, where no formula was found.
        self._follows: Dict[Node, FrozenSet[Root]] = {}
        #: The numbers that inputs of the graph stand for.
        self.inputs: Dict[Node, SymbolicNumber] = {}
        #: Whether the data of any tensor was written to.
        self.any_written: bool = False
        #: By node, the known ones with which its result may share memory.
        self._shares: Dict[Node, FrozenSet[Node]] = {}

    # -- asked

    def tensor(self, node: Node) -> Any:
        """The real tensor with the data of a node's result; ``None`` when it isn't known.

        Nobody may write to it.
        """
        found = self._tensors.get(node)
        return None if isinstance(found, (tuple, list)) else found

    def numbers(self, node: Node) -> Optional[Numbers]:
        """The data of a node's result, with numbers that vary in it."""
        return self._numbers.get(node)

    def knows(self, node: Node) -> bool:
        """Whether anything is known of the data of a node's result."""
        return node in self._tensors or node in self._numbers or node in self._follows

    def value(self, node: Node) -> Any:
        """The data as ``tolist()`` gives it, symbolic numbers in it; ``None``: unknown."""
        tensor = self.tensor(node)
        if tensor is not None:
            return tensor.tolist()
        found = self._numbers.get(node)
        return None if found is None else found.nested()

    def need(self, node: Node) -> None:
        """The very data of a node's result is asked for.

        Raises:
            Specialise: it follows from sizes that vary.
        """
        found = self._numbers.get(node)
        roots = self._follows.get(node) if found is None else found.roots()
        if roots is not None:
            raise Specialise(roots)

    def outcome(self, target: Any, args: Any, kwargs: Any) -> Any:
        """What a call of known data gives, as metas; ``None`` when its data isn't known.

        It is asked where inference can't tell: the shape depends on the data.

        Args:
            target: the call's.
            args: its arguments, nodes for tensors.
            kwargs: its keyword arguments, likewise.

        Raises:
            Specialise: the shape follows from sizes that vary.
        """
        nodes = list(iter_nodes((args, kwargs)))
        if not nodes or not self._framework.computes(target):
            return None
        if not all(node in self.inputs or _stops(node.meta["tensor_meta"]) for node in nodes):
            return None
        try:
            found = self._run(target, args, kwargs)
        except _Varies as signal:
            if self._framework.copies_constants(target):
                raise Specialise(signal.roots) from signal
            return None  # sizes may do as numbers
        return None if found is None else self._described(found)

    def refusal(self, target: Any, args: Any, metas: Any) -> Optional[InferenceError]:
        """Why the framework refuses a call that has known data among its arguments.

        Inference was asked with numbers in the place of tensors; what is a number to it may be
        refused as a tensor. So the call runs, on stand-ins for the tensors that aren't known.

        Args:
            target: the call's.
            args: its positional arguments and those by name, nodes for tensors.
            metas: the same with metas for nodes.
        """
        given, named = self._stand_in(args, symbolic_shapes.concrete(metas))
        try:
            self._framework.evaluated(target, given, named)
        except InferenceError as error:
            return error
        return None

    def _stand_in(self, part: Any, meta: Any) -> Any:
        if isinstance(part, Node):
            if part in self.inputs:
                return self.inputs[part].value
            if part in self._numbers:
                known = self._numbers[part]
                flat = [_sample(item, 0) for item in known.flat]
                return self._framework.tensor_of(flat, known.shape, known.dtype)
            return self._framework.stand_in(meta, self.tensor(part))
        if isinstance(part, (tuple, list)):
            return type(part)([self._stand_in(*two) for two in zip(part, meta)])
        if isinstance(part, dict):
            return {key: self._stand_in(item, meta[key]) for key, item in part.items()}
        if isinstance(part, slice):
            both = zip((part.start, part.stop, part.step), (meta.start, meta.stop, meta.step))
            return slice(*[self._stand_in(*two) for two in both])
        return part

    # -- told

    def adopt(self, node: Node, number: Any) -> None:
        """The one element of an input: an int or a bool that guards fix, or a symbolic number."""
        meta: TensorMeta = node.meta["tensor_meta"]
        if type(number) is SymbolicNumber:
            self._numbers[node] = Numbers((number,), meta.shape, meta.dtype)
        else:
            self._tensors[node] = self._framework.tensor_of([number], meta.shape, meta.dtype)
        self._shares[node] = frozenset([node])

    def note(
        self, node: Node, args: Tuple[Any, ...], kwargs: Dict[str, Any], metas: Tuple[Any, ...]
    ) -> None:
        """A node that writes to nothing was recorded.

        Args:
            node: it, with the description of its result.
            args: its arguments, with nodes for tensors and for numbers that vary.
            kwargs: its keyword arguments, likewise.
            metas: its arguments with metas for nodes.
        """
        result = node.meta["tensor_meta"]
        known = symbolic_shapes.concrete(metas) if self._symbols else metas
        sizes = self._framework.known_sizes(node.target, known)
        if sizes is not None:
            self._note_sizes(node, metas, sizes, result)
            return
        parts = [self._shares[n] for n in iter_nodes((args, kwargs)) if n in self._shares]
        shares = _NOTHING if self._framework.makes_new(node.target) else _NOTHING.union(*parts)
        if self._framework.computes(node.target) and _elements(result) <= LIMIT:
            try:
                found = self._run(node.target, args, kwargs)
            except _Varies as signal:
                self._note_varying(node, args, kwargs, result, signal.roots)
                shares |= {node}
            else:
                if found is not None and self._framework.same_tensors(result, found):
                    self._tensors[node] = found
                    shares |= {node}
        if shares:
            self._shares[node] = shares

    def part(self, node: Node, whole: Node, index: int) -> None:
        """``node`` takes an item of what another one gives."""
        found = self._tensors.get(whole)
        if isinstance(found, (tuple, list)):
            self._tensors[node] = found[index]
        if whole in self._shares:
            self._shares[node] = self._shares[whole] | {node}

    def written(self, nodes: List[Node]) -> None:
        """A call that writes to something has these tensors among its arguments.

        The known data of those that may share memory with them is forgotten.
        """
        self.any_written = True
        touched = _NOTHING.union(*[self._shares.get(node, _NOTHING) for node in nodes])
        if not touched:
            return
        for node, shares in self._shares.items():
            if not shares.isdisjoint(touched):
                for table in (self._tensors, self._numbers, self._follows):
                    table.pop(node, None)
        for node in nodes:  # and from now on they may share it with each other
            self._shares[node] = self._shares.get(node, _NOTHING) | touched

    # -- running

    def _run(self, target: Any, args: Any, kwargs: Any) -> Any:
        """What a call really gives; ``None`` when some of its data isn't known.

        Raises:
            _Varies: it is known but for sizes that vary.
        """
        roots: FrozenSet[Root] = frozenset()
        for node in iter_nodes((args, kwargs)):
            if node in self._numbers:
                roots |= self._numbers[node].roots()
            elif node in self._follows:
                roots |= self._follows[node]
            elif node in self.inputs:
                roots |= self.inputs[node].roots
            elif node not in self._tensors:
                return None
        if roots:
            raise _Varies(roots)
        try:
            return self._framework.evaluated(
                target,
                map_nodes(args, self._tensors.__getitem__),
                map_nodes(kwargs, self._tensors.__getitem__),
            )
        except InferenceError:
            return None

    def _note_sizes(self, node: Node, metas: Tuple[Any, ...], sizes: Any, result: Any) -> None:
        meta: TensorMeta = metas[0]
        symbols = list(symbolic_shapes.symbols_in(meta))
        if not symbols:
            self._tensors[node] = self._framework.tensor_of(sizes, result.shape, result.dtype)
        elif len(sizes) == len(meta.shape) and result.shape == (len(sizes),):
            self._numbers[node] = Numbers(tuple(meta.shape), result.shape, result.dtype)
        else:
            self._follows[node] = frozenset().union(*[symbol.roots for symbol in symbols])
        self._shares[node] = frozenset([node])

    def _note_varying(
        self, node: Node, args: Any, kwargs: Any, result: Any, roots: FrozenSet[Root]
    ) -> None:
        found = None
        fits = isinstance(result, TensorMeta) and _elements(result) <= SYMBOLIC_LIMIT
        if fits and self._framework.computes_sizes(node.target):
            found = self._fitted(node.target, args, kwargs, result)
        if found is None:
            self._follows[node] = roots
        elif found.roots():
            self._numbers[node] = found
        else:
            self._tensors[node] = self._framework.tensor_of(list(found.flat), *found[1:])

    def _fitted(self, target: Any, args: Any, kwargs: Any, result: TensorMeta) -> Any:
        """The elements of a result as formulas of the sizes that vary; ``None``: there are none."""
        symbols: Dict[int, SymbolicNumber] = {}
        for node in iter_nodes((args, kwargs)):
            known = self._numbers.get(node)
            if known is None and node not in self._tensors and node not in self.inputs:
                return None
            for item in (self.inputs.get(node),) if known is None else known.flat:
                if type(item) is SymbolicNumber:
                    symbols[id(item)] = item
        if next(symbolic_shapes.symbols_in(result), None) is not None:
            return None
        rows = []
        for place in range(SAMPLES):

            def held(node: Node, place: int = place) -> Any:
                if node in self.inputs:
                    return _sample(self.inputs[node], place)
                known = self._numbers.get(node)
                if known is None:
                    return self._tensors[node]
                values = [_sample(item, place) for item in known.flat]
                return self._framework.tensor_of(values, known.shape, known.dtype)

            try:
                found = self._framework.evaluated(
                    target, map_nodes(args, held), map_nodes(kwargs, held)
                )
            except InferenceError:
                return None
            if not self._framework.same_tensors(result, found):
                return None
            values = _flat(found.tolist())
            if any(type(value) is not int for value in values):
                return None
            rows.append(values)
        items = [symbolic_shapes.fitted(tuple(c), list(symbols.values())) for c in zip(*rows)]
        if any(item is None for item in items):
            return None
        return Numbers(tuple(items), result.shape, result.dtype)

    def _described(self, found: Any) -> Any:
        if isinstance(found, (tuple, list)):
            return type(found)([self._described(item) for item in found])
        return found if found is None else self._framework.tensor_meta(found)


def _stops(meta: Any) -> bool:
    return isinstance(meta, TensorMeta) and meta.stop_gradient


def _sample(item: Any, place: int) -> Any:
    return item.samples[place] if type(item) is SymbolicNumber else item


def _flat(value: Any) -> List[Any]:
    if type(value) is list:
        return [item for part in value for item in _flat(part)]
    return [value]


def _elements(value: Any) -> float:
    """How many elements the tensors described have, in the call at hand."""
    if isinstance(value, TensorMeta):
        sizes = symbolic_shapes.concrete(value).shape
        return math.prod(sizes) if all(size >= 0 for size in sizes) else math.inf
    if isinstance(value, (tuple, list)):
        return sum([_elements(item) for item in value])
    return 0
