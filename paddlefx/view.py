"""``python -m paddlefx view module:name``: the graph of a function in the browser."""

from __future__ import annotations

import argparse
import importlib
import os
import re
import sys
from typing import Any, List

__all__ = ["add_command"]

_INPUT = re.compile(r"(\w+)\[([\d,\s]*)\]\Z")


def add_command(commands: Any) -> None:
    """Add ``view`` to the commands."""
    parser = commands.add_parser(
        "view", help="draw the graph of a function or layer, as a page for the browser"
    )
    parser.add_argument(
        "target", help="module:name of a function or layer; several names joined by dots"
    )
    parser.add_argument(
        "-i",
        "--input",
        action="append",
        default=[],
        metavar="DTYPE[SHAPE]",
        help="an argument, in order: float32[1,3,224,224]; a Python number as it is",
    )
    parser.add_argument(
        "--call", action="store_true", help="call what is named, without arguments, and draw that"
    )
    parser.add_argument("--eval", action="store_true", help="a layer in evaluation, no gradients")
    parser.add_argument(
        "-o", "--output", help="write this file instead: .html, or .svg for the picture alone"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Draw; the exit status."""
    sys.path.insert(0, os.getcwd())
    try:
        import paddle

        target = _named(arguments.target)
        inputs = [_input(text) for text in arguments.input]
    except (ImportError, AttributeError, ValueError) as error:
        print(f"python -m paddlefx view: {error}", file=sys.stderr)
        return 2
    from .errors import GraphBreakError
    from .tracing import symbolic_trace

    if arguments.call:
        target = target()
    if arguments.eval and hasattr(target, "eval"):
        target.eval()
    try:
        with paddle.set_grad_enabled(not arguments.eval):
            layer = symbolic_trace(target, *inputs)
    except GraphBreakError as error:
        print(f"python -m paddlefx view: {error}", file=sys.stderr)
        return 1
    if arguments.output is None:
        print(layer.show(arguments.target))
    elif arguments.output.endswith(".svg"):
        layer.write_svg(arguments.output)
    else:
        layer.write_html(arguments.output, arguments.target)
    return 0


def _named(text: str) -> Any:
    module, colon, names = text.partition(":")
    if not colon or not names:
        raise ValueError(f"{text!r} is not of the form module:name")
    value: Any = importlib.import_module(module)
    for name in names.split("."):
        value = getattr(value, name)
    return value


def _input(text: str) -> Any:
    """A tensor of a text like ``float32[2,3]``: ones; or the number that the text is."""
    import paddle

    found = _INPUT.match(text)
    if found is None:
        for kind in (int, float):
            try:
                return kind(text)
            except ValueError:
                continue
        raise ValueError(f"{text!r} is neither DTYPE[SHAPE] nor a number")
    sizes: List[int] = [int(size) for size in found[2].split(",") if size.strip()]
    if not hasattr(paddle, found[1]):
        raise ValueError(f"no dtype is called {found[1]!r}")
    return paddle.ones(sizes, found[1])
