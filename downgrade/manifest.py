"""What a package says of itself, and has to say if it runs on an older Python.

``[project]`` in ``pyproject.toml``: ``requires-python``, the classifiers, ``dependencies``. Other
manifests are read for what doesn't fit, and never written.

Sources: PEP 621, PEP 440, and the core metadata
(https://packaging.python.org/specifications/core-metadata/).
"""

from __future__ import annotations

import pathlib
import re
from typing import Any, Dict, Iterable, List, Match, NamedTuple, Optional, Set

from . import toml_text
from .configuration import ConfigurationError, read_toml, toml_data
from .report import FileReport
from .rule import Message
from .runtime import BACKPORTS
from .targets import TARGETS, Version, from_requires_python, show
from .tree import shown

__all__ = ["CLASSIFIER", "Manifest", "examine", "lowered_bounds", "older_versions"]

CLASSIFIER = "Programming Language :: Python :: "
#: The name that the messages have for a rule.
NAME = "manifest"
#: What a specifier says of the oldest Python 3.
_BOUND = re.compile(r"(>=|~=)\s*3\.(\d+)((?:\.\d+)*)")


class Manifest(NamedTuple):
    """What was found in ``path``.

    Args:
        messages: what doesn't fit, each with its place.
        text: the text with all that mended; None if there is nothing to write.
    """

    path: pathlib.Path
    messages: List[Message]
    text: Optional[str]

    @property
    def report(self) -> FileReport:
        """The same as a file's report."""
        return FileReport(shown(self.path), False, tuple(self.messages), {}, 0)


def lowered_bounds(specifier: str, target: Version) -> str:
    """A specifier with its lower bounds such that it lets the target in."""
    return _BOUND.sub(lambda found: _lower_bound(found, target), specifier)


def _lower_bound(found: Match[str], target: Version) -> str:
    """A clause that lets the target in; ``~=3.12.1`` means ``>=3.12.1,<3.13`` (PEP 440)."""
    operator, minor, patch = found.group(1), int(found.group(2)), found.group(3)
    if minor <= target[1]:
        return found.group()
    if operator == "~=" and patch:
        return f">={show(target)},<3.{minor + 1}"
    return f"{operator}{show(target)}"


def older_versions(classifiers: Iterable[str], target: Version) -> List[str]:
    """The classifiers of the versions from the target to the oldest one that is named."""
    named = [
        int(one[len(CLASSIFIER) + 2 :])
        for one in classifiers
        if re.fullmatch(rf"{CLASSIFIER}3\.\d+", one)
    ]
    if not named:
        return []
    return [f"{CLASSIFIER}{show(one)}" for one in TARGETS if target <= one < (3, min(named))]


def examine(path: pathlib.Path, target: Version, needed: Set[str]) -> Manifest:
    """Look at a ``pyproject.toml`` for a package that is lowered for ``target``.

    ``needed`` are the packages (keys of ``BACKPORTS``) that lowered code imports. A package whose
    wheels ``downgrade.build`` lowers has nothing to mend.

    Raises:
        ConfigurationError: the file can't be read.
    """
    data = read_toml(path)
    if data.get("build-system", {}).get("build-backend", "") == "downgrade.build":
        return Manifest(path, [], None)
    project = data.get("project")
    if not isinstance(project, dict):
        return Manifest(path, _elsewhere(path, data, target, needed), None)
    text = path.read_bytes().decode("utf-8")
    work = _Work(text, project, target)
    work.requires_python()
    work.classifiers()
    work.dependencies(needed)
    wanted = {**data, "project": work.project}
    if work.text == text:
        return Manifest(path, work.messages, None)
    if toml_data(work.text, path) != wanted:
        raise ConfigurationError(f"{path}: [project] can't be edited as it is written")
    return Manifest(path, work.messages, work.text)


class _Work:
    """The text of a ``pyproject.toml`` on its way."""

    def __init__(self, text: str, project: Dict[str, Any], target: Version) -> None:
        self.original = self.text = text
        #: what the table has to be in the end
        self.project = dict(project)
        self.target = target
        self.messages: List[Message] = []

    def find(self, key: str, text: Optional[str] = None) -> Optional[toml_text.Value]:
        """The value of ``[project] key``, however that is written."""
        for value in toml_text.values(self.text if text is None else text):
            name = f"{value.table}.{value.key}" if value.table else value.key
            if name == f"project.{key}":
                return value
        return None

    def say(self, key: str, text: str) -> None:
        """A message at the key's place, or at the table's."""
        value = self.find(key, self.original) or self.find("name", self.original)
        line = self.original.count("\n", 0, value.start) + 1 if value else 1
        self.messages.append(Message(NAME, False, line, 1, text))

    def dynamic(self, key: str) -> bool:
        return key in self.project.get("dynamic", ())

    def requires_python(self) -> None:
        old = self.project.get("requires-python")
        if not isinstance(old, str):
            if self.dynamic("requires-python"):
                self.say("dynamic", f"requires-python is dynamic: it has to let {self.name} in")
            return
        if _lets_in(old, self.target):
            return
        new = lowered_bounds(old, self.target)
        if not _lets_in(new, self.target):
            self.say("requires-python", f"requires-python {old!r} keeps {self.name} out")
            return
        self.say("requires-python", f"requires-python {old!r} keeps {self.name} out: {new!r}")
        value = self.find("requires-python")
        if value is not None:
            quoted = self.text[value.start : value.end]
            self.text = self.text[: value.start] + quoted.replace(old, new) + self.text[value.end :]
            self.project["requires-python"] = new

    @property
    def name(self) -> str:
        """The target, for people."""
        return f"Python {show(self.target)}"

    def classifiers(self) -> None:
        named = self.project.get("classifiers", [])
        missing = older_versions(named, self.target)
        if not missing:
            return
        versions = ", ".join(one[len(CLASSIFIER) :] for one in missing)
        self.say("classifiers", f"no classifiers for Python {versions}")
        value = self.find("classifiers")
        if value is not None:
            first = [one.startswith(f"{CLASSIFIER}3.") for one in named].index(True)
            place = toml_text.elements(self.text, value.start)[first][0]
            self.text = toml_text.inserted(self.text, place, [f'"{one}"' for one in missing])
            self.project["classifiers"] = [*named[:first], *missing, *named[first:]]

    def dependencies(self, needed: Set[str]) -> None:
        given = self.project.get("dependencies", [])
        missing = [BACKPORTS[one] for one in sorted(needed) if not any(_is(one, g) for g in given)]
        if not missing:
            return
        listed = ", ".join(f'"{one}"' for one in missing)
        self.say("dependencies", f"lowered code imports what isn't in dependencies: {listed}")
        if self.dynamic("dependencies"):
            return
        for one in missing:
            value = self.find("dependencies")
            if value is not None:
                self.text = toml_text.appended(self.text, value.start, f'"{one}"')
            else:
                last = self.find("requires-python") or self.find("version") or self.find("name")
                if last is None:
                    return
                end = re.compile(r"[^\n]*").match(self.text, last.end)
                assert end is not None
                prefix = "project." if not last.table else ""
                self.text = (
                    f'{self.text[: end.end()]}\n{prefix}dependencies = ["{one}"]'
                    f"{self.text[end.end() :]}"
                )
        self.project["dependencies"] = [*given, *missing]


def _lets_in(specifier: str, target: Version) -> bool:
    try:
        return from_requires_python(specifier) <= target
    except ValueError:
        return False


def _is(package: str, requirement: str) -> bool:
    """Whether a requirement names a package (PEP 503: ``-``, ``_`` and ``.`` are one)."""
    name = re.escape(package).replace("_", "[-_.]")
    return re.match(rf"\s*{name}(?![-\w.])", requirement, re.IGNORECASE) is not None


def _elsewhere(
    path: pathlib.Path, data: Dict[str, Any], target: Version, needed: Set[str]
) -> List[Message]:
    """What a project without ``[project]`` has to change by hand."""
    found: List[str] = []
    poetry = data.get("tool", {}).get("poetry", {})
    depends = poetry.get("dependencies", {}) if isinstance(poetry, dict) else {}
    bound = depends.get("python") if isinstance(depends, dict) else None
    names = [str(one) for one in depends]
    if isinstance(bound, str):
        found.append(_by_hand("[tool.poetry.dependencies] python", bound, target))
    for name in ("setup.cfg", "setup.py"):
        other = path.with_name(name)
        if other.is_file():
            text = other.read_text("utf-8", "replace")
            match = re.search(r"python_requires\s*=\s*[\"']?([^\"'\n]+)", text)
            if match:
                found.append(_by_hand(f"{name}: python_requires", match.group(1).strip(), target))
            names += re.findall(r"[\w.-]+", text)
    missing = [BACKPORTS[one] for one in sorted(needed) if not any(_is(one, g) for g in names)]
    if missing:
        listed = ", ".join(f'"{one}"' for one in missing)
        found.append(f"lowered code imports what has to be among the dependencies: {listed}")
    return [Message(NAME, False, 1, 1, one) for one in found if one]


def _by_hand(place: str, specifier: str, target: Version) -> str:
    """What to say of a specifier; ``^3.12`` is Poetry's ``>=3.12,<4``."""
    plain = re.sub(r"\^\s*", ">=", specifier)
    if _lets_in(plain, target):
        return ""
    return f"{place} {specifier!r} keeps Python {show(target)} out; write it there by hand"
