"""Names of the standard library that an older version doesn't have.

The rules of the levels are made from this one: each replaces the names that its version added,
by the tables in library/.
"""

from __future__ import annotations

import functools
import re
from typing import Any, Dict, FrozenSet, Iterator, List, NamedTuple, Optional, Set, Union

from ..library import Version, new_methods, new_names, since
from ..library.replacements import (
    ATTRIBUTES,
    DATACLASS_OPTIONS,
    EXTENSIONS,
    METHOD_WORDS,
    METHODS,
    PARAMETERS,
    RUNTIME,
    since_of,
)
from ..rule import Change, Context, Reading, Rule
from ..syntax import nodes, operators
from ..syntax.code import Code
from ..syntax.node import Located, Node, walk
from .library_words import versions_used
from .type_positions import annotation_around, is_local_annotation

Import = Union[nodes.Import, nodes.ImportFrom]
#: Words in a test that asks whether something is there.
_ASKS = {"version_info", "hexversion", "hasattr", "TYPE_CHECKING", "PY_VERSION_HEX"}
_ERRORS = {"ImportError", "ModuleNotFoundError", "AttributeError", "NameError"}


class _Moved(NamedTuple):
    """An imported name that comes from elsewhere now."""

    alias: nodes.alias
    path: str

    @property
    def bound(self) -> str:
        return self.alias.asname or self.alias.name


class LibraryRule(Rule):
    """Replaces what one version added: imports, attributes, builtins, methods and parameters."""

    visits = (
        nodes.Import,
        nodes.ImportFrom,
        nodes.Attribute,
        nodes.Name,
        nodes.Call,
        nodes.ClassDef,
    )

    def may_apply(self, code: Code, grammar: bool) -> bool:
        """Whether the code may use something that this version added."""
        return self.version in versions_used(code)

    def candidates(self, reading: Reading) -> Iterator[Node]:
        """The imports, and what has one of the names that this version added."""
        for node in reading.index.kept(_may_be_new):
            if isinstance(node, nodes.Name):
                if since_of(f"builtins.{node.id}") != self.version:
                    continue
            elif isinstance(node, nodes.Attribute):
                if self.version not in _attributes()[node.attr]:
                    continue
            elif isinstance(node, nodes.Call):
                if not self._may_call(node):
                    continue
            yield node

    def _may_call(self, node: nodes.Call) -> bool:
        """Whether a call may be of a method that this version added, or with such a parameter."""
        function = node.func
        if isinstance(function, nodes.Attribute) and function.attr in METHODS:
            return self.is_new_method(function.attr)
        new, options = _parameters_of(self.version), self.version in DATACLASS_OPTIONS
        return any(
            options if keyword.arg is None else keyword.arg in new for keyword in node.keywords
        )

    def is_mine(self, path: str) -> bool:
        """Whether this rule's version added a path that can be replaced."""
        return since_of(path) == self.version and (path in EXTENSIONS or path in RUNTIME)

    def is_lacking(self, path: str) -> bool:
        """Whether this rule's version added a path that nothing stands for."""
        row = new_names().get(path)
        if row is None or row.since != self.version or _reached(path):
            return False
        known = path in EXTENSIONS or path in RUNTIME or path in PARAMETERS
        return row.kind != "member" and not known

    def lacking(self, node: Located, path: str, context: Context) -> None:
        """Say that nothing stands for a path."""
        version = ".".join(map(str, self.version))
        context.unsupported(node, f"{path} came with Python {version}, and nothing stands for it")

    def visit(self, node: Node, context: Context) -> None:
        """Replace new names."""
        if isinstance(node, (nodes.Import, nodes.ImportFrom)):
            if not is_guarded(node, context):
                self.imports(node, context)
        elif isinstance(node, nodes.Attribute):
            self.attribute(node, context)
        elif isinstance(node, nodes.Name):
            path = context.scopes.qualified(node)
            if path is not None and path.startswith("builtins.") and self.is_mine(path):
                if node.ctx is operators.LOAD and not is_guarded(node, context):
                    with context.change(node) as change:
                        start, end = context.source.span(node)
                        change.replace(start, end, change.runtime(RUNTIME[path]))
        elif isinstance(node, nodes.Call):
            self.call(node, context)
        elif isinstance(node, nodes.ClassDef):
            self.dataclass(node, context)

    # ----------------------------------------------------------------- imports

    def imports(self, node: Import, context: Context) -> None:
        """``from typing import Any, Self`` -> ``...; from typing_extensions import Self``."""
        moved: List[_Moved] = []
        for alias in node.names:
            path = alias.name
            if isinstance(node, nodes.ImportFrom):
                if node.level or node.module is None:
                    return
                path = f"{node.module}.{alias.name}"
                if self.is_mine(node.module):
                    moved.append(_Moved(alias, path))
                    continue
            if self.is_mine(path):
                moved.append(_Moved(alias, path))
            elif self.is_lacking(path):
                self.lacking(node, path, context)
        if moved:
            with context.change(node) as change:
                self.rewrite(node, moved, context, change)

    def rewrite(self, node: Import, moved: List[_Moved], context: Context, change: Change) -> None:
        """Take names out of an import, and bind them behind it."""
        source = context.source
        start, end = source.span(node)
        extensions = [one for one in moved if one.path in EXTENSIONS]
        statements = []
        if extensions:
            names = ", ".join(
                EXTENSIONS[one.path]
                + (f" as {one.bound}" if one.bound != EXTENSIONS[one.path] else "")
                for one in extensions
            )
            statements.append(f"from typing_extensions import {names}")
        statements += [
            f"{one.bound} = {self.value(one.path, change)}"
            for one in moved
            if one not in extensions
        ]
        gone = {id(one.alias) for one in moved}
        kept = [one for one in node.names if id(one) not in gone]
        if not kept:
            change.replace(start, end, "; ".join(statements) + source.comments(start, end))
            return
        brackets = source.text[end - 1] == ")"
        last = len(node.names) if brackets else node.names.index(kept[-1])
        for alias in node.names[:last]:
            if id(alias) in gone:
                first, after = source.span(alias)
                comma = source.skip(after)
                if source.text[comma : comma + 1] == ",":
                    after = source.skip_on_line(comma + 1)
                change.replace(first, after, self.lines_of(first, after, brackets, context))
        if node.names[last + 1 :]:
            first = source.end(kept[-1])
            change.replace(first, end, self.lines_of(first, end, brackets, context))
        change.insert(end, "; " + "; ".join(statements))

    @staticmethod
    def lines_of(start: int, end: int, brackets: bool, context: Context) -> str:
        """The lines and comments of names that go: in brackets, or with backslashes."""
        source = context.source
        if brackets:
            return source.comments(start, end)
        return f" \\{source.newline}" * source.newlines(start, end)

    @staticmethod
    def value(path: str, change: Change) -> str:
        """The expression for a replaced path: of a new module, or of a new name."""
        parts = path.split(".")
        for count in range(1, len(parts) + 1):
            head = ".".join(parts[:count])
            if head in RUNTIME:
                return ".".join([change.runtime(RUNTIME[head]), *parts[count:]])
        return f"{change.module('typing_extensions')}.{EXTENSIONS[path]}"

    # ------------------------------------------------------------- expressions

    def attribute(self, node: nodes.Attribute, context: Context) -> None:
        """``typing.Self`` -> ``_typing_extensions.Self``."""
        if node.attr in ATTRIBUTES:
            self.any_attribute(node, context)
            return
        if node.attr not in _attributes() or node.ctx is not operators.LOAD:
            return
        if not context.scopes.may_begin(node, _BUILTIN_CLASSES):
            return
        path = context.scopes.qualified(node)
        if (path is None or not self.is_mine(path)) and self.maybe_attribute(node, context):
            return
        if path is None or is_guarded(node, context):
            return
        if not self.is_mine(path):
            if self.is_lacking(path) and not is_never_evaluated(node, context):
                self.lacking(node, path, context)
            return
        with context.change(node) as change:
            start, end = context.source.span(node)
            lines = context.source.newlines(start, end)
            gap = context.source.newline * lines
            value = self.value(path, change)
            change.replace(start, end, f"({value}{gap})" if lines else value)

    def maybe_attribute(self, node: nodes.Attribute, context: Context) -> bool:
        """``datetime.UTC`` where ``datetime`` is a module or something else, as it comes.

        False if nothing is done, or said, about it.
        """
        paths = sorted(context.scopes.maybe(node))
        mine = [path for path in paths if self.is_mine(path)]
        lacking = [path for path in paths if self.is_lacking(path)]
        if not (mine or lacking) or is_guarded(node, context):
            return False
        if is_never_evaluated(node, context):
            return False
        if mine:
            with context.change(node) as change:
                self.choose(node, mine[0], self.value(mine[0], change), context, change)
        else:
            version = ".".join(map(str, self.version))
            text = f"{lacking[0]} came with Python {version}, and nothing stands for it"
            context.note(node, f"{text}; the file doesn't say for certain that it is meant here")
        return True

    @staticmethod
    def choose(
        node: nodes.Attribute, path: str, value: str, context: Context, change: Change
    ) -> None:
        """``x.a`` -> ``attribute_of(x, "m", "a", value)``, which is the value if x is ``m``."""
        source = context.source
        pairs = source.parenthesised(node.value)
        start, end = pairs[-1] if pairs else source.span(node.value)
        change.insert(start, f"{change.runtime('attribute_of')}(")
        owner = path.rpartition(".")[0]
        rest = f', "{owner}", "{node.attr}", {value})'
        change.replace(end, source.end(node), source.comments(end, source.end(node)) + rest)

    def call(self, node: nodes.Call, context: Context) -> None:
        """``x.removeprefix(y)``, ``zip(a, b, strict=True)`` and ``partial(zip, strict=True)``."""
        source = context.source
        function = node.func
        if isinstance(function, nodes.Attribute) and function.attr in METHODS:
            self.method(node, function, context)
            return
        if not context.scopes.may_mean(function, _called(self.version)):
            return
        if node.args and any(_may_be_parameter(keyword) for keyword in node.keywords):
            if context.scopes.qualified(function) == "functools.partial":
                function = node.args[0]
        path = context.scopes.qualified(function)
        if path is None and isinstance(function, nodes.Attribute) and node.keywords:
            self.maybe_call(node, function, context)
        if path is None or not node.keywords or is_guarded(node, context):
            return
        for keyword in node.keywords:
            row = f"{path}({keyword.arg})"
            if keyword.arg is None and path == _DATACLASS:
                row = DATACLASS_OPTIONS.get(self.version, row)
            elif keyword.arg not in _new_parameters():
                continue
            if since(row) != self.version:
                continue
            if path in EXTENSIONS:
                continue
            if row not in PARAMETERS:
                self.lacking(node, row, context)
                continue
            with context.change(node) as change:
                start, end = source.span(function)
                change.replace(start, end, self.taker(row, change))
            return

    def maybe_call(self, node: nodes.Call, function: nodes.Attribute, context: Context) -> None:
        """``bisect.insort(a, x, key=f)`` where ``bisect`` is a module or something else."""
        for path in sorted(context.scopes.maybe(function)):
            for keyword in node.keywords:
                row = f"{path}({keyword.arg})"
                if row not in PARAMETERS or since(row) != self.version or path in EXTENSIONS:
                    continue
                if not is_guarded(node, context):
                    with context.change(node) as change:
                        value = self.taker(row, change)
                        self.choose(function, path, value, context, change)
                return

    @staticmethod
    def taker(row: str, change: Change) -> str:
        """The expression for a function that takes a new parameter."""
        module, dot, name = PARAMETERS[row].rpartition(".")
        return f"{change.module(module)}.{name}" if dot else change.runtime(name)

    def method(self, node: nodes.Call, function: nodes.Attribute, context: Context) -> None:
        """``x.removeprefix(y)``, and ``str.removeprefix(x, y)``."""
        source = context.source
        owner, name = function.value, function.attr
        if _is_emitted_module(owner):
            return
        if not self.is_new_method(name) or is_guarded(node, context):
            return
        if name in METHOD_WORDS and METHOD_WORDS[name].isdisjoint(context.words):
            return
        path = context.scopes.qualified(function)
        if path in _NOT_METHODS:
            return
        with context.change(node) as change:
            shim = change.runtime(METHODS[name])
            if path in new_names():
                start, end = source.span(function)
                change.replace(start, end, shim + source.newline * source.newlines(start, end))
                return
            pairs = source.parenthesised(owner)
            start, end = pairs[-1] if pairs else source.span(owner)
            opening = source.find("(", source.end(function)).end
            comma = ", " if node.args or node.keywords else ""
            change.insert(start, f"{shim}(")
            change.replace(end, opening, comma + source.comments(end, opening))

    def any_attribute(self, node: nodes.Attribute, context: Context) -> None:
        """``status.is_success``."""
        above = context.parent(node)
        if node.ctx is not operators.LOAD or is_guarded(node, context):
            return
        if isinstance(above, nodes.Call) and above.func is node:
            return  # a method of something else, or already written
        source = context.source
        pairs = source.parenthesised(node.value)
        start, end = pairs[-1] if pairs else source.span(node.value)
        with context.change(node) as change:
            change.insert(start, f"{change.runtime(ATTRIBUTES[node.attr])}(")
            change.replace(end, source.end(node), source.comments(end, source.end(node)) + ")")

    def is_new_method(self, name: str) -> bool:
        """Whether this version added the method."""
        return any(since(path) == self.version for path in new_methods().get(name, ()))

    def dataclass(self, node: nodes.ClassDef, context: Context) -> None:
        """``@dataclass`` over a body that needs new parameters; calls with them are ``call``'s."""
        scopes, source = context.scopes, context.source
        if self.version != (3, 10) or not any(_keyword_only(one, context) for one in node.body):
            return
        for decorator in node.decorator_list:
            function = decorator.func if isinstance(decorator, nodes.Call) else decorator
            if not scopes.may_mean(function, _DECORATORS):
                continue
            if scopes.qualified(function) != _DATACLASS:
                continue
            keywords = decorator.keywords if isinstance(decorator, nodes.Call) else []
            if any(f"{_DATACLASS}({one.arg})" in PARAMETERS or not one.arg for one in keywords):
                continue
            with context.change(decorator) as change:
                start, end = source.span(function)
                change.replace(start, end, change.runtime("dataclass"))


_DATACLASS = "dataclasses.dataclass"
_DECORATORS = frozenset(["dataclass"])
#: Builtin names that are new, and classes that have what is new.
_BUILTIN_NAMES = frozenset(path[9:] for path in RUNTIME if path.startswith("builtins."))
_BUILTIN_CLASSES = frozenset(name.partition(".")[0] for name in _BUILTIN_NAMES if "." in name)
#: Functions of modules that are called like a method that is new.
_NOT_METHODS = {"ast.walk", "os.walk", "os.readlink"}


def _may_be_new(by_class: Dict[type, List[Any]]) -> List[Node]:
    """The nodes that some version's rule may have to do with."""
    attributes = _attributes()
    return [
        *by_class.get(nodes.Import, ()),
        *by_class.get(nodes.ImportFrom, ()),
        *[node for node in by_class.get(nodes.Attribute, ()) if node.attr in attributes],
        *[node for node in by_class.get(nodes.Name, ()) if node.id in _BUILTIN_NAMES],
        *[
            node
            for node in by_class.get(nodes.Call, ())
            if (type(node.func) is nodes.Attribute and node.func.attr in METHODS)
            or (node.keywords and any(_may_be_parameter(keyword) for keyword in node.keywords))
        ],
        *[node for node in by_class.get(nodes.ClassDef, ()) if node.decorator_list],
    ]


@functools.lru_cache(maxsize=None)
def _attributes() -> Dict[str, Set[Version]]:
    """The last part of everything new that is no parameter -> the versions that added it."""
    found: Dict[str, Set[Version]] = {}
    new = [path for path, row in new_names().items() if row.kind in ("name", "module")]
    new += [path for name in ATTRIBUTES for path in new_methods()[name]]
    for path in (*new, *EXTENSIONS, *RUNTIME):
        version = since_of(path)
        if version is not None:
            found.setdefault(path.rpartition(".")[2], set()).add(version)
    return found


@functools.lru_cache(maxsize=None)
def _new_parameters() -> FrozenSet[str]:
    return hint_words("parameter")


def _may_be_parameter(keyword: nodes.keyword) -> bool:
    """Whether a version may have added it: by its name, or as ``**options``."""
    return keyword.arg is None or keyword.arg in _new_parameters()


@functools.lru_cache(maxsize=None)
def _parameters_of(version: Version) -> FrozenSet[str]:
    """The names of the parameters that a version added."""
    return frozenset(path.rstrip(")").partition("(")[2] for path in _parameter_rows(version))


@functools.lru_cache(maxsize=None)
def _called(version: Version) -> FrozenSet[str]:
    """The last words of what may be called with a parameter that a version added."""
    functions = {path.partition("(")[0].rpartition(".")[2] for path in _parameter_rows(version)}
    options = ["dataclass"] if version in DATACLASS_OPTIONS else []
    return frozenset({*functions, *options, "partial"})


def _parameter_rows(version: Version) -> List[str]:
    rows = new_names().items()
    return [path for path, row in rows if row.kind == "parameter" and row.since == version]


def hint_words(*kinds: str) -> FrozenSet[str]:
    """The last words of the rows of these kinds."""
    rows = (path for path, row in new_names().items() if row.kind in kinds)
    return frozenset(re.split(r"[.(]", path.rstrip(")"))[-1] for path in rows)


def _keyword_only(statement: nodes.stmt, context: Context) -> bool:
    """Whether a field is only for keywords, or those below ``_: KW_ONLY``."""
    if not isinstance(statement, nodes.AnnAssign):
        return False
    named = [context.scopes.qualified(one) for one in walk(statement.annotation)]
    if "dataclasses.KW_ONLY" in named:
        return True
    value = statement.value
    return isinstance(value, nodes.Call) and any(one.arg == "kw_only" for one in value.keywords)


def is_never_evaluated(node: Node, context: Context) -> bool:
    """Whether ``node`` stands in an annotation that is kept as text."""
    if annotation_around(node, context) is None:
        return is_local_annotation(node, context)
    return any(
        isinstance(one, nodes.ImportFrom)
        and one.module == "__future__"
        and any(alias.name == "annotations" for alias in one.names)
        for one in context.tree.body
    )


def _is_emitted_module(node: nodes.expr) -> bool:
    """Whether an expression is what ``Change.runtime`` takes a name from."""
    if isinstance(node, nodes.Name):
        return node.id.startswith("_downgrade")
    if isinstance(node, nodes.Attribute):
        return node.attr == "_downgrade"
    if isinstance(node, nodes.Call) and isinstance(node.func, nodes.Name) and node.args:
        first = node.args[0]
        imported = isinstance(first, nodes.Constant) and first.value == "_downgrade"
        return imported and node.func.id == "__import__"
    return False


def _reached(path: str) -> bool:
    """Whether another rule takes care of an import: annotations of nothing but types."""
    return path.startswith(("__future__.", "typing_extensions."))


def is_guarded(node: Node, context: Context) -> bool:
    """Whether the code asks first if the name is there: by a test, or by catching an error.

    ``except Exception`` asks this only where the imports are what the ``try`` begins with; a
    ``try`` around a function doesn't catch what happens in it.
    """
    is_import = isinstance(node, nodes.stmt)
    deferred = False
    child: Node = node
    for above in context.parents(node):
        if isinstance(above, nodes.If) and child is not above.test:
            if _asks(above.test):
                return True
        elif isinstance(above, nodes.Try):
            broad = is_import and child is node and _begins_with(above.body, node)
            errors = _ERRORS | {"Exception"} if broad else _ERRORS
            if (
                not deferred
                and any(child is one for one in above.body)
                and any(_catches(handler.type, errors) for handler in above.handlers)
            ):
                return True
            if any(
                child is handler and _catches(handler.type, _ERRORS) for handler in above.handlers
            ):
                return True
        elif isinstance(above, (nodes.FunctionDef, nodes.AsyncFunctionDef, nodes.Lambda)):
            deferred = True
        child = above
    return False


def _begins_with(body: List[nodes.stmt], node: Node) -> bool:
    """Whether only imports stand in front of an import."""
    for statement in body:
        if statement is node:
            return True
        if not isinstance(statement, (nodes.Import, nodes.ImportFrom)):
            return False
    return False


def _asks(test: nodes.expr) -> bool:
    return any(
        (isinstance(one, nodes.Name) and one.id in _ASKS)
        or (isinstance(one, nodes.Attribute) and one.attr in _ASKS)
        for one in walk(test)
    )


def _catches(types: Optional[nodes.expr], errors: Set[str]) -> bool:
    if types is None:
        return "Exception" in errors
    return any(isinstance(one, nodes.Name) and one.id in errors for one in walk(types))
