"""What downgraded code calls at run time, and how it comes into a package.

Each module here is a part: plain code for 3.8 and newer that needs nothing but the standard
library and the backports that it imports. The names in a part's ``__all__`` are what rules ask
for. ``assemble`` writes the parts that are needed, and only these, into the text of one module,
``_downgrade.py``, which becomes part of the downgraded package. A part says with ``from .other
import name`` that it needs another one; imports stand at its top.
"""

from __future__ import annotations

import ast
import functools
import pkgutil
import re
from typing import Dict, FrozenSet, Iterable, List, NamedTuple, Set, Tuple

from ..library import Version, new_names, since
from ..library.replacements import GROWN, PARAMETERS, RUNTIME

_HEAD = '''"""Written by downgrade: what the code of this package needs of newer Pythons."""

'''


class Part(NamedTuple):
    """A module of this package, cut up."""

    name: str
    #: what rules may ask for
    names: FrozenSet[str]
    #: the other parts it needs
    needs: FrozenSet[str]
    #: its imports, one statement each
    imports: Tuple[str, ...]
    #: everything behind the imports and ``__all__``
    body: str


def _read(name: str) -> Part:
    data = pkgutil.get_data(__name__, f"{name}.py")
    assert data is not None
    text = data.decode("utf-8")
    lines = text.splitlines(keepends=True)
    names: Set[str] = set()
    needs: Set[str] = set()
    imports: List[str] = []
    end = 0
    tree = ast.parse(text)
    for statement in tree.body:
        is_head = True
        if isinstance(statement, ast.ImportFrom) and statement.level:
            needs.add(statement.module or "")
        elif isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            pass
        elif isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                renamed = f" as {alias.asname}" if alias.asname else ""
                imports.append(f"from {statement.module} import {alias.name}{renamed}")
        elif isinstance(statement, ast.Import):
            for alias in statement.names:
                renamed = f" as {alias.asname}" if alias.asname else ""
                imports.append(f"import {alias.name}{renamed}")
        elif isinstance(statement, ast.Assign) and ast.dump(statement.targets[0]) == _ALL:
            names.update(ast.literal_eval(statement.value))
        else:
            is_head = isinstance(statement, ast.Expr) and end == 0
        if not is_head:
            break
        assert statement.end_lineno is not None
        end = statement.end_lineno
    lines = _quoted(lines, tree)
    body = "".join(lines[end:]).strip("\n") + "\n"
    return Part(name, frozenset(names), frozenset(needs), tuple(imports), body)


def _quoted(lines: List[str], tree: ast.Module) -> List[str]:
    """The lines with all annotations in quotes: 3.8 then evaluates none of them."""
    found: List[ast.expr] = []
    for node in ast.walk(tree):
        one = node.returns if isinstance(node, ast.FunctionDef) else None
        if isinstance(node, ast.AsyncFunctionDef):
            one = node.returns
        if isinstance(node, (ast.arg, ast.AnnAssign)):
            one = node.annotation
        if one is not None and not isinstance(one, ast.Constant):
            found.append(one)
    quoted = list(lines)
    for one in sorted(found, key=lambda one: (one.lineno, one.col_offset), reverse=True):
        assert one.end_lineno == one.lineno and one.end_col_offset is not None
        line = quoted[one.lineno - 1]  # of ASCII: columns are characters
        text = line[one.col_offset : one.end_col_offset]
        before, after = line[: one.col_offset], line[one.end_col_offset :]
        quoted[one.lineno - 1] = f'{before}"{text}"{after}'
    return quoted


_ALL = ast.dump(ast.Name("__all__", ast.Store()))


@functools.lru_cache(maxsize=None)
def parts() -> Dict[str, Part]:
    """Every part, by the name of its module."""
    return {info.name: _read(info.name) for info in pkgutil.iter_modules(__path__)}


@functools.lru_cache(maxsize=None)
def homes() -> Dict[str, str]:
    """Each name that a rule may ask for, and its part."""
    return {name: part.name for part in parts().values() for name in part.names}


def assemble(names: Iterable[str]) -> str:
    """Give the text of a module that defines ``names``; ``KeyError`` for one nobody knows."""
    names = frozenset(names)
    ordered: List[Part] = []

    def take(name: str) -> None:
        part = parts()[name]
        if part not in ordered:
            for other in sorted(part.needs):
                take(other)
            ordered.append(part)

    for name in sorted({homes()[name] for name in names}):
        take(name)
    bodies = "\n\n".join(part.body for part in ordered) + _real_ones(names)
    lines = {line for part in ordered for line in part.imports}
    imports = sorted(
        lines | {"import sys"} if "if sys.version_info" in bodies else lines, key=_import_order
    )
    public = ", ".join(f'"{name}"' for part in ordered for name in sorted(part.names))
    # So that checkers let the names be imported that are another module's.
    head = "\n".join(imports) + f"\n\n__all__ = [{public}]\n\n"
    return _HEAD + head.lstrip() + bodies


#: What is needed on new versions too: a ``KW_ONLY`` in quotes is known by the name it has here.
_OURS = frozenset({"dataclass"})


def _real_ones(names: FrozenSet[str]) -> str:
    """Statements that take what the standard library has, where it has all that is needed."""
    homes_of: Dict[str, Set[Tuple[Version, str]]] = {}
    for path, name in (*RUNTIME.items(), *PARAMETERS.items()):
        version = GROWN.get(path) or since(path)
        row = new_names().get(path)
        assert version is not None, path
        if name in names and name not in _OURS and (row is None or row.kind != "module"):
            homes_of.setdefault(name, set()).add((version, path.partition("(")[0]))
    taken: Dict[Version, List[str]] = {}
    for name, paths in sorted(homes_of.items()):
        version, path = max(paths)
        module, _, attribute = path.rpartition(".")
        if path not in GROWN and module not in ("builtins.float", "pathlib.PurePath"):
            renamed = "" if attribute == name else f" as {name}"
            taken.setdefault(version, []).append(f"from {module} import {attribute}{renamed}")
    text = ""
    for (major, minor), lines in sorted(taken.items()):
        text += f"\n\nif sys.version_info >= ({major}, {minor}):\n"
        text += "".join(f"    {line}  # type: ignore\n" for line in lines)
    return text


def _import_order(line: str) -> Tuple[bool, str]:
    return line.startswith("from "), line


#: The modules of PyPI that lowered code and the parts import, and what a package requires for them.
BACKPORTS = {
    "backports.zoneinfo": "backports.zoneinfo; python_version < '3.9'",
    "exceptiongroup": "exceptiongroup>=1.1; python_version < '3.11'",
    "graphlib": "graphlib-backport>=1; python_version < '3.9'",
    "importlib_metadata": "importlib_metadata>=4.6; python_version < '3.10'",
    "importlib_resources": "importlib_resources>=5; python_version < '3.9'",
    "tomli": "tomli>=2; python_version < '3.11'",
    "typing_extensions": "typing_extensions>=4.13",
}


def backports_in(text: str) -> FrozenSet[str]:
    """The modules of ``BACKPORTS`` that a text imports."""
    return frozenset(
        name
        for name in BACKPORTS
        if re.search(
            rf"(?:^|;)\s*(?:import|from)\s+{name}\b|(?:__import__|_module)\((?:.*, )?.{name}.\)",
            text,
            re.MULTILINE,
        )
    )


def requirements(names: Iterable[str]) -> FrozenSet[str]:
    """The backports that these names import where the standard library has none."""
    return backports_in(assemble(names))
