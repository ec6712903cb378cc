"""What CPython 3.13 says of tests/golden/downgrade/{accepted,rejected}.txt.

``python3.13 -m tests.downgrade.syntax.golden`` writes it to ``nodes.json`` and ``errors.json``.
"""

from __future__ import annotations

import json
import pathlib
from typing import Dict, List, Optional, Tuple

from downgrade.syntax.from_ast import parse_by_host
from downgrade.syntax.node import dump

FOLDER = pathlib.Path(__file__).parents[2] / "golden" / "downgrade"
ACCEPTED = (FOLDER / "accepted.txt").read_text("utf-8")
#: One a line, with its newlines and tabs escaped.
REJECTED = [
    line.replace("\\n", "\n").replace("\\t", "\t").replace("\\x00", "\0")
    for line in (FOLDER / "rejected.txt").read_text("utf-8").splitlines()
]


def expected_nodes() -> List[str]:
    """The dumps of the statements of ``ACCEPTED``, with positions."""
    found: List[str] = json.loads((FOLDER / "nodes.json").read_text("utf-8"))
    return found


def expected_errors() -> Dict[str, Tuple[str, Optional[int], Optional[int]]]:
    """From the texts of ``REJECTED`` to CPython's message, line and column."""
    found = json.loads((FOLDER / "errors.json").read_text("utf-8"))
    return {text: tuple(error) for text, error in found.items()}


def _host_error(text: str) -> Tuple[str, Optional[int], Optional[int]]:
    try:
        parse_by_host(text)
    except SyntaxError as error:
        return error.msg, error.lineno, error.offset
    raise AssertionError(f"accepted: {text!r}")


def _write() -> None:
    dumps = [dump(statement) for statement in parse_by_host(ACCEPTED).body]
    (FOLDER / "nodes.json").write_text(json.dumps(dumps, indent=0) + "\n", "utf-8")
    errors = {text: _host_error(text) for text in REJECTED}
    (FOLDER / "errors.json").write_text(json.dumps(errors, indent=0) + "\n", "utf-8")


if __name__ == "__main__":
    _write()
