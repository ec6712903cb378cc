"""Groups of calls that one loop nest can compute.

in: a graph. out: the same graph, whose elementwise calls, reductions over trailing axes and
normalisations (softmax, layer norm) are put into groups: ``node.meta["fusion_group"]`` is the
group's name, and :func:`fusion_groups` gives them as data.

A group has one iteration space. A call belongs to it whose result has that shape; a reduction of
such values over the trailing axes that all reductions of the group share; and a call on such
reduced values, which runs once a row. A group can run at once: no path leads out of it and back,
the framework's state (the gradient mode) is one for all its calls, and nothing writes to what it
reads or gives while it would run.
"""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence, Set, Tuple

from ...tensor_meta import TensorMeta
from ..graph_layer import GraphLayer
from ..loops import Loop
from ..node import Node
from .aliasing import Aliasing

__all__ = ["FusionGroup", "fusion", "fusion_groups"]

_Shape = Tuple[int, ...]


class FusionGroup(NamedTuple):
    """Calls that one loop nest can compute.

    Args:
        name: ``meta["fusion_group"]`` of its nodes.
        nodes: in the order in which they run.
        inputs: the nodes outside whose values it reads, in order of first use.
        outputs: those of its nodes that are used outside.
        shape: the iteration space.
        reduced: how many trailing axes its reductions go over; 0 without any.
    """

    name: str
    nodes: Tuple[Node, ...]
    inputs: Tuple[Node, ...]
    outputs: Tuple[Node, ...]
    shape: _Shape
    reduced: int


class _Growing:
    """A group while it grows."""

    def __init__(self, number: int, shape: _Shape, epoch: int) -> None:
        self.number = number
        self.shape = shape
        self.epoch = epoch
        self.reduced = 0
        self.nodes: List[Node] = []
        #: The numbers of the groups that it depends on directly.
        self.above: Set[int] = set()


def fusion(layer: GraphLayer) -> int:
    """Mark groups; how many there are. See :func:`fusion_groups`."""
    return len(fusion_groups(layer))


def fusion_groups(
    layer: GraphLayer, *, gradients: bool = False, smallest: int = 2
) -> List[FusionGroup]:
    """The groups of a graph, in the order in which they end.

    Args:
        layer: the metas of its graph are changed.
        gradients: take calls through which gradients flow as well.
        smallest: groups of fewer calls are none; a normalisation counts as several.
    """
    return _Grouping(layer, gradients).run(smallest)


class _Grouping:
    def __init__(self, layer: GraphLayer, gradients: bool) -> None:
        self.layer = layer
        self.gradients = gradients
        self.aliasing = Aliasing(layer.graph, layer.operations)
        self.groups: List[_Growing] = []
        self.member: Dict[Node, _Growing] = {}
        #: By node outside of groups, the numbers of the groups that it depends on.
        self.above: Dict[Node, Set[int]] = {}
        self.loops: Dict[Node, Loop] = {}
        #: The calls so far that write or draw.
        self.ordered: List[Node] = []

    def run(self, smallest: int) -> List[FusionGroup]:
        epoch = 0
        for node in self.layer.graph.nodes:
            node.meta.pop("fusion_group", None)
            effects = self.aliasing.effects[node]
            epoch += effects.state or effects.opaque
            loop = self._loop(node)
            if loop is not None:
                self.loops[node] = loop
                self._enter(node, loop, epoch)
            else:
                self.above[node] = self._above(self._needs(node))
            if effects.writes or effects.random:
                self.ordered.append(node)
        return self._finished(smallest)

    def _loop(self, node: Node) -> Optional[Loop]:
        if node.op != "call_function" or not self.aliasing.is_pure(node):
            return None
        meta = node.meta.get("tensor_meta")
        if not isinstance(meta, TensorMeta) or not _is_static(meta.shape) or 0 in meta.shape:
            return None
        if not self.gradients and not meta.stop_gradient:
            return None
        return self.layer.operations.loop(node)

    def _enter(self, node: Node, loop: Loop, epoch: int) -> None:
        candidates: Dict[int, _Growing] = {}
        for argument in node.all_input_nodes:
            group = self.member.get(argument)
            if group is not None:
                candidates[group.number] = group
        for number in sorted(candidates, reverse=True):
            if self._joins(node, loop, candidates[number], epoch):
                self._add(node, loop, candidates[number])
                return
        shape = _space(node, loop)
        group = _Growing(len(self.groups), shape, epoch)
        self.groups.append(group)
        self._add(node, loop, group)

    def _add(self, node: Node, loop: Loop, group: _Growing) -> None:
        outside = [a for a in self._needs(node) if self.member.get(a) is not group]
        group.above |= self._above(outside)
        group.reduced = group.reduced or loop.reduced
        group.nodes.append(node)
        self.member[node] = group

    def _needs(self, node: Node) -> List[Node]:
        """What has to run before a node: its arguments, and by effects."""
        aliasing = self.aliasing
        found = dict.fromkeys(node.all_input_nodes)
        effects = aliasing.effects[node]
        for other in self.ordered:
            written = aliasing.effects[other].writes
            if (effects.random and aliasing.effects[other].random) or any(
                aliasing.may_share(one, argument)
                for one in written
                for argument in node.all_input_nodes
            ):
                found[other] = None
        if effects.writes:
            for other in self.layer.graph.nodes:
                if other is node:
                    break
                if any(
                    aliasing.may_share(one, argument)
                    for one in effects.writes
                    for argument in (other, *other.all_input_nodes)
                ):
                    found[other] = None
        return list(found)

    def _above(self, nodes: Iterable[Node]) -> Set[int]:
        """The groups that nodes are in or depend on."""
        found: Set[int] = set()
        for node in nodes:
            group = self.member.get(node)
            found |= self.above.get(node, set()) if group is None else {group.number}
        return found

    def _closure(self, numbers: Set[int]) -> Set[int]:
        found: Set[int] = set()
        pending = list(numbers)
        while pending:
            number = pending.pop()
            if number not in found:
                found.add(number)
                pending.extend(self.groups[number].above)
        return found

    def _joins(self, node: Node, loop: Loop, group: _Growing, epoch: int) -> bool:
        if group.epoch != epoch or not self._has_shape(node, loop, group):
            return False
        outside = [a for a in self._needs(node) if self.member.get(a) is not group]
        if group.number in self._closure(self._above(outside)):
            return False  # a path leads out of the group and back
        return not self._is_written(node, group)

    def _has_shape(self, node: Node, loop: Loop, group: _Growing) -> bool:
        if loop.reduced:
            return _space(node, loop) == group.shape and group.reduced in (0, loop.reduced)
        shape = _shape(node)
        if shape == group.shape:
            # A row's value broadcast along anything but the reduced axes is another loop nest.
            return all(
                self.member.get(a) is not group or _fits(_shape(a), group)
                for a in node.all_input_nodes
            )
        return bool(group.reduced) and shape in _rows(group)

    def _is_written(self, node: Node, group: _Growing) -> bool:
        """Whether something between writes to what the node reads, or to what the group has."""
        position = self.aliasing.position
        start, end = position[group.nodes[0]], position[node]
        touched = {*node.all_input_nodes}
        for other in group.nodes:
            touched.update([other, *other.all_input_nodes])
        return any(
            start < position[writer] < end
            for value in touched
            for writer in self.aliasing.writers(value)
        )

    def _finished(self, smallest: int) -> List[FusionGroup]:
        found: List[FusionGroup] = []
        position = self.aliasing.position
        for group in sorted(self.groups, key=lambda g: position[g.nodes[-1]]):
            weight = sum([self.loops[node].passes for node in group.nodes])
            if weight < smallest:
                continue
            name = f"group {len(found)}"
            inputs: Dict[Node, None] = {}
            for node in group.nodes:
                node.meta["fusion_group"] = name
                for argument in node.all_input_nodes:
                    if self.member.get(argument) is not group:
                        inputs[argument] = None
            outputs = [
                node
                for node in group.nodes
                if any(self.member.get(user) is not group for user in node.users)
            ]
            nodes = tuple(group.nodes)
            found.append(
                FusionGroup(name, nodes, tuple(inputs), tuple(outputs), group.shape, group.reduced)
            )
        return found


def _shape(node: Node) -> _Shape:
    meta: Any = node.meta.get("tensor_meta")
    return tuple(meta.shape) if isinstance(meta, TensorMeta) else ()


def _is_static(shape: Sequence[Any]) -> bool:
    return all(type(size) is int and size >= 0 for size in shape)


def _space(node: Node, loop: Loop) -> _Shape:
    """The iteration space of a call alone."""
    return _shape(node) if loop.operand is None else _shape(loop.operand)


def _rows(group: _Growing) -> Tuple[_Shape, _Shape]:
    """The shapes of a value that is one for each row: with the reduced axes, and without."""
    kept = group.shape[: len(group.shape) - group.reduced]
    return (*kept, *[1] * group.reduced), kept


def _fits(shape: _Shape, group: _Growing) -> bool:
    """Whether a value of the group can be read in its iteration space."""
    return shape == group.shape or (bool(group.reduced) and shape == _rows(group)[0])
