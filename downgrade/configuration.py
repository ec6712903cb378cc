"""What a run is asked to do: the command line over ``[tool.downgrade]`` over the defaults."""

from __future__ import annotations

import difflib
import fnmatch
import importlib
import pathlib
from typing import Any, Dict, FrozenSet, NamedTuple, Optional, Tuple

from .rule import Rule
from .targets import OLDEST, Version, from_requires_python, parse_target

#: Folders that no run looks into.
NEVER = (".*", "__pycache__", "*.egg-info")
#: Folders of tools, which are left out unless they are a package or in one.
OF_TOOLS = frozenset({"build", "dist", "node_modules", "venv"})
#: Where code can be besides modules.
EMBEDDED = ("notebooks", "markdown", "doctests")
#: Each setting, and what it has to be; of a list, the elements.
_KEYS: Dict[str, Tuple[type, str]] = {
    "target": (str, 'a string such as "3.8"'),
    "out": (str, "a string, the path of a folder"),
    "exclude": (list, "a list of strings"),
    "select": (list, "a list of strings"),
    "ignore": (list, "a list of strings"),
    "extend-select": (list, "a list of strings"),
    "jobs": (int, "a number of processes"),
    "lossy": (bool, "true or false"),
    **dict.fromkeys(EMBEDDED, (bool, "true or false")),
    "backend": (str, "a string, the name of a build backend"),  # of downgrade.build
}


class ConfigurationError(ValueError):
    """A setting that can't be meant."""


class Configuration(NamedTuple):
    """The settings of a run."""

    target: Version = OLDEST
    #: where the target came from, for the summary
    target_from: str = "the default"
    #: the folder that the lowered tree is written to; None: in place
    out: Optional[pathlib.Path] = pathlib.Path("build/downgrade")
    exclude: Tuple[str, ...] = ()
    #: names of rules or levels (``py312``); empty: all
    select: FrozenSet[str] = frozenset()
    ignore: FrozenSet[str] = frozenset()
    #: names of rules in addition: those that run only on request
    extend_select: FrozenSet[str] = frozenset()
    jobs: int = 0
    #: code outside of modules that is lowered too: ``notebooks``, ``markdown``, ``doctests``
    embedded: FrozenSet[str] = frozenset()
    #: what can't be lowered is left or loses something, with a warning instead of an error
    lossy: bool = False

    def enabled(self, rule: Rule) -> bool:
        """Whether a rule runs."""
        names = {rule.name, f"py{rule.version[0]}{rule.version[1]}"}
        if rule.on_request and rule.name not in self.select | self.extend_select:
            return False
        if self.select and not names & (self.select | self.extend_select):
            return False
        return not names & self.ignore

    def excluded(self, path: pathlib.Path, root: pathlib.Path) -> bool:
        """Whether ``path``, below the given ``root``, is left out (a file or a folder)."""
        if path.is_dir():
            if any(fnmatch.fnmatch(path.name, pattern) for pattern in NEVER):
                return True
            if path.name in OF_TOOLS and not (_is_package(path) or _is_package(path.parent)):
                return True
        return self.excluded_by_user(path, root)

    def excluded_by_user(self, path: pathlib.Path, root: pathlib.Path) -> bool:
        """Whether ``exclude`` names ``path``, below ``root``."""
        relative = path.relative_to(root).as_posix()
        whole = path.as_posix()
        return any(
            fnmatch.fnmatch(name, pattern) or fnmatch.fnmatch(name, f"{pattern.rstrip('/')}/*")
            for pattern in self.exclude
            for name in (relative, whole, path.name)
        )


def _is_package(folder: pathlib.Path) -> bool:
    return (folder / "__init__.py").is_file()


def find_pyproject(start: pathlib.Path) -> Optional[pathlib.Path]:
    """The nearest ``pyproject.toml`` in ``start`` or above it."""
    folder = start.resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / "pyproject.toml").is_file():
            return candidate / "pyproject.toml"
    return None


def read_toml(path: pathlib.Path) -> Dict[str, Any]:
    """Read a TOML file with the standard library or, before 3.11, with ``tomli``."""
    return toml_data(path.read_text("utf-8"), path)


def toml_data(text: str, path: pathlib.Path) -> Dict[str, Any]:
    """The data in the text of a TOML file; ``ConfigurationError`` if it is none."""
    try:
        toml = importlib.import_module("tomllib")
    except ModuleNotFoundError:
        try:
            toml = importlib.import_module("tomli")
        except ModuleNotFoundError:
            raise ConfigurationError(
                f"{path}: reading it needs the package tomli on this Python"
            ) from None
    try:
        data: Dict[str, Any] = toml.loads(text)
    except ValueError as error:
        raise ConfigurationError(f"{path}: {error}") from None
    return data


def configure(start: pathlib.Path, options: Dict[str, Any]) -> Configuration:
    """Put the settings together.

    ``options`` are those of the command line that were given. ``ConfigurationError`` for a wrong
    one, or a wrong key in ``[tool.downgrade]``.
    """
    pyproject = find_pyproject(start)
    settings: Dict[str, Any] = {}
    requires = ""
    if pyproject is not None:
        try:
            data = read_toml(pyproject)
        except ConfigurationError:
            # Without tomli the file counts only if it speaks of downgrade or bounds the target.
            text = pyproject.read_text("utf-8")
            if "[tool.downgrade" in text or ("requires-python" in text and "target" not in options):
                raise
            data = {}
        settings = _table(_table(data, "tool", pyproject), "downgrade", pyproject, "tool.")
        _check(settings, pyproject)
        found = _table(data, "project", pyproject).get("requires-python", "")
        if not isinstance(found, str):
            raise ConfigurationError(
                f"{pyproject}: [project] requires-python is {found!r}, and must be a string such "
                'as ">=3.8"'
            )
        requires = found
    given: Dict[str, Any] = {}
    if "out" in settings and pyproject is not None:
        given["out"] = pyproject.parent / settings["out"]
    given.update({key: value for key, value in options.items() if key != "target"})
    for key in ("exclude", "select", "ignore", "extend-select"):
        given[key] = [*settings.get(key, ()), *options.get(key.replace("-", "_"), ())]
    try:
        target, target_from = _target(options, settings, requires)
    except ValueError as error:
        place = f"{pyproject}: " if "target" not in options and pyproject is not None else ""
        raise ConfigurationError(f"{place}{error}") from None
    jobs = given.get("jobs", settings.get("jobs", 0))
    if jobs < 0:
        raise ConfigurationError(f"{jobs} processes: jobs must be 1 or more, or 0 for one a core")
    return Configuration(
        target,
        target_from,
        given.get("out", Configuration().out),
        tuple(given["exclude"]),
        frozenset(given["select"]),
        frozenset(given["ignore"]),
        frozenset(given["extend-select"]),
        jobs,
        frozenset(key for key in EMBEDDED if options.get(key) or settings.get(key)),
        bool(options.get("lossy") or settings.get("lossy")),
    )


def _table(data: Dict[str, Any], key: str, path: pathlib.Path, above: str = "") -> Dict[str, Any]:
    found = data.get(key, {})
    if not isinstance(found, dict):
        raise ConfigurationError(f"{path}: {above}{key} is {found!r}, and must be a table")
    return found


def _check(settings: Dict[str, Any], path: pathlib.Path) -> None:
    """Refuse settings that nobody knows, or of another type."""
    for key, value in settings.items():
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, 1)
            known = (
                f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(_KEYS))}"
            )
            raise ConfigurationError(f"{path}: [tool.downgrade] has no {key!r}; {known}")
        kind, wanted = _KEYS[key]
        right = isinstance(value, kind) and isinstance(value, bool) == (kind is bool)
        if not right or (kind is list and not all(isinstance(one, str) for one in value)):
            raise ConfigurationError(
                f"{path}: [tool.downgrade] {key} is {value!r}, and must be {wanted}"
            )


def _target(
    options: Dict[str, Any], settings: Dict[str, Any], requires: str
) -> Tuple[Version, str]:
    if "target" in options:
        return parse_target(options["target"]), "--target"
    if "target" in settings:
        return parse_target(settings["target"]), "[tool.downgrade]"
    if requires:
        return from_requires_python(requires), "requires-python"
    return OLDEST, "the default"


def check_names(configuration: Configuration, rules: Tuple[Rule, ...]) -> None:
    """``ConfigurationError`` for a name in select or ignore that no rule and no level has."""
    names = {rule.name for rule in rules} | {
        f"py{rule.version[0]}{rule.version[1]}" for rule in rules
    }
    asked = configuration.select | configuration.ignore | configuration.extend_select
    for name in sorted(asked - names):
        near = difflib.get_close_matches(name, sorted(names), 1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        raise ConfigurationError(f"no rule is called {name!r}{meant} --rules lists them")
