"""The files of a run: which there are, what package each is in, where its output goes."""

from __future__ import annotations

import functools
import io
import pathlib
import re
import tokenize
from typing import Iterator, List, NamedTuple, Optional, Tuple

from .configuration import Configuration
from .embedded import kind_of

RUNTIME = "_downgrade"
SUFFIXES = (".py", ".pyi", ".pyw")
_BOM = b"\xef\xbb\xbf"


class Entry(NamedTuple):
    """A file: where it is and where it goes (the same, in place)."""

    path: pathlib.Path
    output: pathlib.Path
    #: there is code in it that is to be lowered
    is_python: bool
    #: the folder that imports begin in, where that is known: folders below it are packages
    root: Optional[pathlib.Path] = None


class Text(NamedTuple):
    """A decoded file and what is needed to encode it again."""

    text: str
    encoding: str
    bom: bool

    def encode(self, text: str) -> bytes:
        """The bytes of another text in the same encoding."""
        return (_BOM if self.bom else b"") + text.encode(self.encoding)


def decode(data: bytes) -> Text:
    """Decode a source file as Python does, line ends kept.

    ``SyntaxError`` for an unknown encoding, ``UnicodeDecodeError`` for bytes that don't fit.
    """
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    bom = data.startswith(_BOM)
    if encoding == "utf-8-sig":
        encoding = "utf-8"
    return Text((data[3:] if bom else data).decode(encoding), encoding, bom)


def find(paths: List[pathlib.Path], configuration: Configuration) -> Iterator[Entry]:
    """Give every file below ``paths``, sorted; others than Python's only if a tree is written.

    ``FileNotFoundError`` for a path that isn't there.
    """
    out = configuration.out
    for root in paths:
        if not root.exists():
            raise FileNotFoundError(f"{root}: there is no such file or folder")
        target = None if out is None else out / (root.name or root.resolve().name)
        if root.is_file():
            yield Entry(root, target or root, True)
            continue
        yield from _below(root, root, target, configuration)


def _below(
    folder: pathlib.Path,
    root: pathlib.Path,
    target: Optional[pathlib.Path],
    configuration: Configuration,
) -> Iterator[Entry]:
    for path in sorted(folder.iterdir()):
        if configuration.excluded(path, root):
            continue
        if configuration.out is not None and path.resolve() == configuration.out.resolve():
            continue
        if path.is_dir():
            yield from _below(path, root, target, configuration)
        elif path.is_file():
            is_python = path.suffix in SUFFIXES or kind_of(path.suffix) in configuration.embedded
            if is_python or target is not None:
                output = path if target is None else target / path.relative_to(root)
                yield Entry(path, output, is_python)


def runtime_place(path: pathlib.Path, root: Optional[pathlib.Path] = None) -> Tuple[int, bool]:
    """How far up the emitted module is: (levels of folders above the file's, in a package).

    In a package it lies in the topmost folder that has an ``__init__.py``; a file in no package
    has it next to itself, as has one that isn't a module. A folder without one inside a package
    is part of it if its files import relatively: else it may hold scripts.
    """
    if kind_of(path.suffix) is not None:
        return 0, False
    folder = path.resolve().parent
    if root is not None:
        # Folders below it are packages, with an ``__init__.py`` or without (PEP 420).
        top = root.resolve()
        inside = [one for one in (folder, *folder.parents) if top in one.parents]
        packages = [place for place, one in enumerate(inside) if _is_package(one)]
        return (packages[-1] if packages else 0), bool(inside)
    levels = found = 0
    if _is_package(folder):
        while _is_package(folder.parent):
            folder = folder.parent
            levels += 1
        return levels, True
    while folder != folder.parent and (_is_package(folder) or _is_namespace(folder)):
        if _is_package(folder):
            found = levels + 1
        folder = folder.parent
        levels += 1
    return max(found - 1, 0), found > 0


def _is_package(folder: pathlib.Path) -> bool:
    return (folder / "__init__.py").is_file()


@functools.lru_cache(maxsize=1024)
def _is_namespace(folder: pathlib.Path) -> bool:
    """Whether a folder without ``__init__.py`` has modules that import relatively, or no file."""
    files = sorted(folder.glob("*.py"))
    return not files or any(
        re.search(rb"^[ \t]*from[ \t]*\.", one.read_bytes(), re.MULTILINE) for one in files
    )


def runtime_import(path: pathlib.Path, root: Optional[pathlib.Path] = None) -> str:
    """The statement that imports the emitted module in ``path``, up to the name."""
    levels, in_package = runtime_place(path, root)
    if not in_package:
        return f"import {RUNTIME} as "
    return f"from {'.' * (levels + 1)} import {RUNTIME} as "


def runtime_file(
    path: pathlib.Path, output: pathlib.Path, root: Optional[pathlib.Path] = None
) -> pathlib.Path:
    """Where the emitted module for ``path`` is written, beside the output tree's files."""
    levels, _ = runtime_place(path, root)
    return output.resolve().parents[levels] / f"{RUNTIME}.py"


def shown(path: pathlib.Path) -> str:
    """A path as messages have it: relative to the current folder if it is below that."""
    try:
        return str(path.relative_to(pathlib.Path.cwd()))
    except ValueError:
        return str(path)


def write_file(path: pathlib.Path, data: bytes, like: Optional[pathlib.Path]) -> None:
    """Write a file unless it is there with the same bytes; its mode is that of ``like``."""
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    if like is not None and like != path:
        path.chmod(like.stat().st_mode & 0o7777)
