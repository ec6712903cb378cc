"""The standard library by version: which public name is how new.

`names.tsv` has a row for each module, name, member of a class and parameter of a function that
came with 3.9 or later: the version, the kind and the dotted path (``itertools.batched``,
``builtins.str.removeprefix``, ``builtins.zip(strict)``). tests/downgrade/stdlib_survey.py made it
from the interpreters and typeshed, and a test compares it with each interpreter.
"""

from __future__ import annotations

import functools
import pkgutil
from typing import Dict, FrozenSet, NamedTuple, Optional, Set, Tuple

Version = Tuple[int, int]


class NewName(NamedTuple):
    """A row: `kind` is ``module``, ``name``, ``member`` or ``parameter``."""

    since: Version
    kind: str
    path: str


@functools.lru_cache(maxsize=None)
def new_names() -> Dict[str, NewName]:
    """Every row of the table, by its path."""
    data = pkgutil.get_data(__name__, "names.tsv")
    assert data is not None, "downgrade/library/names.tsv is part of the package"
    rows: Dict[str, NewName] = {}
    for line in data.decode("utf-8").splitlines():
        version, kind, path = line.split("\t")
        major, minor = version.split(".")
        rows[path] = NewName((int(major), int(minor)), kind, path)
    return rows


def since(path: str) -> Optional[Version]:
    """The version that brought this path, or None for what 3.8 has or nobody knows."""
    row = new_names().get(path)
    return None if row is None else row.since


@functools.lru_cache(maxsize=None)
def new_methods() -> Dict[str, FrozenSet[str]]:
    """Method name -> the paths that have it: what is called on a value of unknown type."""
    found: Dict[str, Set[str]] = {}
    for path, row in new_names().items():
        if row.kind == "member":
            found.setdefault(path.rpartition(".")[2], set()).add(path)
    return {name: frozenset(paths) for name, paths in found.items()}
