"""A graph as a table for people."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Iterator, List, NamedTuple

from ..tensor_meta import TensorMeta
from .node import Node

if TYPE_CHECKING:
    from .graph import Graph

__all__ = ["Row", "format_argument", "print_tabular", "rows", "target_name"]

_COLUMNS = ("op", "name", "target", "args", "shape", "dtype", "source")


class Row(NamedTuple):
    """One node as text, column by column."""

    op: str
    name: str
    target: str
    args: str
    shape: str
    dtype: str
    source: str


def target_name(target: Any) -> str:
    """A callable as people know it: ``operator.add``, ``_C_ops.relu``."""
    if isinstance(target, str):
        return target
    name = getattr(target, "__qualname__", None) or getattr(target, "__name__", None)
    if name is None:
        return repr(target)
    module = getattr(target, "__module__", None) or ""
    short = {"_operator": "operator", "builtins": ""}.get(module, module.rsplit(".", 1)[-1])
    if module.endswith(("pir.ops", "eager.ops")):
        short = "_C_ops"
    return f"{short}.{name}" if short else str(name)


def format_argument(value: Any) -> str:
    """An argument as text: nodes as ``%name``, containers as Python writes them."""
    if isinstance(value, Node):
        return f"%{value.name}"
    if isinstance(value, tuple):
        inside = ", ".join([format_argument(item) for item in value])
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, list):
        return f"[{', '.join([format_argument(item) for item in value])}]"
    if isinstance(value, dict):
        return "{" + ", ".join([f"{k!r}: {format_argument(v)}" for k, v in value.items()]) + "}"
    if isinstance(value, slice):
        parts = [format_argument(part) for part in (value.start, value.stop, value.step)]
        return f"slice({', '.join(parts)})"
    return repr(value)


def _metas(value: Any) -> Iterator[TensorMeta]:
    if isinstance(value, TensorMeta):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _metas(item)


def rows(graph: Graph) -> List[Row]:
    """The graph's nodes as text, in order."""
    table = []
    for node in graph.nodes:
        metas = list(_metas(node.meta.get("tensor_meta")))
        args = [format_argument(argument) for argument in node.args]
        args += [f"{key}={format_argument(value)}" for key, value in node.kwargs.items()]
        position = node.position
        table.append(
            Row(
                node.op,
                node.name,
                target_name(node.target),
                ", ".join(args),
                " ".join([str(list(meta.shape)) for meta in metas]),
                " ".join(dict.fromkeys([str(meta.dtype).rsplit(".", 1)[-1] for meta in metas])),
                ""
                if position is None
                else f"{os.path.basename(position.filename)}:"
                f"{'?' if position.lineno is None else position.lineno}",
            )
        )
    return table


def print_tabular(graph: Graph, style: str = "rich", file: Any = None) -> None:
    """Print the graph as :meth:`paddlefx.graph.Graph.print_tabular` says."""
    if style not in ("rich", "plain"):
        raise ValueError(f"style is 'rich' or 'plain', not {style!r}")
    out = sys.stdout if file is None else file
    _print(rows(graph), style, out)
    for node in graph.nodes:
        for name, inner in getattr(node.target, "graphs", {}).items():
            print(f"\n{node.name}, {name}", file=out)
            print_tabular(inner, style, out)


def _print(table: List[Row], style: str, out: Any) -> None:
    if style == "rich":
        try:
            from rich.console import Console
            from rich.measure import Measurement
            from rich.table import Table
            from rich.text import Text
        except ImportError:
            pass
        else:
            rich_table = Table()
            for column in _COLUMNS:
                keep = column in ("op", "name", "dtype", "source")
                rich_table.add_column(column, overflow="fold", no_wrap=keep)
            for row in table:
                rich_table.add_row(*[Text(cell) for cell in row])
            console = Console(file=out)
            if not console.is_terminal:
                # A file or a pipe has no width to fit.
                wide = console.options.update(width=10_000)
                console = Console(
                    file=out, width=Measurement.get(console, wide, rich_table).maximum
                )
            console.print(rich_table)
            return
    shown = [_COLUMNS, *table]
    widths = [max([len(row[i]) for row in shown]) for i in range(len(_COLUMNS))]
    widths[-1] = 0
    rule = ["-" * (width or len(_COLUMNS[-1])) for width in widths]
    for line in [_COLUMNS, rule, *table]:
        cells = [cell.ljust(width) for cell, width in zip(line, widths)]
        out.write("  ".join(cells).rstrip() + "\n")
