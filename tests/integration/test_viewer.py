"""Pictures of graphs: what is on them, how they are laid out, and the command."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any, Dict, List, Tuple

import paddle
from hypothesis import given, settings
from hypothesis import strategies as st

import paddlefx
from paddlefx.graph import viewer
from paddlefx.graph.drawing import svg_of
from paddlefx.graph.layout import layered

SVG = "{http://www.w3.org/2000/svg}"
_x = paddle.arange(24, dtype="float32").reshape([4, 6])


def traced() -> Any:
    def function(x: Any, y: Any) -> Any:
        z = paddle.nn.functional.softmax(x * y) * 2
        return z, paddle.tanh(z) - x

    return paddlefx.symbolic_trace(function, _x, _x + 1)


def boxes(text: str) -> Dict[str, Tuple[float, float, float, float]]:
    """By node, the corners of its box."""
    found = {}
    for element in ET.fromstring(text).iter(f"{SVG}g"):
        if element.get("class", "").startswith("node "):
            rect = element.find(f"{SVG}rect")
            assert rect is not None
            x, y = float(rect.get("x", "")), float(rect.get("y", ""))
            corner = x + float(rect.get("width", "")), y + float(rect.get("height", ""))
            found[element.get("data-name", "")] = (x, y, *corner)
    return found


def overlapping(placed: Dict[Any, Tuple[float, float, float, float]]) -> List[Tuple[Any, Any]]:
    items = list(placed.items())
    return [
        (one, two)
        for index, (one, a) in enumerate(items)
        for two, b in items[index + 1 :]
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]


def test_every_node_and_edge_is_drawn() -> None:
    layer = traced()
    text = svg_of(layer.graph)
    placed = boxes(text)
    assert sorted(placed) == sorted([node.name for node in layer.graph.nodes])
    assert overlapping(placed) == []
    edges = {
        (path.get("data-from"), path.get("data-to"))
        for path in ET.fromstring(text).iter(f"{SVG}path")
        if path.get("class") == "edge"
    }
    assert edges == {
        (source.name, node.name) for node in layer.graph.nodes for source in node.all_input_nodes
    }
    for source, target in edges:
        assert placed[str(source)][3] < placed[str(target)][1], "arrows lead down"
    assert "float32[4, 6]" in text and "test_viewer.py" in text


def test_groups_are_boxes_around_their_nodes() -> None:
    layer = traced()
    members = layer.graph.find_nodes(op="call_function")[:2]
    for node in members:
        node.meta["fusion_group"] = "kernel <1>"
    text = svg_of(layer.graph)
    (group,) = [
        element
        for element in ET.fromstring(text).iter(f"{SVG}g")
        if element.get("class") == "group"
    ]
    assert group.get("data-group") == "kernel <1>"
    rect = group.find(f"{SVG}rect")
    assert rect is not None
    left, top = float(rect.get("x", "")), float(rect.get("y", ""))
    right = left + float(rect.get("width", ""))
    bottom = top + float(rect.get("height", ""))
    for node in members:
        box = boxes(text)[node.name]
        assert left < box[0] and top < box[1] and box[2] < right and box[3] < bottom


def test_graphs_to_choose_from_are_drawn_too() -> None:
    def function(x: Any) -> Any:
        return paddlefx.cond(x.sum() > 0, lambda a: paddle.exp(a), lambda a: paddle.tanh(a), [x])

    text = svg_of(paddlefx.symbolic_trace(function, _x).graph)
    assert {"exp", "tanh"} <= set(boxes(text)) and "cond, true" in text


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    count=st.integers(1, 40),
    picks=st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=90),
)
def test_layouts_of_random_graphs(count: int, picks: List[Tuple[int, int]]) -> None:
    edges = [
        (min(a % count, b % count), max(a % count, b % count))
        for a, b in picks
        if a % count != b % count
    ]
    sizes = {item: (40.0 + item * 7 % 90, 20.0 + item % 3 * 15) for item in range(count)}
    layout = layered(range(count), edges, sizes)
    placed = {
        item: (
            centre.x - sizes[item][0] / 2,
            centre.y - sizes[item][1] / 2,
            centre.x + sizes[item][0] / 2,
            centre.y + sizes[item][1] / 2,
        )
        for item, centre in layout.centres.items()
    }
    assert len(placed) == count and overlapping(placed) == []
    assert set(layout.routes) == set(edges)
    for source, target in edges:
        assert placed[source][3] < placed[target][1]
    for box in placed.values():
        assert box[0] >= 0 and box[1] >= 0
        assert box[2] <= layout.width and box[3] <= layout.height


def test_files(tmp_path: Path, monkeypatch: Any) -> None:
    layer = traced()
    layer.write_svg(tmp_path / "graph.svg")
    layer.write_html(tmp_path / "graph.html", "a <title>")
    ET.parse(str(tmp_path / "graph.svg"))
    page = (tmp_path / "graph.html").read_text("utf-8")
    assert "a &lt;title&gt;" in page and "default-src 'none'" in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    opened: List[str] = []
    monkeypatch.setattr(viewer.webbrowser, "open", opened.append)
    path = layer.show()
    assert opened == [f"file://{path}"] and Path(path).read_text("utf-8").startswith("<!DOCTYPE")
    Path(path).unlink()


def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "import paddle\n"
        "def f(x, n):\n    return paddle.tanh(x) * n\n"
        "def g(x):\n    return float(x.sum())\n"
        "def net():\n    return paddle.nn.Linear(3, 2)\n"
    )

    def view(*arguments: str) -> Any:
        root = str(Path(paddlefx.__file__).parents[1])
        program = f"import sys; sys.path.insert(0, {root!r}); import runpy; "
        program += "sys.argv = sys.argv[1:]; runpy.run_module('paddlefx', run_name='__main__')"
        command = [sys.executable, "-W", "ignore", "-c", program, "paddlefx", "view", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)

    done = view("mine:f", "-i", "float32[2,3]", "-i", "3", "-o", "f.svg")
    assert done.returncode == 0, done.stderr
    assert "tanh" in boxes((tmp_path / "f.svg").read_text("utf-8"))
    done = view("mine:net", "--call", "--eval", "-i", "float32[2,3]", "-o", "net.html")
    assert done.returncode == 0 and "linear" in (tmp_path / "net.html").read_text("utf-8")
    done = view("mine:g", "-i", "float32[2,3]", "-o", "g.html")
    assert done.returncode == 1 and "mine.py" in done.stderr
    assert view("mine:nothing").returncode == 2 and view("mine").returncode == 2
