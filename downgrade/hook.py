"""Import packages in newer syntax on this Python: their modules are lowered as they are imported.

    import downgrade.hook

    downgrade.hook.install("modern")
    import modern

For development: nothing is written, and nothing is cached. Tracebacks show the source, whose lines
are those of what runs.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from types import CodeType, ModuleType
from typing import Any, Optional, Sequence

from .engine import downgrade
from .host import HOST
from .runtime import assemble, homes
from .targets import NEWEST
from .tree import RUNTIME, decode

__all__ = ["DowngradeFinder", "install"]


class DowngradeFinder(importlib.abc.MetaPathFinder):
    """Finds the modules of some packages, lowered for the running Python.

    Args:
        packages: the names of packages or modules at the top level.
    """

    def __init__(self, packages: Sequence[str]) -> None:
        self.packages = frozenset(packages)

    def find_spec(
        self, fullname: str, path: Any = None, target: Optional[ModuleType] = None
    ) -> Optional[importlib.machinery.ModuleSpec]:
        """The module's spec, with a loader that lowers; ``None`` for others' modules."""
        top, _, rest = fullname.partition(".")
        if fullname == RUNTIME or (rest == RUNTIME and top in self.packages):
            return importlib.machinery.ModuleSpec(fullname, _RuntimeLoader())
        if top not in self.packages:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or type(spec.loader) is not importlib.machinery.SourceFileLoader:
            return spec
        assert spec.origin is not None
        spec.loader = _LoweringLoader(fullname, spec.origin)
        return spec

    def uninstall(self) -> None:
        """Modules that are imported from now on are read as they are."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def __enter__(self) -> DowngradeFinder:  # noqa: PYI034 - Self isn't in 3.8's typing
        return self

    def __exit__(self, *error: object) -> None:
        self.uninstall()


class _LoweringLoader(importlib.machinery.SourceFileLoader):
    """Lowers a module's source for the running Python."""

    def get_code(self, fullname: str) -> CodeType:
        """The code of the lowered source; bytecode in the cache is neither read nor written.

        Raises:
            SyntaxError: the source is wrong, or something in it can't be lowered.
        """
        path = self.get_filename(fullname)
        text = decode(self.get_data(path)).text
        levels = fullname.count(".") + self.is_package(fullname)
        statement = (
            f"from {'.' * levels} import {RUNTIME} as " if levels else f"import {RUNTIME} as "
        )
        result = downgrade(text, HOST, filename=path, runtime_import=statement)
        for message in result.messages:
            if message.error:
                line = (text.splitlines() or [""])[message.line - 1]
                place = (path, message.line, message.column, line)
                raise SyntaxError(f"{message.text} [downgrade: {message.rule}]", place)
        code: CodeType = compile(result.text, path, "exec", dont_inherit=True)
        return code


class _RuntimeLoader(importlib.abc.InspectLoader):
    """The module that lowered code calls, with all its parts."""

    def get_source(self, fullname: str) -> str:
        """Its text, as it would be written into the package."""
        return assemble(homes())

    def is_package(self, fullname: str) -> bool:
        """It is a module."""
        return False


def install(*packages: str) -> DowngradeFinder:
    """Lower ``packages`` when they are imported, ahead of every other way to find them.

    Gives the finder, whose ``uninstall()`` ends it, as does the end of a ``with`` over it. On a
    Python that reads the newest syntax nothing is lowered.
    """
    finder = DowngradeFinder(packages)
    if HOST < NEWEST:
        sys.meta_path.insert(0, finder)
    return finder
