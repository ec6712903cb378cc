"""The page of a graph in a real browser without a window: Chromium, or Chrome.

``nox -s viewer`` runs it; Debian's package ``chromium`` brings the browser.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any, Dict

import paddle
import pytest

import paddlefx
from paddlefx.graph.viewer import html_of

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")

#: Before the page's own script: keeps its errors.
_ERRORS = """<script>
window.problems = [];
window.addEventListener("error", event => window.problems.push(String(event.message)));
document.addEventListener("securitypolicyviolation",
  event => window.problems.push("policy: " + event.violatedDirective + event.blockedURI));
</script>"""

#: Behind it: uses the page, and writes down what is seen.
_USE = """<script>
window.addEventListener("load", () => {
  const report = {};
  const nodes = Array.from(document.querySelectorAll(".node"));
  const svg = document.querySelector("#view svg");
  const search = document.getElementById("search");
  const inside = node => {
    const box = node.getBoundingClientRect();
    return box.width > 10 && box.height > 10 && box.left >= 0 && box.top >= 0
      && box.right <= innerWidth && box.bottom <= innerHeight;
  };
  const look = name => {
    search.value = name;
    search.dispatchEvent(new Event("input"));
    const current = document.querySelector(".node.current");
    return {
      found: document.querySelectorAll(".node.found").length,
      count: document.getElementById("count").textContent,
      current: current === null ? null : current.dataset.name,
      visible: current !== null && inside(current),
      lit: document.querySelectorAll(".edge.lit").length,
    };
  };
  report.nodes = nodes.length;
  report.sized = nodes.filter(n => n.getBoundingClientRect().width > 1).length;
  report.first = inside(nodes[0]);
  report.groups = Array.from(document.querySelectorAll(".group")).map(g => g.dataset.group);
  report.tanh = look("tanh");
  search.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter"}));
  report.next = document.querySelector(".node.current").dataset.name;
  report.line = look("test_viewer_page.py");
  report.none = look("nothing like that");
  const before = svg.style.transform;
  document.getElementById("view").dispatchEvent(
    new WheelEvent("wheel", {deltaY: -200, clientX: 300, clientY: 300, cancelable: true}));
  report.zoomed = svg.style.transform !== before;
  document.getElementById("fit").click();
  const all = svg.getBoundingClientRect();
  report.fits = all.right <= innerWidth + 1 && all.bottom <= innerHeight + 1;
  report.problems = window.problems;
  document.body.dataset.report = JSON.stringify(report);
});
</script>"""


def browser() -> str:
    found = [path for path in map(shutil.which, BROWSERS) if path is not None]
    assert found, "this test needs Chromium or Chrome: apt-get install chromium"
    return found[0]


def reported(page: str, folder: Path) -> Dict[str, Any]:
    """What the browser says of a page, errors of its console included."""
    path = folder / "page.html"
    path.write_text(page.replace("<title>", f"{_ERRORS}<title>", 1).replace("</body>", _USE))
    command = [browser(), "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1200,800",
        f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=5000",
        "--enable-logging=stderr", "--dump-dom", path.as_uri()]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    found = re.search(r'data-report="([^"]*)"', done.stdout)
    assert found, f"the page's script didn't end: {done.stderr[-2000:]}"
    report: Dict[str, Any] = json.loads(unescape(found[1]))
    report["console"] = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return report


def test_a_small_graph(tmp_path: Path) -> None:
    def function(x: Any) -> Any:
        y = paddle.tanh(x) * 2
        return paddle.tanh(y) + x

    layer = paddlefx.symbolic_trace(function, paddle.ones([4, 6]))
    first, *_ = layer.graph.find_nodes(op="call_function")
    first.meta["fusion_group"] = 'kernel "1" <&>'
    report = reported(html_of(layer.graph, "small"), tmp_path)
    assert report["problems"] == [] and report["console"] == []
    assert report["nodes"] == report["sized"] == len(layer.graph) and report["first"]
    assert report["groups"] == ['kernel "1" <&>']
    assert report["tanh"]["found"] == 2 and report["tanh"]["visible"]
    assert report["tanh"]["current"] == "tanh" and report["next"] == "tanh_1"
    assert report["tanh"]["count"] == f"2 of {len(layer.graph)} nodes"
    assert report["tanh"]["lit"] == 2
    assert report["line"]["found"] >= 2
    assert report["none"]["found"] == 0 and report["none"]["current"] is None
    assert report["zoomed"] and report["fits"]


def test_a_large_graph(tmp_path: Path) -> None:
    net = paddle.nn.Sequential(
        *[paddle.nn.Sequential(paddle.nn.Linear(8, 8), paddle.nn.Tanh()) for _ in range(60)]
    )
    layer = paddlefx.symbolic_trace(net, paddle.ones([2, 8]))
    report = reported(html_of(layer.graph), tmp_path)
    assert report["problems"] == [] and report["console"] == []
    assert report["nodes"] == report["sized"] == len(layer.graph) > 200
    assert report["first"], "the first node is seen, and large enough to read"
    assert report["tanh"]["found"] >= 60 and report["tanh"]["visible"]
    assert report["zoomed"] and report["fits"]


def test_errors_of_a_page_are_seen(tmp_path: Path) -> None:
    layer = paddlefx.symbolic_trace(paddle.tanh, paddle.ones([2]))
    page = html_of(layer.graph).replace("  fit();\n", "  fit();\n  missing();\n", 1)
    with pytest.raises(AssertionError):
        report = reported(page, tmp_path)
        assert report["problems"] == []
