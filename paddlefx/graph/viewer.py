"""A graph in the browser: one HTML file with zoom and search that loads nothing else."""

from __future__ import annotations

import os
import tempfile
import webbrowser
from html import escape
from typing import Any

from .drawing import svg_of
from .graph import Graph

__all__ = ["html_of", "show", "write_html", "write_svg"]

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
      content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>%(title)s</title>
<style>
html, body { margin: 0; height: 100%%; overflow: hidden; font: 13px system-ui, sans-serif; }
#bar { position: fixed; top: 8px; left: 8px; padding: 6px; background: #fffd; z-index: 1;
       border: 1px solid #ccc; border-radius: 6px; }
#view { width: 100%%; height: 100%%; cursor: grab; overflow: hidden; }
#view svg { transform-origin: 0 0; overflow: visible; }
</style>
</head>
<body>
<div id="bar">
<input id="search" type="search" placeholder="find a node" aria-label="find a node">
<span id="count">%(count)s nodes</span>
<button id="fit" type="button">fit</button>
</div>
<div id="view">
%(svg)s</div>
<script>
"use strict";
(function () {
  const view = document.getElementById("view"), svg = view.querySelector("svg");
  const search = document.getElementById("search"), count = document.getElementById("count");
  const nodes = Array.from(svg.querySelectorAll(".node"));
  const edges = Array.from(svg.querySelectorAll(".edge"));
  const total = count.textContent;
  let x = 0, y = 0, scale = 1, found = [], current = -1, drag = null;
  function draw() { svg.style.transform = `translate(${x}px, ${y}px) scale(${scale})`; }
  function fit() {
    const width = svg.viewBox.baseVal.width, height = svg.viewBox.baseVal.height;
    scale = Math.min(1.5, view.clientWidth / width, view.clientHeight / height) || 1;
    x = (view.clientWidth - width * scale) / 2;
    y = Math.max(0, (view.clientHeight - height * scale) / 2);
    draw();
  }
  function begin() {
    fit();
    if (scale >= 0.5) return;
    scale = Math.min(1, Math.max(0.5, view.clientWidth / svg.viewBox.baseVal.width));
    if (nodes.length) centre(nodes[0]);
    y = Math.min(Math.max(y, 40), 60);  // too small to read: begin at the top
    draw();
  }
  function zoom(factor, cx, cy) {
    const next = Math.min(8, Math.max(0.02, scale * factor));
    x = cx - (cx - x) * next / scale;
    y = cy - (cy - y) * next / scale;
    scale = next;
    draw();
  }
  function centre(node) {
    if (scale < 0.5) scale = 1;
    draw();
    const box = node.getBoundingClientRect(), frame = view.getBoundingClientRect();
    x += frame.left + frame.width / 2 - (box.left + box.width / 2);
    y += frame.top + frame.height / 2 - (box.top + box.height / 2);
    draw();
  }
  function light(node) {
    const name = node === null ? null : node.dataset.name;
    for (const edge of edges)
      edge.classList.toggle("lit", edge.dataset.from === name || edge.dataset.to === name);
    for (const other of nodes) other.classList.toggle("current", other === node);
  }
  function find() {
    const text = search.value.trim().toLowerCase();
    found = text ? nodes.filter(n => n.dataset.find.includes(text)) : [];
    current = -1;
    for (const node of nodes) node.classList.toggle("found", found.includes(node));
    count.textContent = text ? `${found.length} of ${total}` : total;
    light(null);
    if (found.length) step(1);
  }
  function step(by) {
    if (!found.length) return;
    current = (current + by + found.length) %% found.length;
    light(found[current]);
    centre(found[current]);
  }
  view.addEventListener("wheel", event => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 400), event.clientX, event.clientY);
  }, {passive: false});
  view.addEventListener("pointerdown", event => {
    drag = [event.clientX - x, event.clientY - y];
    const node = event.target.closest(".node");
    light(node);
  });
  window.addEventListener("pointermove", event => {
    if (drag === null) return;
    x = event.clientX - drag[0];
    y = event.clientY - drag[1];
    draw();
  });
  window.addEventListener("pointerup", () => { drag = null; });
  search.addEventListener("input", find);
  search.addEventListener("keydown", event => {
    if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
  });
  document.getElementById("fit").addEventListener("click", fit);
  window.addEventListener("resize", begin);
  begin();
})();
</script>
</body>
</html>
"""


def html_of(graph: Graph, title: str = "graph") -> str:
    """The page: the picture of the graph, with zoom, drag, and search by name, target or line."""
    values = {"title": escape(title), "count": len(graph), "svg": svg_of(graph)}
    return _PAGE % values


def write_svg(graph: Graph, path: Any) -> None:
    """Write the graph's picture to a file."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(svg_of(graph))


def write_html(graph: Graph, path: Any, title: str = "graph") -> None:
    """Write the graph's page to a file; it needs no network."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(html_of(graph, title))


def show(graph: Graph, title: str = "graph") -> str:
    """Open the graph in the browser; the path of the page, which stays in the temporary folder."""
    handle, path = tempfile.mkstemp(prefix="paddlefx-", suffix=".html")
    os.close(handle)
    write_html(graph, path, title)
    webbrowser.open(f"file://{path}")
    return path
