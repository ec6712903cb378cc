"""Which versions' names of the standard library a text may use, without parsing it.

A name counts if all parts of its path are words of the text's code: ``tomllib``, or ``itertools``
and ``batched``, next to each other or imported.
"""

from __future__ import annotations

import functools
import re
from typing import Dict, FrozenSet, Iterable, List, NamedTuple, Pattern, Set, Tuple

from ..library import Version, new_methods, new_names, since
from ..library.replacements import (
    ATTRIBUTES,
    DATACLASS_OPTIONS,
    EXTENSIONS,
    METHOD_WORDS,
    METHODS,
    RUNTIME,
    since_of,
)
from ..syntax.around import call_around
from ..syntax.code import Code

#: From the end of the text on.
_AS = re.compile(r"sa(?<!\wsa)[\s\\]+(\w+)")


class _Wanted(NamedTuple):
    """What a word of the text may be the last part of."""

    version: Version
    #: the other parts, all of which must be there
    others: FrozenSet[str]
    #: the module that the path begins with, which something must import; "" for a builtin one
    module: str
    #: what must be in the code, unless the word is imported
    place: Pattern[str]
    #: for an argument's name, what is called
    function: str = ""
    #: what has the word as an attribute
    owner: str = ""


@functools.lru_cache(maxsize=None)
def _table() -> Dict[str, Tuple[_Wanted, ...]]:
    """What each word may mean."""
    found: Dict[str, List[_Wanted]] = {}

    def add(
        word: str,
        version: Version,
        others: Iterable[str],
        place: str,
        call: str = "",
        owner: str = "",
        module: str = "",
    ) -> None:
        known = found.setdefault(word, [])
        known.append(_Wanted(version, frozenset(others), module, re.compile(place), call, owner))

    for path in {*new_names(), *RUNTIME, *EXTENSIONS}:
        version = since_of(path)
        if version is None:
            continue
        row = new_names().get(path)
        function, _, name = path.rstrip(")").partition("(")
        others = [part for part in function.split(".") if part != "builtins"]
        module = path.partition(".")[0] if "." in path and "builtins" not in path else ""
        if name:
            place = rf"{name}(?<!\w{name})[\s\\]*=(?!=)"
            add(name, version, others, place, others[-1], module=module)
            continue
        if row is not None and row.kind == "member" and path not in RUNTIME:
            continue
        word = others.pop()
        # A module is there if it is imported; a name may be a builtin one.
        place = "" if row is None or row.kind == "name" else "(?!)"
        owner = others[-1] if others else ""
        if owner:
            # A module that is in no package isn't an attribute.
            before = r"[\w.]" if others == [module] else r"\w"
            place = rf"{owner}(?<!{before}{owner}){_taken(word)}"
        add(word, version, others, place, owner=owner, module=module)
    for name in METHODS:
        for path in new_methods().get(name, ()):
            version = since(path)
            assert version is not None
            for word in METHOD_WORDS.get(name, (name,)):
                add(name, version, [word], rf"\.[\s\\]*{name}\b[\s\\)]*\(")
    for name in ATTRIBUTES:
        for path in new_methods()[name]:
            version = since(path)
            assert version is not None
            add(name, version, (), rf"\.[\s\\]*{name}\b")
    for version in DATACLASS_OPTIONS:
        add("dataclass", version, ["dataclasses"], r"\*\*", "dataclass")
    return {word: tuple(many) for word, many in found.items()}


@functools.lru_cache(maxsize=None)
def _all_words() -> FrozenSet[str]:
    return frozenset(_table())


@functools.lru_cache(maxsize=1)
def versions_used(code: Code) -> FrozenSet[Version]:
    """The versions of which a text may use a name, method or parameter."""
    found: Set[Version] = set()
    words = code.words
    for word in _all_words() & words:
        for wanted in _table()[word]:
            if wanted.version not in found and _is_used(word, wanted, code):
                found.add(wanted.version)
    return frozenset(found)


@functools.lru_cache(maxsize=1)
def _imported(code: Code) -> FrozenSet[str]:
    """The words of all imports."""
    return frozenset().union(*code.imports)


def _is_used(word: str, wanted: _Wanted, code: Code) -> bool:
    if not wanted.others <= code.words:
        return False
    if wanted.module and wanted.module not in _imported(code):
        return False
    if wanted.function:
        if not wanted.place.search(code.everything):
            return False
        if any(
            _in_field(code.fstrings, one.start()) for one in wanted.place.finditer(code.fstrings)
        ):
            return True
        if not _renamed(code).isdisjoint((wanted.function, "partial")):
            return True
        called = {call_around(code, one.start()) for one in wanted.place.finditer(code.text)}
        return not called.isdisjoint((wanted.function, "partial", None, ")", "]"))
    if any(word in words and wanted.others <= words for words in code.imports):
        return True
    if wanted.place.search(code.everything):
        return True
    return bool(wanted.owner) and any(
        re.search(rf"{other}(?<!\w{other}){_taken(word)}", code.everything)
        for other in _other_names(wanted.owner).findall(code.text)
    )


def _in_field(fstrings: str, at: int) -> bool:
    """Whether a place in f-strings may be in a field: strings in there have no braces."""
    depth = 0
    for mark in reversed(fstrings[:at]):
        if mark == "}":
            depth += 1
        elif mark == "{":
            if not depth:
                return True
            depth -= 1
    return False


def _taken(word: str) -> str:
    """Behind a module or class, an attribute."""
    return rf"[\s\\)]*\.[\s\\]*{word}\b"


@functools.lru_cache(maxsize=None)
def _other_names(owner: str) -> Pattern[str]:
    return re.compile(rf"{owner}(?<!\w{owner})[\s\\]+as[\s\\]+(\w+)")


@functools.lru_cache(maxsize=1)
def _renamed(code: Code) -> FrozenSet[str]:
    """The words in front of an ``as`` in an import, and more."""
    if code.known:
        return frozenset().union(*(words for words in code.imports if "as" in words))
    return frozenset(word[::-1] for word in _AS.findall(code.backwards))
