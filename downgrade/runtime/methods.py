"""Methods of builtin types and paths that came after 3.8, as functions.

An object that has the method is asked; so each works for every object.
"""

from __future__ import annotations

import collections
import os
import pathlib
from typing import Any, Callable, Iterator, List, Optional

__all__ = [
    "add_note",
    "bit_count",
    "counter_total",
    "hardlink_to",
    "is_relative_to",
    "readlink",
    "removeprefix",
    "removesuffix",
    "walk",
    "with_stem",
]


def removeprefix(text: Any, prefix: Any) -> Any:
    """``str.removeprefix`` of 3.9."""
    if hasattr(text, "removeprefix") or not isinstance(text, (str, bytes, bytearray)):
        return text.removeprefix(prefix)
    return text[len(prefix) :] if text.startswith(prefix) else text[:]


def removesuffix(text: Any, suffix: Any) -> Any:
    """``str.removesuffix`` of 3.9."""
    if hasattr(text, "removesuffix") or not isinstance(text, (str, bytes, bytearray)):
        return text.removesuffix(suffix)
    return text[: len(text) - len(suffix)] if suffix and text.endswith(suffix) else text[:]


def bit_count(number: Any) -> Any:
    """``int.bit_count`` of 3.10."""
    if hasattr(number, "bit_count") or not isinstance(number, int):
        return number.bit_count()
    return bin(number).count("1")


def is_relative_to(path: Any, *other: Any) -> Any:
    """``PurePath.is_relative_to`` of 3.9."""
    if hasattr(path, "is_relative_to") or not isinstance(path, pathlib.PurePath):
        return path.is_relative_to(*other)
    try:
        path.relative_to(*other)
    except ValueError:
        return False
    return True


def with_stem(path: Any, stem: str) -> Any:
    """``PurePath.with_stem`` of 3.9."""
    if hasattr(path, "with_stem") or not isinstance(path, pathlib.PurePath):
        return path.with_stem(stem)
    return path.with_name(stem + path.suffix)


def readlink(path: Any, *rest: Any, **named: Any) -> Any:
    """``Path.readlink`` of 3.9."""
    if hasattr(path, "readlink") or not isinstance(path, pathlib.Path):
        return path.readlink(*rest, **named)
    return type(path)(os.readlink(path))


def hardlink_to(path: Any, *target: Any, **named: Any) -> Any:
    """``Path.hardlink_to`` of 3.10."""
    if hasattr(path, "hardlink_to") or not isinstance(path, pathlib.Path):
        return path.hardlink_to(*target, **named)
    (source,) = target
    return os.link(source, path, **named)


def walk(path: Any, *rest: Any, **named: Any) -> Any:
    """``Path.walk`` of 3.12."""
    if hasattr(path, "walk") or not isinstance(path, pathlib.Path):
        return path.walk(*rest, **named)
    return _walked(path, *rest, **named)


def _walked(
    path: Any,
    top_down: bool = True,
    on_error: Optional[Callable[[OSError], object]] = None,
    follow_symlinks: bool = False,
) -> Iterator[Any]:
    # Not os.walk: a link to a folder is a file's name here, unless links are followed.
    try:
        entries = list(os.scandir(path))
    except OSError as error:
        if on_error is not None:
            on_error(error)
        return
    folders: List[str] = []
    files: List[str] = []
    for entry in entries:
        try:
            is_folder = entry.is_dir(follow_symlinks=follow_symlinks)
        except OSError:
            is_folder = False
        (folders if is_folder else files).append(entry.name)
    if top_down:
        yield path, folders, files
    for name in folders:
        yield from _walked(path / name, top_down, on_error, follow_symlinks)
    if not top_down:
        yield path, folders, files


def counter_total(counter: Any, *rest: Any, **named: Any) -> Any:
    """``Counter.total`` of 3.10."""
    if hasattr(counter, "total") or not isinstance(counter, collections.Counter):
        return counter.total(*rest, **named)
    return sum(counter.values())


def add_note(error: Any, *note: Any, **named: Any) -> Any:
    """``BaseException.add_note`` of 3.11; tracebacks show notes from 3.11 on."""
    if hasattr(error, "add_note") or not isinstance(error, BaseException):
        return error.add_note(*note, **named)
    (text,) = note
    if not isinstance(text, str):
        raise TypeError(f"note must be a str, not {type(text).__name__!r}")
    noted: Any = error
    if not hasattr(noted, "__notes__"):
        noted.__notes__ = []
    return noted.__notes__.append(text)
