"""Which scope a name belongs to: the rules of CPython's symtable, for our nodes.

Annotation scopes (PEP 695: around what has type parameters, and the value of an alias) see the
names of a class directly around them; functions don't. Private names are mangled.
"""

from __future__ import annotations

import builtins
import re
from typing import (
    AbstractSet,
    Any,
    Dict,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
    Union,
)

from .index import Index
from .library import new_names
from .syntax import nodes, operators
from .syntax.node import Located, Node, children, walk

MODULE, FUNCTION, CLASS, COMPREHENSION, ANNOTATION = (
    *("module", "function", "class", "comprehension", "annotation"),
)
Function = (nodes.FunctionDef, nodes.AsyncFunctionDef)
FunctionNode = Union[nodes.FunctionDef, nodes.AsyncFunctionDef]
Generic = Union[nodes.FunctionDef, nodes.AsyncFunctionDef, nodes.ClassDef, nodes.TypeAlias]


#: Behind every place.
_NEVER = (1 << 60, 0)


class Scope:
    """A scope: the names that it binds, and the one around it."""

    __slots__ = (
        *("bound", "class_name", "globals", "imports", "kind", "node", "nonlocals", "ordered"),
        *("all_imports", "others", "parent", "places"),
    )

    def __init__(self, kind: str, node: Node, parent: Optional[Scope]) -> None:
        """Open a scope of ``node`` (a definition, a lambda, a comprehension, an alias)."""
        self.kind, self.node, self.parent = kind, node, parent
        self.bound: Set[str] = set()
        self.globals: Set[str] = set()
        self.nonlocals: Set[str] = set()
        #: what imports bind: name -> the first one's dotted name, and all of them; and the names
        #: bound by anything else
        self.imports: Dict[str, str] = {}
        self.all_imports: Dict[str, Set[str]] = {}
        self.others: Set[str] = set()
        #: of a class: each statement runs once, in the order of the text
        self.ordered = kind == CLASS
        #: name -> the first place (line, column) behind which it has a value; names that only
        #: type checkers see are not in it
        self.places: Dict[str, Tuple[int, int]] = {}
        #: what private names are mangled with
        self.class_name: Optional[str] = parent.class_name if parent else None

    def __repr__(self) -> str:
        """Show what it is of."""
        return f"<{self.kind} {getattr(self.node, 'name', '')}>"

    def mangled(self, name: str) -> str:
        """The name as it is stored from inside this scope."""
        return mangle(name, self.class_name)


class Use(NamedTuple):
    """A place where a name is read; ``node`` is a ``Name``, or a string that has it inside.

    ``early`` says that a class's body reads it before it binds it: the name is that of a scope
    around the class.
    """

    node: Union[nodes.Name, nodes.Constant]
    name: str
    scope: Scope
    early: bool = False


def mangle(name: str, class_name: Optional[str]) -> str:
    """``__x`` in class ``_C`` -> ``_C__x``."""
    if class_name is None or not name.startswith("__") or name.endswith("__") or "." in name:
        return name
    stripped = class_name.lstrip("_")
    return f"_{stripped}{name}" if stripped else name


def param_name(param: nodes.type_param) -> str:
    """The name of a type parameter of any of the three kinds."""
    assert isinstance(param, (nodes.TypeVar, nodes.ParamSpec, nodes.TypeVarTuple))
    return param.name


class Scopes:
    """The scopes of a module, and who reads what where.

    What a function does with names in its body is found out when it is asked for.
    """

    def __init__(self, tree: nodes.Module, index: Optional[Index] = None) -> None:
        """Walk through the module; ``index`` is that of ``tree``."""
        self.module = Scope(MODULE, tree, None)
        self._index = Index(tree) if index is None else index
        self._by_name: Dict[str, List[Use]] = {}
        self._by_node: Dict[int, List[Use]] = {}
        #: the annotation scope of a generic definition or an alias, by the node's id
        self._annotations: Dict[int, Scope] = {}
        #: the scope that a statement of these kinds stands in, by the node's id
        self._around: Dict[int, Scope] = {}
        #: how many ``if TYPE_CHECKING`` are around
        self._checking = 0
        #: the class whose body evaluates what is visited, from inside of an annotation scope
        self._eager: Optional[Scope] = None
        #: functions whose bodies weren't visited yet: their scopes, and ``_checking`` there
        self._waiting: Dict[int, Tuple[FunctionNode, Scope, int]] = {}
        #: functions that say something of the names of others
        self._declaring = {
            id(above)
            for cls in (nodes.Global, nodes.Nonlocal)
            for node in self._index.nodes_of(cls)
            for above in self._index.above(node)
        }
        self._inner: Optional[Set[str]] = None
        self._imported_names: Optional[Dict[str, Set[str]]] = None
        for statement in tree.body:
            self._visit(statement, self.module)

    # --------------------------------------------------------------- questions

    def binder_of(self, use: Use) -> Optional[Scope]:
        """The scope that binds what a place reads."""
        return self.resolve(use.name, use.scope, use.early)

    def resolve(self, name: str, scope: Scope, early: bool = False) -> Optional[Scope]:
        """The scope that binds ``name`` (mangled) when it is read in ``scope``.

        ``early``: before the class around the place binds it. None if no scope of this file does: a builtin name, or one put there by other means.
        """
        here: Optional[Scope] = scope
        sees_class = not early
        while here is not None:
            if name in here.globals:
                return self.module if name in self.module.bound else None
            if here.kind != CLASS or sees_class:
                if name in here.bound and name not in here.nonlocals:
                    return here
            sees_class = sees_class and here.kind == ANNOTATION
            here = here.parent
        return None

    def around(self, node: nodes.stmt) -> Scope:
        """The scope that a definition or an alias stands in."""
        self._reach(node)
        return self._around[id(node)]

    def annotation(self, node: Generic) -> Scope:
        """The annotation scope of a generic definition or an alias."""
        self._reach(node)
        return self._annotations[id(node)]

    def uses_of(self, scope: Scope, name: str) -> Iterator[Use]:
        """Every place that reads ``name`` (mangled by no class, or by the class) of ``scope``."""
        self._reach_below(scope.node)
        names = {name, scope.mangled(name)}
        if isinstance(scope.node, nodes.ClassDef):
            names.add(mangle(name, scope.node.name))
        for each in sorted(names):
            for use in self._by_name.get(each, ()):
                if self.binder_of(use) is scope:
                    yield use

    def uses_in(self, expression: Node) -> List[Use]:
        """The names that are read in ``expression`` and bound outside of it, as they are read."""
        self._reach(expression)
        inside = {id(node): node for node in walk(expression)}
        found = []
        for node in inside:
            for use in self._by_node.get(node, ()):
                binder = self.binder_of(use)
                if binder is None or id(binder.node) not in inside:
                    found.append(use)
        return found

    def qualified(self, expression: Node) -> Optional[str]:
        """The dotted name of what a name or attribute means: ``typing.List``, ``builtins.int``.

        None if it isn't known: bound otherwise than by imports, or no name. A name that nothing
        in the file binds is taken for a builtin one.
        """
        if isinstance(expression, nodes.Attribute):
            base = self.qualified(expression.value)
            return None if base is None else f"{base}.{expression.attr}"
        if not isinstance(expression, nodes.Name) or expression.ctx is not operators.LOAD:
            return None
        known = self._bound(expression)
        if known is None:
            return None
        name, binder = known
        if binder is None:
            return f"builtins.{name}"
        if name in binder.imports and name not in binder.others:
            return binder.imports[name]
        return None

    def maybe(self, expression: Node) -> Set[str]:
        """The dotted names that a name or attribute may mean, if its name is bound several times.

        That is by imports of different things, or by an import and something else.
        """
        if isinstance(expression, nodes.Attribute):
            return {f"{base}.{expression.attr}" for base in self.maybe(expression.value)}
        if not isinstance(expression, nodes.Name) or expression.ctx is not operators.LOAD:
            return set()
        name, binder = self._bound(expression) or ("", None)
        if binder is None:
            return set()
        found = binder.all_imports.get(name, set())
        return found if len(found) > 1 or name in binder.others else set()

    def _bound(self, expression: nodes.Name) -> Optional[Tuple[str, Optional[Scope]]]:
        """The name as it is stored, and the scope that binds it; None if nothing reads it here."""
        name = expression.id
        if self._waiting and self._is_outer(name):
            return name, self.module if name in self.module.bound else None
        self._reach(expression)
        uses = self._by_node.get(id(expression))
        return (uses[0].name, self.binder_of(uses[0])) if uses else None

    def may_mean(self, expression: Node, words: AbstractSet[str]) -> bool:
        """Whether ``qualified`` may end with one of ``words``, none of which is private (``__x``)."""
        if isinstance(expression, nodes.Attribute):
            return expression.attr in words
        if not isinstance(expression, nodes.Name):
            return False
        return expression.id in words or not words.isdisjoint(
            self._renamed().get(expression.id, ())
        )

    def may_begin(self, expression: Node, words: AbstractSet[str]) -> bool:
        """Whether ``qualified`` may begin with what the file imports, or a builtin of ``words``."""
        while isinstance(expression, nodes.Attribute):
            expression = expression.value
        if not isinstance(expression, nodes.Name):
            return False
        return expression.id in words or expression.id in self._renamed()

    def binder(self, name: nodes.Name) -> Optional[Scope]:
        """The scope that binds what a name reads; None if this file has none."""
        self._reach(name)
        for use in self._by_node.get(id(name), ()):
            return self.binder_of(use)
        return None

    def home(self, scope: Scope) -> Scope:
        """The nearest function or module around ``scope``, itself counted."""
        while scope.kind not in (MODULE, FUNCTION):
            assert scope.parent is not None
            scope = scope.parent
        return scope

    # ----------------------------------------------------------- when it is asked

    def _renamed(self) -> Dict[str, Set[str]]:
        """What imports bind -> the last parts of what it may be."""
        if self._imported_names is None:
            found: Dict[str, Set[str]] = {}
            for alias in self._index.nodes_of(nodes.alias):
                assert isinstance(alias, nodes.alias)
                bound = alias.asname or alias.name.partition(".")[0]
                last = alias.name.rpartition(".")[2] if alias.asname else bound
                found.setdefault(bound, set()).add(last)
            self._imported_names = found
        return self._imported_names

    def _is_outer(self, name: str) -> bool:
        """Whether only the module can bind a name."""
        if self._inner is None:
            self._inner = self._index.inner_names()
        return name not in self._inner and not name.startswith("__")

    def _reach(self, node: Node) -> None:
        """Visit the bodies of all functions around ``node``."""
        if not self._waiting:
            return
        around: List[Node] = []
        child = node
        for above in self._index.above(node):
            if isinstance(above, Function) and isinstance(child, nodes.stmt):
                around.append(above)
            child = above
        for function in reversed(around):
            self._visit_body(function)

    def _reach_below(self, node: Node) -> None:
        """Visit the bodies of all functions in ``node``."""
        if self._waiting:
            for below in walk(node):
                self._visit_body(below)

    def _visit_body(self, function: Node) -> None:
        waiting = self._waiting.pop(id(function), None)
        if waiting is not None:
            node, scope, checking = waiting
            before, self._checking = self._checking, checking
            self._all(node.body, scope)
            self._checking = before

    # -------------------------------------------------------------------- walk

    def _use(self, node: Union[nodes.Name, nodes.Constant], name: str, scope: Scope) -> None:
        mangled = scope.mangled(name)
        owner = scope if scope.kind == CLASS else self._eager
        early = (
            owner is not None
            and owner.ordered
            and isinstance(node, nodes.Name)
            and (owner is scope or scope.parent is owner)
            and mangled not in owner.bound
            and mangled not in scope.globals
        )
        use = Use(node, mangled, scope, early)
        self._by_name.setdefault(use.name, []).append(use)
        self._by_node.setdefault(id(node), []).append(use)

    def _bind(
        self,
        name: str,
        scope: Scope,
        place: Tuple[int, int],
        dotted: Optional[str] = None,
        deleted: bool = False,
    ) -> None:
        name = scope.mangled(name)
        if name in scope.globals:
            scope = self.module
        if not self._checking and place < scope.places.get(name, _NEVER):
            scope.places[name] = place
        if name in scope.nonlocals:
            binder = self.resolve(name, scope)
            if binder is not None:
                binder.others.add(name)
            return
        scope.bound.add(name)
        if deleted and scope.kind != CLASS and not _is_builtin(name):
            return  # whoever reads it, reads it before
        if dotted is None:
            scope.others.add(name)
        else:
            scope.imports.setdefault(name, dotted)
            scope.all_imports.setdefault(name, set()).add(dotted)

    def _all(self, many: Sequence[Optional[Node]], scope: Scope) -> None:
        for node in many:
            if node is not None:
                self._visit(node, scope)

    def _visit(self, node: Node, scope: Scope) -> None:
        method = _VISITORS.get(type(node))
        if method is None:
            for field in node._children:
                value = getattr(node, field)
                if type(value) is list:
                    for item in value:
                        if item is not None:
                            self._visit(item, scope)
                elif value is not None:
                    self._visit(value, scope)
        else:
            method(self, node, scope)

    def _name(self, node: nodes.Name, scope: Scope) -> None:
        if node.ctx is operators.LOAD:
            self._use(node, node.id, scope)
        else:
            place = (node.lineno, node.col_offset)
            self._bind(node.id, scope, place, deleted=node.ctx is operators.DEL)

    def _named(self, node: nodes.NamedExpr, scope: Scope) -> None:
        self._visit(node.value, scope)
        binder = scope
        while binder.kind == COMPREHENSION and binder.parent is not None:
            binder = binder.parent
        self._bind(node.target.id, binder, _end(node))

    def _type_params(self, node: Generic, scope: Scope) -> Scope:
        if not node.type_params and not isinstance(node, nodes.TypeAlias):
            return scope
        inner = self._annotations[id(node)] = Scope(ANNOTATION, node, scope)
        for param in node.type_params:
            name = param_name(param)
            inner.bound.add(scope.mangled(name))
            if isinstance(node, nodes.ClassDef):
                inner.bound.add(mangle(name, node.name))
        for param in node.type_params:
            self._all(list(children(param)), inner)
        return inner

    def _function(self, node: FunctionNode, scope: Scope) -> None:
        self._around[id(node)] = scope
        self._all(node.decorator_list, scope)
        self._all(node.args.defaults, scope)
        self._all(node.args.kw_defaults, scope)
        outer = self._type_params(node, scope)
        inner = Scope(FUNCTION, node, outer)
        eager, self._eager = self._eager, scope if outer is not scope else None
        for argument in _arguments(node.args):
            inner.bound.add(inner.mangled(argument.arg))
            inner.places[inner.mangled(argument.arg)] = (0, 0)
            if argument.annotation is not None:
                self._annotation(argument.annotation, outer)
        if node.returns is not None:
            self._annotation(node.returns, outer)
        self._eager = eager
        self._bind(node.name, scope, _end(node))
        if id(node) in self._declaring:
            self._block(node.body, inner)
        else:
            self._waiting[id(node)] = (node, inner, self._checking)

    def _block(self, body: List[nodes.stmt], scope: Scope) -> None:
        """The body of a function or class: what it declares counts for all of it."""
        stack: List[Node] = list(body)
        while stack:
            node = stack.pop()
            if isinstance(node, (nodes.Global, nodes.Nonlocal)):
                names = {scope.mangled(name) for name in node.names}
                (scope.globals if isinstance(node, nodes.Global) else scope.nonlocals).update(names)
            elif isinstance(node, (*Function, nodes.ClassDef, nodes.expr)):
                continue
            elif isinstance(node, (nodes.For, nodes.AsyncFor, nodes.While)):
                scope.ordered = False
            stack.extend(child for child in children(node) if not isinstance(child, nodes.expr))
        self._all(body, scope)

    def _class(self, node: nodes.ClassDef, scope: Scope) -> None:
        self._around[id(node)] = scope
        self._all(node.decorator_list, scope)
        outer = self._type_params(node, scope)
        self._all(node.bases, outer)
        self._all(node.keywords, outer)
        inner = Scope(CLASS, node, outer)
        inner.class_name = node.name
        self._block(node.body, inner)
        self._bind(node.name, scope, _end(node))

    def _alias(self, node: nodes.TypeAlias, scope: Scope) -> None:
        self._around[id(node)] = scope
        self._visit(node.name, scope)
        self._visit(node.value, self._type_params(node, scope))

    def _lambda(self, node: nodes.Lambda, scope: Scope) -> None:
        self._all(node.args.defaults, scope)
        self._all(node.args.kw_defaults, scope)
        inner = Scope(FUNCTION, node, scope)
        inner.bound.update(inner.mangled(one.arg) for one in _arguments(node.args))
        self._visit(node.body, inner)

    def _comprehension(self, node: Node, scope: Scope) -> None:
        generators: List[nodes.comprehension] = getattr(node, "generators")  # noqa: B009
        self._visit(generators[0].iter, scope)
        inner = Scope(COMPREHENSION, node, scope)
        for index, generator in enumerate(generators):
            self._visit(generator.target, inner)
            if index:
                self._visit(generator.iter, inner)
            self._all(generator.ifs, inner)
        for child in children(node):
            if not isinstance(child, nodes.comprehension):
                self._visit(child, inner)

    def _assigned(self, node: nodes.Assign, scope: Scope) -> None:
        self._visit(node.value, scope)
        self._all(node.targets, scope)

    def _annotated(self, node: nodes.AnnAssign, scope: Scope) -> None:
        if node.value is not None:
            self._visit(node.value, scope)
        # Without a value it binds nothing, but makes a name local to a function.
        if (
            node.value is not None
            or scope.kind == FUNCTION
            or not isinstance(node.target, nodes.Name)
        ):
            if isinstance(node.target, nodes.Name):
                self._bind(node.target.id, scope, _end(node) if node.value else _NEVER)
            else:
                self._visit(node.target, scope)
        self._annotation(node.annotation, scope)

    def _annotation(self, node: nodes.expr, scope: Scope) -> None:
        """An annotation: strings in it are expressions, for those who evaluate them."""
        self._visit(node, scope)
        stack: List[Node] = [node]
        while stack:
            below = stack.pop()
            if isinstance(below, nodes.Constant) and isinstance(below.value, str):
                for name in set(re.findall(r"(?<![\w.])[^\W\d]\w*", below.value)):
                    self._use(below, name, scope)
            if not (isinstance(below, nodes.Subscript) and _ends_with(below.value, "Literal")):
                stack.extend(children(below))

    def _imported(self, node: Union[nodes.Import, nodes.ImportFrom], scope: Scope) -> None:
        for alias in node.names:
            first = alias.name.split(".")[0]
            if isinstance(node, nodes.Import):
                dotted = alias.name if alias.asname else first
            else:
                dotted = f"{'.' * (node.level or 0)}{node.module or ''}.{alias.name}"
            self._bind(alias.asname or first, scope, _end(alias), dotted)

    def _handler(self, node: nodes.ExceptHandler, scope: Scope) -> None:
        if node.name:
            self._bind(node.name, scope, (node.lineno, node.col_offset))
        self._all([node.type, *node.body], scope)

    def _if(self, node: nodes.If, scope: Scope) -> None:
        self._visit(node.test, scope)
        checking = _ends_with(node.test, "TYPE_CHECKING")
        self._checking += checking
        self._all(node.body, scope)
        self._checking -= checking
        self._all(node.orelse, scope)

    def _capture(self, node: Located, scope: Scope) -> None:
        name = getattr(node, "rest" if isinstance(node, nodes.MatchMapping) else "name")
        if name is not None:
            self._bind(name, scope, _end(node))
        for child in children(node):
            self._visit(child, scope)


def _is_builtin(name: str) -> bool:
    """Whether a name that nothing binds means something, in some version."""
    return hasattr(builtins, name) or f"builtins.{name}" in new_names()


def _arguments(arguments: nodes.arguments) -> List[nodes.arg]:
    """All parameters, in the order in which their annotations are evaluated."""
    given = [*arguments.posonlyargs, *arguments.args]
    rest = (arguments.vararg, *arguments.kwonlyargs, arguments.kwarg)
    return given + [one for one in rest if one is not None]


def _end(node: Located) -> Tuple[int, int]:
    return (node.end_lineno, node.end_col_offset)


def _ends_with(node: Node, name: str) -> bool:
    """Whether an expression is ``name`` or ``something.name``."""
    found = getattr(node, "attr", None) or getattr(node, "id", None)
    return bool(found == name)


_VISITORS: Dict[type, Any] = {
    nodes.Name: Scopes._name,
    nodes.NamedExpr: Scopes._named,
    nodes.FunctionDef: Scopes._function,
    nodes.AsyncFunctionDef: Scopes._function,
    nodes.ClassDef: Scopes._class,
    nodes.TypeAlias: Scopes._alias,
    nodes.Lambda: Scopes._lambda,
    nodes.ListComp: Scopes._comprehension,
    nodes.SetComp: Scopes._comprehension,
    nodes.DictComp: Scopes._comprehension,
    nodes.GeneratorExp: Scopes._comprehension,
    nodes.Assign: Scopes._assigned,
    nodes.AnnAssign: Scopes._annotated,
    nodes.Import: Scopes._imported,
    nodes.ImportFrom: Scopes._imported,
    nodes.ExceptHandler: Scopes._handler,
    nodes.If: Scopes._if,
    nodes.MatchAs: Scopes._capture,
    nodes.MatchStar: Scopes._capture,
    nodes.MatchMapping: Scopes._capture,
}
