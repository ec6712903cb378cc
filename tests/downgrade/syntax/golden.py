"""What CPython 3.13 says of tests/golden/downgrade/{accepted,rejected}.txt.

``python3.13 -m tests.downgrade.syntax.golden`` writes it to ``nodes.json`` and ``errors.json``.
What each version accepts is in ``verdicts.json``, what 3.14 makes of the newest syntax in
``nodes_314.json`` (tests/conformance/py314 has a 3.14).
"""

from __future__ import annotations

import ast
import json
import pathlib
import warnings
from typing import Dict, List, Optional, Tuple

from downgrade.host import HOST
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


def verdicts() -> Dict[str, str]:
    """From texts to a digit for each of 3.8-3.14: 1 if that version's ``ast.parse`` takes it.

    ``python3.X -m tests.downgrade.syntax.golden`` renews the digit of 3.X.
    """
    found: Dict[str, str] = json.loads((FOLDER / "verdicts.json").read_text("utf-8"))
    return found


def expected_by_newest() -> Dict[str, str]:
    """From texts to what CPython 3.14.2 makes of them: a dump, or the error's message."""
    found: Dict[str, str] = json.loads((FOLDER / "nodes_314.json").read_text("utf-8"))
    return found


def _renew_newest() -> None:
    found = expected_by_newest()
    for text in found:
        try:
            found[text] = dump(parse_by_host(text))
        except SyntaxError as error:
            found[text] = error.msg
    (FOLDER / "nodes_314.json").write_text(json.dumps(found, indent=0) + "\n", "utf-8")


def _renew_verdicts() -> None:
    digit = HOST[1] - 8
    found = verdicts()
    for text, digits in found.items():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ast.parse(text)
        except (SyntaxError, ValueError):
            mine = "0"
        else:
            mine = "1"
        found[text] = digits[:digit] + mine + digits[digit + 1 :]
    (FOLDER / "verdicts.json").write_text(json.dumps(found, indent=0) + "\n", "utf-8")


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
    _renew_verdicts()
    if HOST == (3, 13):
        _write()
    elif HOST == (3, 14):
        _renew_newest()
