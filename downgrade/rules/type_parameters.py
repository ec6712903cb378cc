"""How type parameters are lowered: what the rules for PEP 695 and PEP 696 share.

``def f[T: B](x: T)`` -> ``_T_1 = _downgrade.TypeVar("_T_1", bound="B"); _downgrade.lazily(_T_1,
bound=lambda: B)`` on a line above, ``def f(x: _T_1)``: the string is for checkers. The parameters are made where the definition is executed, but never in a class
(they would be members of it): above the outermost class. What refers to names of such a class
gets them as its attributes.
"""

from __future__ import annotations

import re
from typing import Dict, List, Optional, Tuple, Union

from ..rule import Change, Context
from ..scopes import CLASS, FUNCTION, MODULE, Generic, Scope, Use, mangle, param_name
from ..slots import NoSlot, first_line, is_docstring, is_future
from ..syntax import nodes
from ..syntax.node import Located, Node, walk

_KINDS = {
    nodes.TypeVar: "TypeVar",
    nodes.ParamSpec: "ParamSpec",
    nodes.TypeVarTuple: "TypeVarTuple",
}
#: Decorators behind which the function can be found again.
_TRANSPARENT = (
    "staticmethod",
    "classmethod",
    "property",
    "abstractmethod",
    "final",
    "override",
    "overload",
)
#: Types that are the same whenever they are looked up.
_BUILTIN_TYPES = frozenset(
    [
        "int",
        "str",
        "bytes",
        "bool",
        "float",
        "complex",
        "object",
        "type",
        "list",
        "dict",
        "set",
        "frozenset",
        "tuple",
        "bytearray",
    ]
)


class Lowering:
    """The work for one definition with type parameters, or one alias."""

    def __init__(self, node: Generic, context: Context, change: Change) -> None:
        """Look at the scopes around ``node``."""
        self.node, self.context, self.change = node, context, change
        self.source = context.source
        self.scopes = context.scopes
        self.around = self.scopes.around(node)
        self.annotation = self.scopes.annotation(node)
        self.home = self.scopes.home(self.around)
        #: the variable of each parameter
        self.variables: Dict[str, str] = {}
        #: what makes those that have no line of their own: variable -> expression
        self.inline: Dict[str, str] = {}
        #: the variable of a class's tuple of parameters, which its body can't name for checkers
        self.all = ""

    # ------------------------------------------------------------- parameters

    def parameters(self) -> None:
        """Make the parameters on a line above, and rename what refers to them."""
        for param in self.node.type_params:
            self.variables[param_name(param)] = self._variable(param_name(param))
        code = {
            self.variables[param_name(param)]: self._construction(param)
            for param in self.node.type_params
        }
        if code and not self._place(self._statements()):
            self.inline, self.all = code, ""
        brackets = self.brackets()
        uses = [
            (self.source.start(use.node), name, use)
            for name in self.variables
            for use in self.scopes.uses_of(self.annotation, name)
            if not brackets[0] <= self.source.start(use.node) < brackets[1]
        ]
        uses.sort(key=lambda item: item[0])
        if self.inline and not self._has_tuple_first():
            if uses and self._is_evaluated_first(uses[0][2]):
                _, name, use = uses.pop(0)
                self._rename(use, name, self._all_inline(self.variables[name]))
            elif not isinstance(self.node, nodes.ClassDef):
                line = first_line(self.node)
                raise NoSlot("there is no blank line above, and no statement to join", line)
        for _, name, use in uses:
            self._rename(use, name, self.variables[name])

    def _all_inline(self, variable: str) -> str:
        """An expression that makes all parameters and gives one of them."""
        made = ", ".join(f"{name} := {code}" for name, code in self.inline.items())
        alone = len(self.inline) == 1
        self.inline = {}
        return f"({made})" if alone else f"({made}, {variable})[-1]"

    def _has_tuple_first(self) -> bool:
        """Whether the tuple of all parameters is evaluated before anything else uses them."""
        if isinstance(self.node, nodes.ClassDef):
            return False
        return isinstance(self.node, nodes.TypeAlias) or not is_transparent(self.node)

    def _is_evaluated_first(self, use: Use) -> bool:
        """Whether the first use in the text is evaluated first, with the definition."""
        if not isinstance(use.node, nodes.Name) or use.scope is not self.annotation:
            return False
        if not isinstance(self.node, nodes.ClassDef):
            if any(is_future(statement) for statement in self.context.tree.body):
                return False
            if getattr(self.node, "args").posonlyargs:  # noqa: B009 (3.8 evaluates them later)
                return False
        for above in self.context.parents(use.node):
            if above is self.node:
                return True
            if isinstance(above, (nodes.Lambda, nodes.IfExp, nodes.BoolOp, nodes.comprehension)):
                return False
        return False

    def tuple_of_variables(self) -> str:
        """The value of ``__type_params__``."""
        if self.all:
            return self.all
        names = [
            f"({name} := {self.inline[name]})" if name in self.inline else name
            for name in self.variables.values()
        ]
        return f"({names[0]},)" if len(names) == 1 else f"({', '.join(names)})"

    def brackets(self) -> Tuple[int, int]:
        """The span of ``[...]`` behind the name."""
        if not self.node.type_params:
            return (0, 0)
        start = self.source.start(self.node)
        opening = self.source.find("[", start).start
        return opening, self.source.closing(opening) + 1

    def _variable(self, name: str) -> str:
        prefix = "dg" if name.startswith("_") else "_"
        number = 1
        while f"{prefix}{name}_{number}" in self.context.words:
            number += 1
        self.context.words.add(f"{prefix}{name}_{number}")
        return f"{prefix}{name}_{number}"

    def _construction(self, param: nodes.type_param) -> str:
        kind = _KINDS[type(param)]
        variable = self.variables[param_name(param)]
        arguments = [f'"{variable}"']
        bound = getattr(param, "bound", None)
        if isinstance(bound, nodes.Tuple):
            arguments += [self._lazy(item) for item in bound.elts]
            if not bound.elts:
                text = "a type variable with an empty tuple of constraints"
                raise NoSlot(text, first_line(self.node))
        elif bound is not None:
            arguments.append(f"bound={self._lazy(bound)}")
        default = getattr(param, "default_value", None)
        if isinstance(default, nodes.Starred):
            module = self.change.module("typing_extensions")
            text = self.text(default.value)
            head = "" if self.context.is_stub else "lambda: "
            arguments.append(f"default={head}{module}.Unpack[{text}]")
        elif default is not None:
            arguments.append(f"default={self._lazy(default)}")
        return f"{maker(kind, self.context, self.change)}({', '.join(arguments)})"

    def _statements(self) -> List[str]:
        """The statements that make the parameters.

        Checkers read a bound in quotes, ``bound="B"``; a second statement, ``lazily(_T_1,
        bound=lambda: B)``, gives the function that is called for it.
        """
        statements = []
        for param in self.node.type_params:
            variable = self.variables[param_name(param)]
            bound = getattr(param, "bound", None)
            default = getattr(param, "default_value", None)
            many = bound.elts if isinstance(bound, nodes.Tuple) else []
            given: List[Tuple[str, nodes.expr]] = [("", one) for one in many]
            if bound is not None and not many:
                given.append(("bound=", bound))
            if default is not None:
                given.append(("default=", default))
            quoted = [head + self._in_quotes(value) for head, value in given]
            is_plain = self.context.is_stub or not isinstance(param, nodes.TypeVar)
            if is_plain or not any(text[-1:] in "'\"" for text in quoted) or "" in quoted:
                statements.append(f"{variable} = {self._construction(param)}")
                continue
            kind = maker(_KINDS[type(param)], self.context, self.change)
            statements.append(f'{variable} = {kind}("{variable}", {", ".join(quoted)})')
            lazy = [head + self._lazy(value) for head, value in given]
            statements.append(f"{self.change.runtime('lazily')}({variable}, {', '.join(lazy)})")
        if isinstance(self.node, nodes.ClassDef) and not self.context.is_stub:
            made = f"{self.change.runtime('type_params')}({', '.join(self.variables.values())})"
            self.all = self._variable("type_params")
            statements.append(f"{self.all} = {made}")
        return statements

    def alias_in_quotes(self, value: nodes.expr) -> str:
        """The value of an alias as a checker reads it; empty if it can't be in quotes."""
        try:
            return in_quotes(self.text(value, is_quoted=True, is_here=True))
        except NoSlot:
            return ""

    def _in_quotes(self, expression: nodes.expr) -> str:
        """What a checker reads for a lazy value; what can't be in quotes stays a function."""
        text = self._lazy(expression)
        if not text.startswith("lambda: "):
            return text
        if isinstance(expression, nodes.Constant) and isinstance(expression.value, str):
            return text[len("lambda: ") :]
        return in_quotes(self.text(expression, is_quoted=True)) or text

    def _lazy(self, expression: nodes.expr) -> str:
        """The value itself if it is the same at any time, else a function that gives it."""
        if isinstance(expression, nodes.Name) and expression.id in _BUILTIN_TYPES:
            if self.scopes.resolve(expression.id, self.annotation) is None:
                return expression.id
        return f"{'' if self.context.is_stub else 'lambda: '}{self.text(expression)}"

    def text(self, expression: nodes.expr, is_quoted: bool = False, is_here: bool = False) -> str:
        """The text of an expression on one line, as it is meant at the home scope, or here.

        In quotes, ``*Ts`` is ``Unpack[Ts]``, which a checker reads for every version.
        """
        start, end = self.source.span(expression)
        edits = [
            (self.source.start(use.node) - start, self.source.end(use.node) - start, new)
            for use in self.scopes.uses_in(expression)
            for new in [self._meant(use, is_here)]
            if new is not None and isinstance(use.node, nodes.Name)
        ]
        if is_quoted:
            for star in walk(expression):
                if isinstance(star, nodes.Starred):
                    first, last = self.source.span(star)
                    unpack = f"{self.change.module('typing_extensions')}.Unpack["
                    edits += [(first - start, first - start + 1, unpack)]
                    edits += [(last - start, last - start, "]")]
        text = self.source.text[start:end]
        for from_, to, new in sorted(edits, reverse=True):
            text = text[:from_] + new + text[to:]
        return one_line(text)

    def _meant(self, use: Use, is_here: bool) -> Optional[str]:
        """What stands for a name at the home scope, or here; None if it means the same there."""
        binder = self.scopes.binder_of(use)
        if binder is self.annotation:
            assert isinstance(use.node, nodes.Name)
            return self.variables[use.node.id]
        if binder is not None and binder.kind == CLASS and not is_here:
            return f"{class_path(binder)}.{use.name}"
        return None

    # ------------------------------------------------------------------ places

    def _place(self, lines: List[str]) -> bool:
        """Put the statements on a line above, in the home scope or, without one there, outside.

        False if they must be made in the definition itself: there is no line at all, or only one
        from which a bound would mean something else.
        """
        statement: nodes.stmt = self.node
        local = self._needs_home()
        is_lazy = any("lambda:" in line for line in lines)
        outermost = self._evaluates_strings() and not local and self.home.kind == FUNCTION
        while True:
            owner, _, _ = self.context.block_of(statement)
            inside = self._inside_class(owner) or (outermost and owner is not self.context.tree)
            if not inside and self._put(statement, lines):
                return True
            above: Optional[Node] = owner
            while above is not None and not isinstance(above, (nodes.stmt, nodes.Module)):
                above = self.context.parent(above)
            if not isinstance(above, nodes.stmt):
                break
            if local and above is self.home.node:
                return self._refuse(statement)
            if is_lazy and isinstance(above, (nodes.For, nodes.AsyncFor, nodes.While)):
                return self._refuse(statement)
            statement = above
        body = self.context.tree.body
        first = 0
        while is_docstring(body, first) or is_future(body[first]) or _is_written(body[first]):
            first += 1
        return self._put(body[first], lines) or self._refuse(body[first])

    def _put(self, statement: nodes.stmt, lines: List[str]) -> bool:
        made = len(self.change.statements)
        try:
            for line in lines:
                self.change.statement_before(statement, line)
        except NoSlot:
            del self.change.statements[made:]
            return False
        return True

    def _refuse(self, statement: nodes.stmt) -> bool:
        if self.around.kind == CLASS:
            line = first_line(statement)
            raise NoSlot("the parameters need a line: leave one blank above", line)
        return False

    def _evaluates_strings(self) -> bool:
        """Whether the annotations are strings, which only a module's names are seen from."""
        return any(
            isinstance(statement, nodes.ImportFrom)
            and is_future(statement)
            and any(alias.name == "annotations" for alias in statement.names)
            for statement in self.context.tree.body
        )

    def _inside_class(self, owner: Node) -> bool:
        """Whether a block belongs to a class, be it in an ``if`` there."""
        above: Optional[Node] = owner
        while above is not None:
            if isinstance(above, nodes.ClassDef):
                return True
            if isinstance(above, (nodes.FunctionDef, nodes.AsyncFunctionDef, nodes.Module)):
                return False
            above = self.context.parent(above)
        return False

    def _needs_home(self) -> bool:
        """Whether bounds, constraints or defaults use names of the home scope, a function."""
        if self.home.kind == MODULE:
            return False
        for param in self.node.type_params:
            for use in self.scopes.uses_in(param):
                binder = self.scopes.binder_of(use)
                while binder is not None and binder.kind not in (FUNCTION, MODULE):
                    binder = binder.parent if binder is not self.annotation else None
                if binder is not None and binder.kind == FUNCTION:
                    return True
        return False

    # ------------------------------------------------------------------- names

    def _rename(self, use: Use, name: str, variable: str) -> None:
        start, end = self.source.span(use.node)
        if isinstance(use.node, nodes.Name):
            self._refuse_debug_text(use.node)
            self.change.replace(start, end, variable)
            return
        text = self.source.text[start:end]
        if not re.fullmatch(r"(['\"])[^\\'\"\r\n]*\1", text):
            self.context.note(use.node, f"the type parameter {name} in this string isn't renamed")
            return
        for match in re.finditer(rf"(?<![\w.]){re.escape(name)}\b", text):
            self.change.replace(start + match.start(), start + match.end(), variable)

    def _refuse_debug_text(self, node: nodes.Name) -> None:
        """``f"{T=}"`` shows the name: it can't be another one."""
        for above in self.context.parents(node):
            if isinstance(above, nodes.FormattedValue):
                behind = self.source.skip(self.source.end(above.value))
                if self.source.text[behind : behind + 1] == "=":
                    text = "the type parameter's name is shown by '=' in an f-string"
                    if not self.context.lossy:
                        raise NoSlot(text)
                    self.context.loss(node, f"{text}, where another name is written")
            if isinstance(above, nodes.stmt):
                return


def maker(kind: str, context: Context, change: Change) -> str:
    """What makes a parameter or an alias: in stubs, what checkers know."""
    if context.is_stub:
        return f"{change.module('typing_extensions')}.{kind}"
    return change.runtime(kind)


def _is_written(statement: nodes.stmt) -> bool:
    """Whether a statement looks like one of the imports that ``downgrade`` writes."""
    if not isinstance(statement, (nodes.Import, nodes.ImportFrom)):
        return False
    return all((alias.asname or alias.name).startswith("_") for alias in statement.names)


def class_path(scope: Scope) -> str:
    """How a class is reached from the function or module around it: ``Outer.Inner``."""
    assert isinstance(scope.node, nodes.ClassDef)
    name = scope.node.name
    parent = scope.parent
    while parent is not None and parent.kind not in (CLASS, FUNCTION, MODULE):
        parent = parent.parent
    if parent is not None and parent.kind == CLASS:
        assert isinstance(parent.node, nodes.ClassDef)
        return f"{class_path(parent)}.{mangle(name, parent.node.name)}"
    return name


def in_quotes(text: str) -> str:
    """A type as a string; empty if it has quotes of both kinds, or backslashes."""
    if "\\" in text or ('"' in text and "'" in text):
        return ""
    return f"'{text}'" if '"' in text else f'"{text}"'


def one_line(text: str) -> str:
    """An expression's text without line ends and comments. ``NoSlot`` if a string has one."""
    if "\n" not in text and "\r" not in text:
        return text
    parts = re.split(r"('''|\"\"\")", text)
    if len(parts) > 1:
        raise NoSlot("a string of several lines can't be moved")
    text = re.sub(r"((?:[^#'\"\r\n]|'[^'\r\n]*'|\"[^\"\r\n]*\")*)#[^\r\n]*", r"\1", text)
    return re.sub(r"\s*\\?(?:\r\n|\r|\n)\s*", " ", text)


def lower_function(node: Located, context: Context) -> None:
    """``def f[T](x: T)`` -> ``def f(x: _T_1)``; ``__type_params__`` is set below."""
    assert isinstance(node, (nodes.FunctionDef, nodes.AsyncFunctionDef))
    with context.change(node) as change:
        lowering = Lowering(node, context, change)
        lowering.parameters()
        source = context.source
        start, end = lowering.brackets()
        opening = source.expect("(", end)
        lines = "".join(re.findall(r"\r\n|\r|\n", source.text[start : opening.end]))
        change.replace(start, opening.end, "(" + lines)
        _keep_type_params(node, lowering, context, change)


def _keep_type_params(
    node: nodes.stmt, lowering: Lowering, context: Context, change: Change
) -> None:
    assert isinstance(node, (nodes.FunctionDef, nodes.AsyncFunctionDef))
    if context.is_stub:
        return
    params = lowering.tuple_of_variables()
    if any(_last_name(decorator) == "overload" for decorator in node.decorator_list):
        return  # the function can't be got at, on older versions
    if is_transparent(node):
        try:
            setter = change.runtime("set_type_params")
            change.statement_soon(node, node.name, f"{setter}({node.name}, {params})")
        except NoSlot:
            context.note(node, "no line is free below this for the function's __type_params__")
        return
    decorator = node.decorator_list[-1]
    start, end = context.source.span(decorator)
    change.insert(start, f"{change.runtime('with_type_params', inline=False)}(")
    change.insert(end, f", {params})")


def is_transparent(node: Union[nodes.FunctionDef, nodes.AsyncFunctionDef]) -> bool:
    """Whether the function can be found behind its decorators."""
    return all(_last_name(decorator) in _TRANSPARENT for decorator in node.decorator_list)


def _last_name(decorator: nodes.expr) -> str:
    return str(getattr(decorator, "attr", None) or getattr(decorator, "id", None) or "")


def lower_class(node: Located, context: Context) -> None:
    """``class C[T](B)`` -> ``class C(B, Generic[_T_1])``; ``__type_params__`` is set in the body."""
    assert isinstance(node, nodes.ClassDef)
    with context.change(node) as change:
        lowering = Lowering(node, context, change)
        lowering.parameters()
        source = context.source
        start, end = lowering.brackets()
        generic = f"{change.module('typing')}.Generic[{_index(lowering, change)}]"
        lines = "".join(re.findall(r"\r\n|\r|\n", source.text[start:end]))
        opening = source.skip(end)
        if source.text[opening] != "(":
            change.replace(start, end, f"({lines}{generic})")
        else:
            between = "".join(re.findall(r"\r\n|\r|\n", source.text[end:opening]))
            change.replace(start, opening + 1, f"({lines}{between}")
            if node.bases:
                last = node.bases[-1]
                place = source.end(last)
                for pair in source.parenthesised(last):
                    if pair.start > opening:
                        place = pair.end
                change.insert(place, f", {generic}")
            else:
                change.insert(opening + 1, generic + (", " if node.keywords else ""))
        for base in node.bases:
            name = context.scopes.qualified(base)
            if name in ("typing.NamedTuple", "typing.TypedDict") and context.target < (3, 11):
                # typing's can't be generic before 3.11
                module = change.module("typing_extensions")
                change.replace(*source.span(base), f"{module}.{name.rpartition('.')[2]}")
        _mark_class(node, lowering, context, change)


def _index(lowering: Lowering, change: Change) -> str:
    items = []
    for param, variable in zip(lowering.node.type_params, lowering.variables.values()):
        if variable in lowering.inline:
            variable = f"({variable} := {lowering.inline.pop(variable)})"
        if isinstance(param, nodes.TypeVarTuple):
            variable = f"{change.module('typing_extensions')}.Unpack[{variable}]"
        items.append(variable)
    return ", ".join(items)


def _mark_class(node: nodes.ClassDef, lowering: Lowering, context: Context, change: Change) -> None:
    if context.is_stub:
        return
    params = lowering.tuple_of_variables()
    if any(not isinstance(param, nodes.TypeVar) for param in node.type_params):
        maker = change.runtime("class_type_params")
        inside = f"__type_params__ = {maker}(locals(), {params})"
        after = f"{maker}({node.name}, {params})"
    else:
        inside = f"__type_params__ = {params}"
        after = f"{change.runtime('set_type_params')}({node.name}, {params})"
    first = 1 if is_docstring(node.body, 0) else 0
    names = [(context.scopes.qualified(base) or "").rpartition(".")[2] for base in node.bases]
    try:
        if "NamedTuple" in names or "TypedDict" in names:  # bodies with nothing but annotations
            change.statement_soon(node, node.name, after)
            return
    except NoSlot:
        pass
    try:
        if first < len(node.body):
            change.statement_before(node.body[first], inside)
        else:
            change.statement_after(node.body[0], inside)
        return
    except NoSlot:
        pass
    try:
        change.statement_soon(node, node.name, after)
    except NoSlot:
        context.note(node, "no line is free for the class's __type_params__")


def lower_alias(node: Located, context: Context) -> None:
    """``type X[T] = V`` -> ``X = TypeAliasType("X", "V", type_params=(_T_1,)); alias_value(X, lambda: V)``."""
    assert isinstance(node, nodes.TypeAlias)
    with context.change(node) as change:
        lowering = Lowering(node, context, change)
        lowering.parameters()
        source = context.source
        start, end = source.span(node)
        name = node.name.id
        behind = lowering.brackets()[1] or source.end(node.name)
        equals = source.expect("=", behind)
        lines = "".join(re.findall(r"\r\n|\r|\n", source.text[start : equals.end]))
        called = maker("TypeAliasType", context, change)
        scope = ""
        for use in () if context.is_stub else lowering.scopes.uses_in(node.value):
            binder = lowering.scopes.binder_of(use)
            if binder is not None and binder.kind == CLASS and isinstance(use.node, nodes.Name):
                scope = scope or context.fresh("_class")
                change.replace(*source.span(use.node), f'{scope}["{use.name}"]')
        head = f"lambda {scope}=locals():" if scope else "lambda:"
        if context.is_stub:
            head = ""
            equals = equals._replace(end=source.skip_on_line(equals.end))
        params = f", type_params={lowering.tuple_of_variables()}" if node.type_params else ""
        quoted = "" if context.is_stub else lowering.alias_in_quotes(node.value)
        if quoted:  # what checkers read, and what is called
            made = f'{name} = {called}("{name}", {quoted}{params}); '
            made += f"{change.runtime('alias_value')}({name}, {lines}{head}"
            change.replace(start, equals.end, made)
            change.insert(end, ")")
            return
        change.replace(start, equals.end, f'{name} = {called}("{name}", {lines}{head}')
        change.insert(end, f"{params})")


def lower(node: Located, context: Context) -> None:
    """Lower a definition or an alias, with all that PEP 695 and PEP 696 say about it."""
    if isinstance(node, nodes.ClassDef):
        lower_class(node, context)
    elif isinstance(node, nodes.TypeAlias):
        lower_alias(node, context)
    else:
        lower_function(node, context)
