"""Which code is captured, and which runs as it is: rules by module that users see and set.

``rules()`` lists them; a longer name wins over a shorter one, a user's over a built-in one::

    from paddlefx import skip_rules

    skip_rules.run_as_is("my_package.data")   # calls of it break the graph, it runs as plain Python
    skip_rules.refuse("my_package.debug")     # a capture that reaches it raises GraphBreakError
    skip_rules.inline("my_package.data.ops")  # captured, also as part of its callers

Set rules before the first call, or call :func:`paddlefx.reset` after it: what was compiled stays.
"""

from __future__ import annotations

import enum
import os
import sysconfig
import threading
import types
from typing import Any, Dict, List, NamedTuple, Optional

from . import frameworks

__all__ = [
    "Rule",
    "Treatment",
    "clear",
    "inline",
    "is_users",
    "refuse",
    "rules",
    "run_as_is",
    "treatment",
]


class Treatment(enum.Enum):
    """What happens to the functions of a module."""

    #: Captured into their callers, and compiled where they are reached after a graph break.
    INLINE = "inline"
    #: Captured into their callers; reached after a graph break they run as plain Python.
    INLINE_ONLY = "inline only"
    #: A call of them breaks the graph, and they run as plain Python.
    RUN = "run as is"
    #: A capture that reaches a call of them raises GraphBreakError.
    REFUSE = "refuse"


class Rule(NamedTuple):
    """What a rule says.

    Args:
        module: the name of a module or package; it covers what is inside.
        treatment: what happens to its functions.
        builtin: whether it comes with paddlefx.
    """

    module: str
    treatment: Treatment
    builtin: bool = False


_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_LIBRARIES = tuple(
    os.path.abspath(path) + os.sep
    for path in {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
)
_PACKAGES = tuple(
    os.path.abspath(path) + os.sep
    for path in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
)

_lock = threading.Lock()
_set: Dict[str, Rule] = {}


def _add(module: str, chosen: Treatment) -> None:
    if not isinstance(module, str) or not all(part.isidentifier() for part in module.split(".")):
        raise ValueError(f"a rule is for the name of a module, not {module!r}")
    with _lock:
        _set[module] = Rule(module, chosen)


def inline(module: str) -> None:
    """Capture the functions of a module or package, wherever they are reached.

    Raises:
        ValueError: not the name of a module.
    """
    _add(module, Treatment.INLINE)


def run_as_is(module: str) -> None:
    """Never capture the functions of a module or package: calls of them break the graph.

    Raises:
        ValueError: not the name of a module.
    """
    _add(module, Treatment.RUN)


def refuse(module: str) -> None:
    """Raise :class:`~paddlefx.GraphBreakError` where a capture reaches a module or package.

    Raises:
        ValueError: not the name of a module.
    """
    _add(module, Treatment.REFUSE)


def clear(module: Optional[str] = None) -> None:
    """Take back the user's rule for a module, or all of them."""
    with _lock:
        if module is None:
            _set.clear()
        else:
            _set.pop(module, None)


def rules() -> List[Rule]:
    """Every rule by module, the user's first.

    The built-in ones: functions of paddlefx, the tensor framework and the standard library are
    captured into their callers, not on their own; so are installed packages that don't use the
    framework. All else is captured wherever it is reached.
    """
    with _lock:
        own = sorted(_set.values())
    only = Treatment.INLINE_ONLY
    return [
        *own,
        Rule("paddlefx", only, True),
        Rule(frameworks.active().name, only, True),
        Rule("<standard library>", only, True),
        Rule("<installed packages without the framework>", only, True),
        Rule("<everything else>", Treatment.INLINE, True),
    ]


def treatment(module: Any) -> Optional[Treatment]:
    """What the user's rules say of a module's functions; ``None`` when they say nothing."""
    if not _set or not isinstance(module, str):
        return None
    while module:
        rule = _set.get(module)
        if rule is not None:
            return rule.treatment
        module = module.rpartition(".")[0]
    return None


#: Code without a file of its own: of the interpreter, of paddlefx, of numpy's dispatch up to 1.24.
_GENERATED = ("<frozen", "<paddlefx", "<__array_function__")


def is_users(filename: str, names: Dict[str, Any]) -> bool:
    """Whether frames of a file are compiled when they are reached from a graph break.

    Args:
        filename: of the code.
        names: its globals.
    """
    chosen = treatment(names.get("__name__"))
    if chosen is not None:
        return chosen is Treatment.INLINE
    path = os.path.abspath(filename)
    if filename.startswith(_GENERATED) or path.startswith(_HERE):
        return False
    if path.startswith(_PACKAGES):
        framework = frameworks.active()
        return not path.startswith(framework.package_path) and _uses(names, framework.name)
    return not path.startswith(_LIBRARIES)


def _uses(names: Dict[str, Any], package: str) -> bool:
    """Whether some global is the package, or comes from it."""
    for value in list(names.values()):
        if type(value) is types.ModuleType:
            name = value.__dict__.get("__name__")
        else:
            named = issubclass(type(value), (types.FunctionType, types.BuiltinFunctionType, type))
            name = getattr(value if named else type(value), "__module__", None)
        if isinstance(name, str) and name.partition(".")[0] == package:
            return True
    return False
