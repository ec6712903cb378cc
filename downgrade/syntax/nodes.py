"""The nodes of a module: CPython 3.14's abstract grammar, the same on every host.

Names, fields and positions are those of CPython's ``ast`` (Parser/Python.asdl of 3.14), with
these differences:

- Type comments are comments: there are no ``type_comment``, ``type_ignores``, ``FunctionType``.
- A constructor takes the four positions first, then the fields, all of them.
- Operators and contexts (``ADD``, ``LOAD``, ...) are single objects without positions, of ``operators``.
- ``node.children`` and ``node.walk`` leave operators and contexts out.

``lineno`` counts from 1, ``col_offset`` counts bytes of the line in UTF-8 from 0, as in ``ast``;
``end_lineno`` and ``end_col_offset`` are just behind the last character.
"""

# ruff: noqa: PLC0414 (the names of patterns.py are names of this module)
from __future__ import annotations

import typing
from typing import Optional

from .node import Located, Node
from .operators import boolop, cmpop, expr_context, operator, unaryop
from .patterns import MatchAs as MatchAs
from .patterns import MatchClass as MatchClass
from .patterns import MatchMapping as MatchMapping
from .patterns import MatchOr as MatchOr
from .patterns import MatchSequence as MatchSequence
from .patterns import MatchSingleton as MatchSingleton
from .patterns import MatchStar as MatchStar
from .patterns import MatchValue as MatchValue
from .patterns import pattern as pattern


class mod(Node):
    """What a parser returns."""


class Module(mod):
    """A file."""

    body: typing.List[stmt]


class Expression(mod):
    """A single expression: an annotation in quotes, for one."""

    body: expr


class stmt(Located):
    """A statement."""


class FunctionDef(stmt):
    """``def f[T](a): ...``; its span begins at ``def``, not at a decorator."""

    name: str
    args: arguments
    body: typing.List[stmt]
    decorator_list: typing.List[expr]
    returns: Optional[expr]
    type_params: typing.List[type_param]


class AsyncFunctionDef(stmt):
    """``async def f(): ...``."""

    name: str
    args: arguments
    body: typing.List[stmt]
    decorator_list: typing.List[expr]
    returns: Optional[expr]
    type_params: typing.List[type_param]


class ClassDef(stmt):
    """``class C[T](B, k=v): ...``."""

    name: str
    bases: typing.List[expr]
    keywords: typing.List[keyword]
    body: typing.List[stmt]
    decorator_list: typing.List[expr]
    type_params: typing.List[type_param]


class Return(stmt):
    """``return x``."""

    value: Optional[expr]


class Delete(stmt):
    """``del a, b``."""

    targets: typing.List[expr]


class Assign(stmt):
    """``a = b = x``: two targets."""

    targets: typing.List[expr]
    value: expr


class TypeAlias(stmt):
    """``type A[T] = x`` (PEP 695)."""

    name: Name
    type_params: typing.List[type_param]
    value: expr


class AugAssign(stmt):
    """``a += x``."""

    target: expr
    op: operator
    value: expr


class AnnAssign(stmt):
    """``a: t = x``; ``simple`` is 1 for a name without parentheses."""

    target: expr
    annotation: expr
    value: Optional[expr]
    simple: int


class For(stmt):
    """``for a in x: ... else: ...``."""

    target: expr
    iter: expr
    body: typing.List[stmt]
    orelse: typing.List[stmt]


class AsyncFor(stmt):
    """``async for``."""

    target: expr
    iter: expr
    body: typing.List[stmt]
    orelse: typing.List[stmt]


class While(stmt):
    """``while x: ... else: ...``."""

    test: expr
    body: typing.List[stmt]
    orelse: typing.List[stmt]


class If(stmt):
    """``if x: ... else: ...``; ``elif`` is an If in ``orelse``."""

    test: expr
    body: typing.List[stmt]
    orelse: typing.List[stmt]


class With(stmt):
    """``with a as b, c: ...``."""

    items: typing.List[withitem]
    body: typing.List[stmt]


class AsyncWith(stmt):
    """``async with``."""

    items: typing.List[withitem]
    body: typing.List[stmt]


class Match(stmt):
    """``match x: case ...`` (PEP 634)."""

    subject: expr
    cases: typing.List[match_case]


class Raise(stmt):
    """``raise x from y``."""

    exc: Optional[expr]
    cause: Optional[expr]


class Try(stmt):
    """``try: ... except E: ... else: ... finally: ...``."""

    body: typing.List[stmt]
    handlers: typing.List[ExceptHandler]
    orelse: typing.List[stmt]
    finalbody: typing.List[stmt]


class TryStar(stmt):
    """``try: ... except* E: ...`` (PEP 654)."""

    body: typing.List[stmt]
    handlers: typing.List[ExceptHandler]
    orelse: typing.List[stmt]
    finalbody: typing.List[stmt]


class Assert(stmt):
    """``assert x, y``."""

    test: expr
    msg: Optional[expr]


class Import(stmt):
    """``import a.b as c``."""

    names: typing.List[alias]


class ImportFrom(stmt):
    """``from ..m import a``; ``level`` counts the dots."""

    module: Optional[str]
    names: typing.List[alias]
    level: int


class Global(stmt):
    """``global a, b``."""

    names: typing.List[str]


class Nonlocal(stmt):
    """``nonlocal a, b``."""

    names: typing.List[str]


class Expr(stmt):
    """An expression as a statement."""

    value: expr


class Pass(stmt):
    """``pass``."""


class Break(stmt):
    """``break``."""


class Continue(stmt):
    """``continue``."""


class expr(Located):
    """An expression."""


class BoolOp(expr):
    """``a and b and c``: one node, three values."""

    op: boolop
    values: typing.List[expr]


class NamedExpr(expr):
    """``a := x``."""

    target: Name
    value: expr


class BinOp(expr):
    """``a + b``."""

    left: expr
    op: operator
    right: expr


class UnaryOp(expr):
    """``-a``."""

    op: unaryop
    operand: expr


class Lambda(expr):
    """``lambda a: x``."""

    args: arguments
    body: expr


class IfExp(expr):
    """``body if test else orelse``."""

    test: expr
    body: expr
    orelse: expr


class Dict(expr):
    """``{k: v, **d}``: the key of ``**d`` is None."""

    keys: typing.List[Optional[expr]]
    values: typing.List[expr]


class Set(expr):
    """``{a, b}``."""

    elts: typing.List[expr]


class ListComp(expr):
    """``[x for a in y]``."""

    elt: expr
    generators: typing.List[comprehension]


class SetComp(expr):
    """``{x for a in y}``."""

    elt: expr
    generators: typing.List[comprehension]


class DictComp(expr):
    """``{k: v for a in y}``."""

    key: expr
    value: expr
    generators: typing.List[comprehension]


class GeneratorExp(expr):
    """``(x for a in y)``; the span has the parentheses, those of a call too."""

    elt: expr
    generators: typing.List[comprehension]


class Await(expr):
    """``await x``."""

    value: expr


class Yield(expr):
    """``yield x``."""

    value: Optional[expr]


class YieldFrom(expr):
    """``yield from x``."""

    value: expr


class Compare(expr):
    """``a < b < c``."""

    left: expr
    ops: typing.List[cmpop]
    comparators: typing.List[expr]


class Call(expr):
    """``f(a, *b, k=v, **d)``."""

    func: expr
    args: typing.List[expr]
    keywords: typing.List[keyword]


class FormattedValue(expr):
    """``{x!r:spec}`` of an f-string; ``conversion`` is -1 or the letter's code."""

    value: expr
    conversion: int
    format_spec: Optional[JoinedStr]


class Interpolation(expr):
    """``{x!r:spec}`` of a t-string (PEP 750); ``str`` is the expression's text."""

    value: expr
    str: object
    conversion: int
    format_spec: Optional[JoinedStr]


class JoinedStr(expr):
    """An f-string: Constants and FormattedValues."""

    values: typing.List[expr]


class TemplateStr(expr):
    """A t-string (PEP 750): Constants and Interpolations."""

    values: typing.List[expr]


class Constant(expr):
    """A literal; ``kind`` is 'u' for a string with that prefix."""

    value: object
    kind: Optional[str]


class Attribute(expr):
    """``x.attr``."""

    value: expr
    attr: str
    ctx: expr_context


class Subscript(expr):
    """``x[slice]``; several indices are a Tuple."""

    value: expr
    slice: expr
    ctx: expr_context


class Starred(expr):
    """``*x``."""

    value: expr
    ctx: expr_context


class Name(expr):
    """A name, in NFKC form."""

    id: str
    ctx: expr_context


class List(expr):
    """``[a, b]``."""

    elts: typing.List[expr]
    ctx: expr_context


class Tuple(expr):
    """``a, b``; the span has the parentheses if there are any."""

    elts: typing.List[expr]
    ctx: expr_context


class Slice(expr):
    """``a:b:c``, in a subscript only."""

    lower: Optional[expr]
    upper: Optional[expr]
    step: Optional[expr]


class comprehension(Node):
    """``for a in x if c``, without a span."""

    target: expr
    iter: expr
    ifs: typing.List[expr]
    is_async: int


class ExceptHandler(Located):
    """``except E as e: ...``."""

    type: Optional[expr]
    name: Optional[str]
    body: typing.List[stmt]


class arguments(Node):
    """Parameters, without a span; ``defaults`` belong to the last of ``posonlyargs + args``."""

    posonlyargs: typing.List[arg]
    args: typing.List[arg]
    vararg: Optional[arg]
    kwonlyargs: typing.List[arg]
    kw_defaults: typing.List[Optional[expr]]
    kwarg: Optional[arg]
    defaults: typing.List[expr]


class arg(Located):
    """A parameter, with its annotation."""

    arg: str
    annotation: Optional[expr]


class keyword(Located):
    """``k=v`` of a call, or ``**d`` with ``arg`` None."""

    arg: Optional[str]
    value: expr


class alias(Located):
    """``a.b as c`` of an import."""

    name: str
    asname: Optional[str]


class withitem(Node):
    """``x as y`` of a with, without a span."""

    context_expr: expr
    optional_vars: Optional[expr]


class match_case(Node):
    """``case p if g: ...``, without a span."""

    pattern: pattern
    guard: Optional[expr]
    body: typing.List[stmt]


class type_param(Located):
    """A type parameter (PEP 695)."""


class TypeVar(type_param):
    """``T: bound = default``."""

    name: str
    bound: Optional[expr]
    default_value: Optional[expr]


class ParamSpec(type_param):
    """``**P = default``."""

    name: str
    default_value: Optional[expr]


class TypeVarTuple(type_param):
    """``*Ts = default``."""

    name: str
    default_value: Optional[expr]
