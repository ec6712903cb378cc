"""Lines of styled text, in colour on a terminal and plain elsewhere; errors to stderr."""

from __future__ import annotations

import os
import sys
from typing import IO, Any, Iterable, List, Tuple

__all__ = ["Line", "add_color_option", "complain", "plain", "show"]

#: A line: pieces of text, each with the name of its style.
Line = List[Tuple[str, str]]

#: What ``rich`` calls the styles.
_STYLES = {
    "": "",
    "title": "bold",
    "note": "dim",
    "source": "green",
    "op": "bold cyan",
    "operand": "",
    "label": "bold yellow",
    "handler": "magenta",
    "opcode": "blue",
    "good": "bold green",
    "bad": "bold red",
}


def add_color_option(parser: Any) -> None:
    """``--color``, the same for each command."""
    parser.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="auto: on a terminal, unless NO_COLOR is set, or where FORCE_COLOR is",
    )


def plain(line: Line) -> str:
    """A line without its styles."""
    return "".join(text for text, _ in line).rstrip()


def show(lines: Iterable[Line], color: str, file: IO[str]) -> None:
    """Write lines.

    Args:
        lines: what to write.
        color: ``"auto"``, ``"always"`` or ``"never"``.
        file: where to.
    """
    if not _colored(color, file):
        for line in lines:
            file.write(plain(line) + "\n")
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(
        file=file, force_terminal=True, color_system="standard", highlight=False, soft_wrap=True
    )
    for line in lines:
        console.print(Text.assemble(*((text, _STYLES[style]) for text, style in line)))


def _colored(color: str, file: IO[str]) -> bool:
    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or file.isatty()


def complain(command: str, error: Exception) -> int:
    """Say on stderr what went wrong; the exit status for it."""
    print(f"paddlefx {command}: {error}", file=sys.stderr)
    return 2
