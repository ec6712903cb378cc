"""The rules, one a file, in a package for the version that added what they lower.

Every module in ``rules/py3N`` is a rule or a family of them: each subclass of ``Rule`` that it
defines, with a ``name``, is known from then on.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Dict, Tuple

from ..rule import Rule
from ..targets import Version

_LEVELS: Dict[Version, Tuple[Rule, ...]] = {}


def of_level(version: Version) -> Tuple[Rule, ...]:
    """The rules for what ``version`` added, in the order of their modules' names."""
    if version not in _LEVELS:
        name = f"{__name__}.py{version[0]}{version[1]}"
        rules = []
        try:
            package = importlib.import_module(name)
        except ModuleNotFoundError as missing:
            if missing.name != name:
                raise
        else:
            for module in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
                found = vars(importlib.import_module(f"{name}.{module}"))
                for value in found.values():
                    if isinstance(value, type) and issubclass(value, Rule) and value.name:
                        if value.__module__ == f"{name}.{module}":
                            assert value.version == version, value
                            rules.append(value())
        _LEVELS[version] = tuple(rules)
    return _LEVELS[version]


def all_rules() -> Tuple[Rule, ...]:
    """Every rule, the newest version's first."""
    return tuple(rule for minor in range(14, 8, -1) for rule in of_level((3, minor)))
