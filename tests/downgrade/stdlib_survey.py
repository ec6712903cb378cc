"""Makes downgrade/library/names.tsv: which public name of the standard library is how new.

    python tests/downgrade/stdlib_survey.py list OUT.json        # once under each interpreter
    python tests/downgrade/stdlib_survey.py table OLD_TYPESHED TYPESHED 3.8=OUT38.json ... > names.tsv
    python tests/downgrade/stdlib_survey.py keep names.tsv       # once under each interpreter
    python tests/downgrade/stdlib_survey.py check names.tsv      # prints the rows that aren't so

The lists come from the interpreters themselves; typeshed (``mypy/typeshed/stdlib``) adds what C
functions don't tell of themselves, their parameters, and the version that isn't installed. mypy
1.14's still knows 3.8; OLD_TYPESHED is for what came by 3.10, the newer one for the rest.
``keep`` drops the rows that an interpreter contradicts: aliases that ``dir`` hides, names that
went again. `test_library_names.py` checks the table against each interpreter.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import pathlib
import pkgutil
import sys
import sysconfig
import types
import warnings
from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

#: Not for importing, gone, or somebody's own.
OMITTED = {
    "__main__", "antigravity", "distutils", "ensurepip", "idlelib", "lib2to3", "posix", "nt",
    "test", "this", "turtle", "turtledemo", "venv", "xxlimited", "xxlimited_35",
}  # fmt: skip
Row = Tuple[int, str, str]
#: Not in an ``__all__``, with two underscores, or a parameter that neither tells.
ALSO: List[Row] = [
    (9, "name", "pkgutil.resolve_name"),
    (9, "member", "builtins.float.__ceil__"),
    (9, "member", "builtins.float.__floor__"),
    (9, "parameter", "random.sample(counts)"),
    (10, "name", "contextlib.AsyncContextDecorator"),
    (10, "name", "importlib.metadata.EntryPoints"),
    (10, "name", "io.text_encoding"),
    (10, "name", "statistics.LinearRegression"),
    (10, "name", "sysconfig.get_default_scheme"),
    (10, "name", "sysconfig.get_preferred_scheme"),
    (10, "parameter", "bisect.bisect(key)"),
    (10, "parameter", "bisect.bisect_left(key)"),
    (10, "parameter", "bisect.bisect_right(key)"),
    (10, "parameter", "bisect.insort(key)"),
    (10, "parameter", "bisect.insort_left(key)"),
    (10, "parameter", "bisect.insort_right(key)"),
    (10, "parameter", "importlib.metadata.entry_points(group)"),
    (10, "parameter", "importlib.metadata.entry_points(name)"),
    (11, "name", "asyncio.TaskGroup"),
    (11, "name", "dis.Positions"),
    (11, "name", "enum.show_flag_values"),
    (12, "parameter", "asyncio.run(loop_factory)"),
    (12, "parameter", "shutil.rmtree(onexc)"),
    (12, "parameter", "warnings.warn(skip_file_prefixes)"),
    (13, "name", "os.process_cpu_count"),
]


def modules() -> Set[str]:
    """Every public module of this interpreter's standard library."""
    found = {name for name in sys.builtin_module_names if not name.startswith("_")}

    def add(folder: str, prefix: str) -> None:
        for module in pkgutil.iter_modules([folder]):
            name = prefix + module.name
            if module.name.startswith("_") or module.name in ("test", "tests"):
                continue
            found.add(name)
            if module.ispkg:
                add(f"{folder}/{module.name}", name + ".")

    library = sysconfig.get_paths()["stdlib"]
    add(library, "")
    add(f"{library}/lib-dynload", "")
    return {name for name in found if name.split(".")[0] not in OMITTED}


def survey() -> Dict[str, Any]:
    """Module -> name -> [is it the module's own, own members, all members, parameters]."""
    warnings.simplefilter("ignore")
    out: Dict[str, Any] = {}
    known = modules()
    for name in sorted(known):
        try:
            module = importlib.import_module(name)
        except BaseException:
            continue
        public = getattr(module, "__all__", None)
        entries: Dict[str, Any] = {}
        for attribute in sorted({*dir(module), *(public or ())}):
            value = getattr(module, attribute, None)
            if attribute.startswith("_") or not hasattr(module, attribute):
                continue
            if isinstance(value, types.ModuleType) and f"{name}.{attribute}" not in known:
                continue
            home = getattr(value, "__module__", None)
            own = (
                attribute in public
                if public is not None
                else home is None or home.split(".")[0].lstrip("_") == name.split(".")[0]
            )
            members: Optional[List[str]] = None
            every: Optional[List[str]] = None
            parameters: Optional[List[str]] = None
            if isinstance(value, type) and value.__name__ == attribute:
                members = sorted(key for key in vars(value) if not key.startswith("_"))
                every = sorted(key for key in dir(value) if not key.startswith("_"))
            try:
                parameters = list(inspect.signature(value).parameters)
            except (TypeError, ValueError):
                pass
            entries[attribute] = [own, members, every, parameters]
        out[name] = entries
    return out


def grown(minor: int, old: Dict[str, Any], new: Dict[str, Any]) -> Iterator[Row]:
    """What `new` has and `old` hasn't; `minor` is the version of `new`."""
    for module, entries in new.items():
        if module not in old:
            yield minor, "module", module
            continue
        for name, (own, members, _, _) in entries.items():
            if not own:
                continue
            if name not in old[module]:
                yield minor, "name", f"{module}.{name}"
                continue
            before = old[module][name][2]
            for member in members or ():
                if before is not None and member not in before:
                    yield minor, "member", f"{module}.{name}.{member}"


class Stub:
    """One typeshed module as a version sees it: names, members and parameters."""

    def __init__(self, path: pathlib.Path, module: str, minor: int) -> None:
        self.minor = minor
        self.module = module
        self.names: Set[str] = set()
        self.members: Set[str] = set()
        self.parameters: Set[str] = set()
        self.body(ast.parse(path.read_text("utf-8")).body, "")

    def holds(self, test: ast.expr) -> Optional[bool]:
        """A comparison with ``sys.version_info`` or ``sys.platform``, decided for Linux."""
        text = ast.unparse(test)
        values = {"version_info": (3, self.minor), "platform": "linux"}
        if "version_info" in text or "platform" in text:
            space = {"sys": types.SimpleNamespace(**values)}
            return bool(eval(text, space))
        return None

    def body(self, statements: List[ast.stmt], owner: str) -> None:
        for statement in statements:
            if isinstance(statement, ast.If):
                verdict = self.holds(statement.test)
                if verdict in (True, None):
                    self.body(statement.body, owner)
                if verdict in (False, None):
                    self.body(statement.orelse, owner)
            elif isinstance(statement, ast.ClassDef):
                self.add(owner, statement.name)
                if not owner:
                    self.body(statement.body, statement.name)
            elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.add(owner, statement.name)
                function = f"{owner}.{statement.name}" if owner else statement.name
                if statement.name in ("__init__", "__new__"):
                    function = owner
                rest = statement.args
                for argument in (*rest.args, *rest.kwonlyargs):
                    self.parameters.add(f"{self.module}.{function}({argument.arg})")
            elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                self.add(owner, statement.target.id)
            elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                self.add(owner, statement.targets[0].id)
            elif isinstance(statement, ast.ImportFrom):
                for alias in statement.names:
                    if alias.asname == alias.name or self.module == "asyncio":
                        self.add(owner, alias.name)

    def add(self, owner: str, name: str) -> None:
        if not name.startswith("_"):
            if owner:
                self.members.add(f"{self.module}.{owner}.{name}")
            else:
                self.names.add(f"{self.module}.{name}")


def typeshed(folder: pathlib.Path, minor: int) -> Tuple[Set[str], Set[str], Set[str], Set[str]]:
    """Modules, names, members and parameters of a version, by typeshed."""
    known: Dict[str, Tuple[int, int]] = {}
    for line in (folder / "VERSIONS").read_text("utf-8").splitlines():
        entry = line.split("#")[0].strip()
        if entry:
            module, span = entry.split(": ")
            first, _, last = span.partition("-")
            known[module] = (int(first.split(".")[1]), int(last.split(".")[1]) if last else 99)
    found: Tuple[Set[str], Set[str], Set[str], Set[str]] = (set(), set(), set(), set())
    for path in sorted(folder.rglob("*.pyi")):
        parts = list(path.relative_to(folder).with_suffix("").parts)
        if parts[-1] == "__init__":
            parts.pop()
        if any(part.startswith("_") for part in parts) or parts[0] in OMITTED:
            continue
        spans = [known.get(".".join(parts[: end + 1]), (0, 99)) for end in range(len(parts))]
        if not all(first <= minor <= last or first == 0 for first, last in spans):
            continue
        stub = Stub(path, ".".join(parts), minor)
        found[0].add(stub.module)
        found[1].update(stub.names)
        found[2].update(stub.members)
        found[3].update(stub.parameters)
    return found


def signature_has(lists: Dict[int, Dict[str, Any]], minor: int, row: str) -> Optional[bool]:
    """Whether a function has this parameter, where the interpreter tells."""
    path, _, parameter = row[:-1].partition("(")
    module, _, name = path.rpartition(".")
    entry = lists[minor].get(module, {}).get(name)
    return None if entry is None or entry[3] is None else parameter in entry[3]


def table(
    old_folder: pathlib.Path, folder: pathlib.Path, lists: Dict[int, Dict[str, Any]]
) -> List[Row]:
    """All rows, sorted by version, kind and name."""
    rows: Set[Row] = set()
    minors = sorted(lists)
    for old, new in zip(minors, minors[1:]):
        rows.update(grown(new, lists[old], lists[new]))
    last = minors[-1]
    for minor in range(minors[0] + 1, last + 2):
        source = old_folder if minor <= 10 else folder
        older, newer = typeshed(source, minor - 1), typeshed(source, minor)
        for parameter in newer[3] - older[3]:
            path, _, name = parameter[:-1].partition("(")
            if name.startswith("_") or path not in older[1] | older[2]:
                continue
            if minor <= last and (
                signature_has(lists, minor, parameter) is False
                or signature_has(lists, minor - 1, parameter) is True
            ):
                continue
            rows.add((minor, "parameter", parameter))
    old_stub, new_stub = typeshed(folder, last), typeshed(folder, last + 1)
    for index, kind in enumerate(("module", "name", "member")):
        for name in new_stub[index] - old_stub[index]:
            parent = name.rpartition(".")[0]
            if kind == "module" or parent in old_stub[index - 1]:
                rows.add((last + 1, kind, name))
    return sorted(rows.union(ALSO))


def find(path: str) -> Optional[List[Any]]:
    """What the dotted path means here, in a list, or None."""
    parts = path.split(".")
    for end in range(len(parts), 0, -1):
        try:
            value: Any = importlib.import_module(".".join(parts[:end]))
        except ImportError:
            continue
        for part in parts[end:]:
            if not hasattr(value, part):
                return None
            value = getattr(value, part)
        return [value]
    return None


def is_here(kind: str, path: str) -> Optional[bool]:
    """Whether this interpreter has what a row names; None if a function doesn't tell."""
    if kind != "parameter":
        return find(path) is not None
    function, _, name = path[:-1].partition("(")
    found = find(function)
    try:
        known = inspect.signature(found[0]).parameters if found else None
    except (TypeError, ValueError):
        return None
    if known is None or any("VAR_" in str(one.kind) for one in known.values()):
        return None
    return name in known


def true_rows(lines: List[str]) -> List[str]:
    """The rows that are so here, or that nobody can tell."""
    warnings.simplefilter("ignore")
    kept = []
    for line in lines:
        version, kind, name = line.split("\t")
        here = is_here(kind, name)
        newer = int(version.split(".")[1]) > sys.version_info[1]
        if here is None or here != newer:
            kept.append(line)
    return kept


def main() -> None:
    if sys.argv[1] in ("keep", "check"):
        path = pathlib.Path(sys.argv[2])
        lines = path.read_text("utf-8").splitlines()
        kept = true_rows(lines)
        if sys.argv[1] == "keep":
            path.write_text("".join(line + "\n" for line in kept), "utf-8")
        else:
            print(*sorted({*lines} - {*kept}), sep="\n")
        return
    if sys.argv[1] == "list":
        pathlib.Path(sys.argv[2]).write_text(json.dumps(survey()), "utf-8")
        return
    lists = {}
    for argument in sys.argv[4:]:
        version, _, path = argument.partition("=")
        lists[int(version.split(".")[1])] = json.loads(pathlib.Path(path).read_text("utf-8"))
    for minor, kind, name in table(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]), lists):
        print(f"3.{minor}\t{kind}\t{name}")


if __name__ == "__main__":
    main()
