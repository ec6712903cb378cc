"""Which nodes of a graph become one kernel.

in: a graph. out: its nodes in clusters, in an order in which they can run: kernels with their
plans, and single nodes.

A node joins the groups that make its operands when the group stays *convex* (nothing outside
stands between two of its nodes) and one loop nest can compute it. No group spans a node with
an effect: what is written in place, or a mode that is set, stays between the same nodes.
"""

from __future__ import annotations

import heapq
from typing import Callable, Dict, List, NamedTuple, Optional, Set

from ...graph import GraphLayer, Node
from ...graph.passes.aliasing import Aliasing
from .gradient import gradient_plan
from .planning import Plan, plan
from .reading import Reading, meta_of, read

__all__ = ["Cluster", "clusters"]

#: More nodes in one kernel take long to compile, and too many registers.
LARGEST = 64


class Cluster(NamedTuple):
    """Nodes that run together.

    Args:
        nodes: in order.
        readings: how a kernel computes them; empty for a node that runs as it is.
        plan: the kernel's; ``None`` for such a node.
        gradients: the plan of its gradients, where autograd records it.
    """

    nodes: List[Node]
    readings: Dict[Node, Reading]
    plan: Optional[Plan]
    gradients: Optional[Plan] = None


class _Grouping:
    """Groups the nodes between two effects."""

    def __init__(self, nodes: List[Node], is_written: Callable[[Node], bool]) -> None:
        self.is_written = is_written
        self.order = {node: number for number, node in enumerate(nodes)}
        self.readings: Dict[Node, Reading] = {}
        self.group_of: Dict[Node, List[Node]] = {}

    def add(self, node: Node, reading: Optional[Reading]) -> None:
        if reading is None:
            return
        self.readings[node] = reading
        producers: List[List[Node]] = []
        for operand in reading.tensors:
            group = self.group_of.get(operand)
            if group is not None and group not in producers:
                producers.append(group)
        attempts = [producers] if len(producers) > 1 else []
        attempts += [[group] for group in sorted(producers, key=len, reverse=True)]
        for attempt in attempts:
            members = sorted([*[n for g in attempt for n in g], node], key=self.order.__getitem__)
            if len(members) <= LARGEST and self._convex(members) and self._plan(members):
                break
        else:
            members = [node]
            if self._plan(members) is None:
                return
        for member in members:
            self.group_of[member] = members

    def _plan(self, members: List[Node]) -> Optional[Plan]:
        inside = set(members)
        needed = {node for node in members if any(user not in inside for user in node.users)} or {
            members[-1]
        }
        readings = {node: self.readings[node] for node in members}
        found = plan(readings, needed)
        if found is not None and any(reading.records for reading in readings.values()):
            # Autograd keeps what the kernel reads; the operations themselves may keep less.
            if any(self.is_written(node) for node in found.inputs) or not _gradients(found):
                return None
        return found

    def _convex(self, members: List[Node]) -> bool:
        """Whether no operand from outside depends on a member."""
        inside = set(members)
        seen: Set[Node] = set()
        stack = [
            operand for node in members for operand in node.all_input_nodes if operand not in inside
        ]
        while stack:
            node = stack.pop()
            if node in inside:
                return False
            if node in seen or node not in self.order:
                continue
            group = self.group_of.get(node, [node])
            seen.update(group)
            for member in group:
                if member in inside:
                    return False
                stack.extend(o for o in member.all_input_nodes if o not in seen)
        return True

    def result(self, smallest: int) -> List[Cluster]:
        """The clusters, in an order in which they can run, close to that of the nodes."""
        groups: Dict[Node, List[Node]] = {}
        for node in self.order:
            members = self.group_of.get(node)
            if members is not None and not _worthwhile(
                {n: self.readings[n] for n in members}, smallest
            ):
                members = None
            groups[node] = [node] if members is None else members
        waiting: Dict[int, int] = {}
        users: Dict[int, List[List[Node]]] = {}
        unique = {id(group): group for group in groups.values()}
        for key, group in unique.items():
            needs = {
                id(groups[operand])
                for node in group
                for operand in node.all_input_nodes
                if operand in groups and groups[operand] is not group
            }
            waiting[key] = len(needs)
            for need in needs:
                users.setdefault(need, []).append(group)
        heap = [(self.order[g[0]], key) for key, g in unique.items() if not waiting[key]]
        heapq.heapify(heap)
        clusters_: List[Cluster] = []
        while heap:
            _, key = heapq.heappop(heap)
            group = unique[key]
            found = None
            if group[0] in self.group_of and groups[group[0]] is self.group_of[group[0]]:
                found = self._plan(group)
            readings = {} if found is None else {node: self.readings[node] for node in group}
            gradients = None
            if found is not None and any(reading.records for reading in readings.values()):
                gradients = _gradients(found)
            clusters_.append(Cluster(group, readings, found, gradients))
            for user in users.get(key, ()):
                waiting[id(user)] -= 1
                if not waiting[id(user)]:
                    heapq.heappush(heap, (self.order[user[0]], id(user)))
        assert sum(len(cluster.nodes) for cluster in clusters_) == len(self.order)
        return clusters_


def _gradients(found: Plan) -> Optional[Plan]:
    """The plan of a plan's gradients; ``None`` when a kernel can't compute them."""
    wanted = {node for node in found.inputs if _records(node)}
    given = {node for node in found.outputs if _records(node)}
    return gradient_plan(found, wanted, given) if wanted and given else None


def _records(node: Node) -> bool:
    meta = meta_of(node)
    return meta is not None and not meta.stop_gradient


def _worthwhile(readings: Dict[Node, Reading], smallest: int) -> bool:
    records = any(reading.records for reading in readings.values())
    # What autograd calls is a Python function: as dear as two operations.
    if len(readings) > (2 if records else 1):
        return True
    reading = next(iter(readings.values()))
    elements = 1
    for size in reading.shape:
        elements *= max(size, 1)
    return (reading.heavy and not records) or elements >= smallest


def clusters(layer: GraphLayer, has_effect: Callable[[Node], bool], smallest: int) -> List[Cluster]:
    """The graph's nodes, each in one cluster, in an order in which they can run.

    Args:
        layer: the graph.
        has_effect: whether a node does more than compute its result.
        smallest: a lone operation of few instructions becomes a kernel when it has that many
            elements: then its tensors don't fit a cache, and memory used again gains.
    """
    graph = layer.graph
    memory = Aliasing(graph, layer.operations)
    found: List[Cluster] = []
    stretch: List[Node] = []

    def finish() -> None:
        grouping = _Grouping(stretch, memory.is_written)
        for node in stretch:
            grouping.add(node, read(node))
        found.extend(grouping.result(smallest))
        stretch.clear()

    for node in graph.nodes:
        if node.op == "call_function" and not has_effect(node):
            stretch.append(node)
        else:
            finish()
            found.append(Cluster([node], {}, None))
    finish()
    return found
