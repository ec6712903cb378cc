"""What IPython runs and Python can't read: ``%magics``, ``!commands``, ``help?``.

Source: IPython's syntax (https://ipython.readthedocs.io/en/stable/interactive/reference.html).
"""

from __future__ import annotations

import re
from typing import Dict, List, Optional

#: Cell magics whose cells are Python, to be run by this interpreter.
_OF_PYTHON = frozenset({"capture", "prun", "time", "timeit"})
_CELL = re.compile(r"%%(\w+)")
_LINE = re.compile(
    r"""\s*(?:%{1,2}\s*\w           # a magic
        |!                          # a command
        |\?{1,2}\s*[\w.*%]          # help
        |[,;/]\s*[A-Za-z_]          # a call without parentheses
        |[\w.*%]+\?{1,2}\s*(?:\#.*)?$      # help, behind
        |[\w.,\s*\[\]'"()]+=\s*(?:%\s*\w|!)  # what a magic or a command gives
    )""",
    re.VERBOSE,
)
#: A whole string or comment, or the start of a string of several lines, or a bracket.
_TOKEN = re.compile(
    r"\"\"\"|'''|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\#.*|[\[\](){}]|\\.|[^\"'\#\[\](){}\\]+|."
)


def cell_magic(lines: List[str]) -> Optional[str]:
    """The magic that a whole cell is given to; None if there is none."""
    for line in lines:
        if line.strip():
            match = _CELL.match(line)
            return match.group(1) if match else None
    return None


def is_python(magic: Optional[str]) -> bool:
    """Whether the cell of this magic is Python."""
    return magic is None or magic in _OF_PYTHON


def magic_lines(lines: List[str]) -> Dict[int, str]:
    """The places of the lines that are IPython's, and the indentation of what they do.

    They stand where a statement may begin.
    """
    found: Dict[int, str] = {}
    indent = ""
    depth = 0
    string = ""
    goes_on = of_magic = False
    for place, line in enumerate(lines):
        if of_magic and goes_on:
            found[place] = indent
            goes_on = line.endswith("\\")
            continue
        of_magic = False
        if not depth and not string and not goes_on and _LINE.match(line):
            found[place] = indent = line[: len(line) - len(line.lstrip())]
            of_magic, goes_on = True, line.endswith("\\")
            continue
        offset = 0
        if string:
            end = re.compile(rf"(?:[^\\]|\\.)*?{string}").match(line)
            if end is None:
                continue
            offset, string = end.end(), ""
        while offset < len(line):
            token = _TOKEN.match(line, offset)
            assert token is not None
            offset = token.end()
            text = token.group()
            if text in ('"""', "'''"):
                end = re.compile(rf"(?:[^\\]|\\.)*?{text}").match(line, offset)
                if end is None:
                    string = text
                    break
                offset = end.end()
            elif text in "([{":
                depth += 1
            elif text in ")]}":
                depth = max(0, depth - 1)
        goes_on = not string and line.endswith("\\")
    return found
