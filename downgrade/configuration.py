"""What a run is asked to do: the command line over ``[tool.downgrade]`` over the defaults."""

from __future__ import annotations

import fnmatch
import importlib
import pathlib
from typing import Any, Dict, FrozenSet, List, NamedTuple, Optional, Tuple

from .rule import Rule
from .targets import OLDEST, Version, from_requires_python, parse_target

#: Folders that no run looks into.
NEVER = (".*", "__pycache__", "*.egg-info")
#: Folders of tools, which are left out unless they are a package or in one.
OF_TOOLS = frozenset({"build", "dist", "node_modules", "venv"})
_KEYS = {
    "target": str,
    "out": str,
    "exclude": list,
    "select": list,
    "ignore": list,
    "jobs": int,
    "backend": str,  # of downgrade.build
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
    jobs: int = 0

    def enabled(self, rule: Rule) -> bool:
        """Whether a rule runs."""
        names = {rule.name, f"py{rule.version[0]}{rule.version[1]}"}
        if self.select and not names & self.select:
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
        data: Dict[str, Any] = toml.loads(path.read_text("utf-8"))
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
        settings = dict(data.get("tool", {}).get("downgrade", {}))
        requires = data.get("project", {}).get("requires-python", "")
    for key, value in settings.items():
        if key not in _KEYS:
            known = ", ".join(sorted(_KEYS))
            raise ConfigurationError(f"[tool.downgrade] has no {key!r}; there are {known}")
        if not isinstance(value, _KEYS[key]):
            raise ConfigurationError(f"[tool.downgrade] {key} must be a {_KEYS[key].__name__}")
    given: Dict[str, Any] = {}
    if "out" in settings and pyproject is not None:
        given["out"] = pyproject.parent / settings["out"]
    given.update({key: value for key, value in options.items() if key != "target"})
    for key in ("exclude", "select", "ignore"):
        given[key] = [*settings.get(key, ()), *options.get(key, ())]
    try:
        target, target_from = _target(options, settings, requires)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    jobs = given.get("jobs", settings.get("jobs", 0))
    return Configuration(
        target,
        target_from,
        given.get("out", Configuration().out),
        tuple(given["exclude"]),
        frozenset(given["select"]),
        frozenset(given["ignore"]),
        jobs,
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


def unknown_rules(configuration: Configuration, rules: Tuple[Rule, ...]) -> List[str]:
    """The names in select and ignore that no rule and no level has."""
    names = {rule.name for rule in rules} | {
        f"py{rule.version[0]}{rule.version[1]}" for rule in rules
    }
    return sorted((configuration.select | configuration.ignore) - names)
