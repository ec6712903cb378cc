"""A graph as an SVG picture: boxes with operation, shape, dtype and source line, and arrows."""

from __future__ import annotations

import os
from typing import Dict, List, Tuple
from xml.sax.saxutils import escape, quoteattr

from .graph import Graph
from .layout import Layout, Point, layered
from .node import Node
from .printing import Row, rows

__all__ = ["STYLE", "svg_of"]

_CHARACTER = 7.3
_LINE = 16.0
_LONGEST = 34
_TITLE = 30.0

#: The look of a picture; fonts and colours only.
STYLE = """
svg { font: 12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; background: #fff; }
.node rect { fill: #eef3fb; stroke: #5b7db1; }
.node.placeholder rect { fill: #e9f7ec; stroke: #4c9a63; }
.node.get_attr rect { fill: #fdf5e2; stroke: #c09a3e; }
.node.output rect { fill: #f7e9f0; stroke: #b1607f; }
.node .name { font-weight: bold; }
.node .detail { fill: #555; }
.node.found rect { stroke: #d9381e; stroke-width: 3; }
.node.current rect { fill: #ffe9a8; }
.edge { fill: none; stroke: #8894a6; marker-end: url(#arrow); }
.edge.lit { stroke: #d9381e; stroke-width: 2; }
.group rect { fill: #f3eefc; stroke: #8c6fc4; stroke-dasharray: 5 3; }
.group text { fill: #6b4fa5; }
.title { font-size: 14px; font-weight: bold; }
""".strip()

_ARROW = (
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
    'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#8894a6"/></marker></defs>'
)


def svg_of(graph: Graph) -> str:
    """The picture of a graph; those that its nodes choose from follow below.

    A node's ``meta["fusion_group"]``, a string, puts it into a box with the others of the group.
    """
    parts: List[str] = []
    width, y = 0.0, 0.0
    pending: List[Tuple[str, Graph]] = [("", graph)]
    while pending:
        title, current = pending.pop(0)
        if title:
            parts.append(f'<text class="title" x="26" y="{y + 20:.0f}">{escape(title)}</text>')
            y += _TITLE
        text, layout = _drawn(current)
        parts.append(f'<g transform="translate(0 {y:.0f})">{text}</g>')
        y += layout.height
        width = max(width, layout.width)
        for node in current.nodes:
            for name, inner in getattr(node.target, "graphs", {}).items():
                pending.append((f"{title}{node.name}, {name}", inner))
    size = f'width="{width:.0f}" height="{y:.0f}" viewBox="0 0 {width:.0f} {y:.0f}"'
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n<style>{STYLE}</style>\n{_ARROW}\n'
        f"{body}\n</svg>\n"
    )


def _lines(row: Row) -> List[str]:
    """What a box says: name and operation, shape and dtype, the source line."""
    if row.op == "call_function":
        first = f"{row.name} = {row.target}"
    elif row.op == "output":
        first = "output"
    else:
        first = row.name if row.name == row.target else f"{row.name}: {row.target}"
    return [line for line in (first, f"{row.dtype}{row.shape}", row.source) if line]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _drawn(graph: Graph) -> Tuple[str, Layout[Node]]:
    nodes = list(graph.nodes)
    described = dict(zip(nodes, rows(graph)))
    lines = {node: _lines(described[node]) for node in nodes}
    sizes = {
        node: (
            max([len(_short(line)) for line in lines[node]]) * _CHARACTER + 16,
            len(lines[node]) * _LINE + 10,
        )
        for node in nodes
    }
    edges = [(source, node) for node in nodes for source in node.all_input_nodes]
    layout = layered(nodes, edges, sizes)
    parts = _groups(nodes, layout, sizes)
    for (source, target), route in layout.routes.items():
        parts.append(
            f'<path class="edge" data-from={quoteattr(source.name)} '
            f'data-to={quoteattr(target.name)} d="{_curve(route)}"/>'
        )
    for node in nodes:
        parts.append(_box(node, described[node], lines[node], layout.centres[node], sizes[node]))
    return "\n".join(parts), layout


def _curve(route: List[Point]) -> str:
    text = f"M{route[0].x:.1f} {route[0].y:.1f}"
    for one, two in zip(route, route[1:]):
        middle = (one.y + two.y) / 2
        text += f"C{one.x:.1f} {middle:.1f} {two.x:.1f} {middle:.1f} {two.x:.1f} {two.y:.1f}"
    return text


def _box(node: Node, row: Row, lines: List[str], centre: Point, size: Tuple[float, float]) -> str:
    left, top = centre.x - size[0] / 2, centre.y - size[1] / 2
    position = node.position
    where = "" if position is None else f"\n{os.path.normpath(position.filename)}: {position}"
    told = f"{row.name} = {row.target}({row.args})\n{row.dtype} {row.shape}{where}"
    find = " ".join([*lines, where]).lower()
    texts = "".join(
        [
            f'<text class="{"detail" if index else "name"}" x="{left + 8:.1f}" '
            f'y="{top + 17 + index * _LINE:.1f}">{escape(_short(line))}</text>'
            for index, line in enumerate(lines)
        ]
    )
    return (
        f'<g class="node {node.op}" data-name={quoteattr(node.name)} '
        f"data-find={quoteattr(find)}><title>{escape(told)}</title>"
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{size[0]:.1f}" height="{size[1]:.1f}" rx="5"/>'
        f"{texts}</g>"
    )


def _groups(
    nodes: List[Node], layout: Layout[Node], sizes: Dict[Node, Tuple[float, float]]
) -> List[str]:
    members: Dict[str, List[Node]] = {}
    for node in nodes:
        group = node.meta.get("fusion_group")
        if group is not None:
            members.setdefault(str(group), []).append(node)
    parts = []
    for name, inside in members.items():
        left = min([layout.centres[node].x - sizes[node][0] / 2 for node in inside]) - 9
        right = max([layout.centres[node].x + sizes[node][0] / 2 for node in inside]) + 9
        top = min([layout.centres[node].y - sizes[node][1] / 2 for node in inside]) - 20
        bottom = max([layout.centres[node].y + sizes[node][1] / 2 for node in inside]) + 9
        parts.append(
            f'<g class="group" data-group={quoteattr(name)}><rect x="{left:.1f}" y="{top:.1f}" '
            f'width="{right - left:.1f}" height="{bottom - top:.1f}" rx="9"/>'
            f'<text x="{left + 7:.1f}" y="{top + 14:.1f}">{escape(name)}</text></g>'
        )
    return parts
