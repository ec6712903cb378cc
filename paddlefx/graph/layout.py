"""Where the nodes of a drawn graph go: layers from top to bottom (Sugiyama, Tagawa, Toda 1981).

Layers by the longest path, dummy points where an edge passes a layer, the order within a layer by
barycentres, and places near the mean of the neighbours.
"""

from __future__ import annotations

import bisect
from typing import Dict, Generic, Hashable, Iterable, List, NamedTuple, Sequence, Tuple, TypeVar

__all__ = ["Layout", "Point", "layered"]

T = TypeVar("T", bound=Hashable)

_SWEEPS = 7  # the last one downward


class Point(NamedTuple):
    """A place on the drawing, in pixels."""

    x: float
    y: float


class Layout(Generic[T]):
    """Places.

    Args:
        centres: by item, its centre.
        routes: by edge, the points it passes, from the bottom of one item to the top of another.
        width: of the whole drawing.
        height: likewise.
    """

    def __init__(
        self,
        centres: Dict[T, Point],
        routes: Dict[Tuple[T, T], List[Point]],
        width: float,
        height: float,
    ) -> None:
        self.centres = centres
        self.routes = routes
        self.width = width
        self.height = height


class _Spot:
    """An item in its layer, or a dummy point of an edge."""

    __slots__ = ("above", "below", "is_dummy", "layer", "rank", "width", "x")

    def __init__(self, layer: int, width: float, is_dummy: bool = False) -> None:
        self.is_dummy = is_dummy
        self.layer = layer
        self.width = width
        self.above: List[_Spot] = []
        self.below: List[_Spot] = []
        self.rank = 0
        self.x = 0.0


def layered(
    items: Sequence[T],
    edges: Iterable[Tuple[T, T]],
    sizes: Dict[T, Tuple[float, float]],
    gap: Tuple[float, float] = (26.0, 46.0),
) -> Layout[T]:
    """Lay out a graph without cycles.

    Args:
        items: in an order in which each edge leads forward.
        edges: from one item to a later one; repeated ones count once.
        sizes: by item, width and height.
        gap: between neighbours in a layer, and between layers.
    """
    unique = list(dict.fromkeys(edges))
    layers = _layers(items, unique)
    spots: Dict[T, _Spot] = {item: _Spot(layers[item], sizes[item][0]) for item in items}
    rows: List[List[_Spot]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for item in items:
        rows[layers[item]].append(spots[item])
    chains: Dict[Tuple[T, T], List[_Spot]] = {}
    for source, target in unique:
        chain = [spots[source]]
        for layer in range(layers[source] + 1, layers[target]):
            dummy = _Spot(layer, 8.0, True)
            rows[layer].append(dummy)
            chain.append(dummy)
        chain.append(spots[target])
        for upper, lower in zip(chain, chain[1:]):
            upper.below.append(lower)
            lower.above.append(upper)
        chains[source, target] = chain
    _order(rows)
    _place(rows, gap[0])
    heights = [0.0] * len(rows)
    for item in items:
        heights[layers[item]] = max(heights[layers[item]], sizes[item][1])
    tops, y = [], gap[0]
    for height in heights:
        tops.append(y)
        y += height + gap[1]
    centres = {
        item: Point(spots[item].x, tops[layers[item]] + heights[layers[item]] / 2) for item in items
    }
    routes = {}
    for (source, target), chain in chains.items():
        start = Point(centres[source].x, centres[source].y + sizes[source][1] / 2)
        end = Point(centres[target].x, centres[target].y - sizes[target][1] / 2)
        middle = [Point(s.x, tops[s.layer] + heights[s.layer] / 2) for s in chain[1:-1]]
        routes[source, target] = [start, *middle, end]
    right = max([spot.x + spot.width / 2 for row in rows for spot in row], default=0.0)
    return Layout(centres, routes, right + gap[0], y)


def _layers(items: Sequence[T], edges: List[Tuple[T, T]]) -> Dict[T, int]:
    """By longest path; an item that nothing leads to stands right above its first user."""
    layers: Dict[T, int] = dict.fromkeys(items, 0)
    forward: Dict[T, List[T]] = {}
    sources = set(items)
    for source, target in edges:
        forward.setdefault(source, []).append(target)
        sources.discard(target)
    for item in items:
        for target in forward.get(item, ()):
            layers[target] = max(layers[target], layers[item] + 1)
    for item in sources:
        if item in forward:
            layers[item] = min([layers[target] for target in forward[item]]) - 1
    return layers


def _order(rows: List[List[_Spot]]) -> None:
    for row in rows:
        for rank, spot in enumerate(row):
            spot.rank = rank
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else rows[::-1]:
            keys = {}
            for spot in row:
                near = spot.above if down else spot.below
                ranks = [other.rank for other in near]
                keys[spot] = sum(ranks) / len(ranks) if ranks else float(spot.rank)
            row.sort(key=keys.__getitem__)
            for rank, spot in enumerate(row):
                spot.rank = rank


def _place(rows: List[List[_Spot]], gap: float) -> None:
    for row in rows:
        x = 0.0
        for spot in row:
            spot.x = x + spot.width / 2
            x += spot.width + gap
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else rows[::-1]:
            wanted = []
            for spot in row:
                near = spot.above if down else spot.below
                if down:  # what starts there, a parameter, doesn't pull
                    near = [other for other in near if other.above] or near
                wanted.append(sum([o.x for o in near]) / len(near) if near else spot.x)
            _settle(row, wanted, gap)
    left = min([spot.x - spot.width / 2 for row in rows for spot in row], default=0.0)
    for row in rows:
        for spot in row:
            spot.x += gap - left


def _settle(row: List[_Spot], wanted: List[float], gap: float) -> None:
    """Each as near to its place as those before it allow (the priority method of Sugiyama).

    Dummy points come first, so that long edges are straight, then what has neighbours above;
    what starts in the row, a parameter, takes the room that is left.
    """
    offsets = [0.0]
    for one, other in zip(row, row[1:]):
        offsets.append(offsets[-1] + (one.width + other.width) / 2 + gap)
    settled: List[int] = []
    for index in sorted(range(len(row)), key=lambda i: (_priority(row[i]), i)):
        place = bisect.bisect(settled, index)
        x = wanted[index]
        if place:
            left = settled[place - 1]
            x = max(x, row[left].x + offsets[index] - offsets[left])
        if place < len(settled):
            right = settled[place]
            x = min(x, row[right].x - (offsets[right] - offsets[index]))
        row[index].x = x
        settled.insert(place, index)


def _priority(spot: _Spot) -> int:
    if spot.is_dummy:
        return 0
    return 1 if spot.above else 2
