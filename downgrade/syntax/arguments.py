"""Arguments of calls, parameters of functions, type parameters."""

from __future__ import annotations

from typing import List, Optional, Tuple

from . import nodes
from .operators import LOAD
from .strings import StringParser
from .tokens import NAME, Place


class ArgumentParser(StringParser):
    """Parses the lists in the brackets of calls and definitions."""

    __slots__ = ()

    def expression(self) -> nodes.expr:
        """Parse an expression; see ``expressions``."""
        raise NotImplementedError

    def named_expression(self) -> nodes.expr:
        """Parse an expression or ``NAME := expression``; see ``expressions``."""
        raise NotImplementedError

    def star_expression(self) -> nodes.expr:
        """Parse an expression, or ``*`` and one; see ``expressions``."""
        raise NotImplementedError

    def generators(self) -> List[nodes.comprehension]:
        """Parse the ``for ... in ... if ...`` of a comprehension; see ``expressions``."""
        raise NotImplementedError

    # ------------------------------------------------------------------- calls

    def call_arguments(self, comprehension: bool) -> Tuple[List[nodes.expr], List[nodes.keyword]]:
        """Parse from ``(`` to ``)``; with ``comprehension``, ``(x for x in y)`` is one."""
        kinds = self.kinds
        opening = self.i
        self.i += 1
        args: List[nodes.expr] = []
        keywords: List[nodes.keyword] = []
        unpacked = False
        while kinds[self.i] != ")":
            i = self.i
            kind = kinds[i]
            if kind == NAME and kinds[i + 1] == "=":
                self.i = i + 2
                if kinds[self.i] in (",", ")"):
                    self.fail("expected argument value expression", self.starts[i])
                value = self.expression()
                line, column = self.starts[i]
                end_line, end_column = self.ends[self.i - 1]
                keywords.append(
                    nodes.keyword(line, column, end_line, end_column, self.texts[i], value)
                )
                if kinds[self.i] in ("for", "async"):
                    message = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?"
                    self.fail(message, self.starts[i], self.ends[i + 1])
            elif kind == "*":
                if unpacked:
                    message = "iterable argument unpacking follows keyword argument unpacking"
                    self.fail(message, self.starts[opening], self.ends[i])
                self.i = i + 1
                value = self.expression()
                args.append(nodes.Starred(*self.starts[i], *self.ends[self.i - 1], value, LOAD))
            elif kind == "**":
                self.i = i + 1
                value = self.expression()
                keywords.append(nodes.keyword(*self.starts[i], *self.ends[self.i - 1], None, value))
                unpacked = True
            else:
                value = self.named_expression()
                following = kinds[self.i]
                if following == "for" or following == "async":
                    value = self._generator(value, opening, comprehension and not args + keywords)
                elif following == "=":
                    self._no_assignment(i)
                elif keywords:
                    unpacking = " unpacking" if unpacked else ""
                    self.fail(f"positional argument follows keyword argument{unpacking}")
                args.append(value)
                if following == "for" or following == "async":
                    break
            if kinds[self.i] != ",":
                break
            self.i += 1
        if kinds[self.i] != ")":
            self.invalid()
        self.i += 1
        return args, keywords

    def _generator(self, element: nodes.expr, opening: int, alone: bool) -> nodes.expr:
        start = (element.lineno, element.col_offset)
        generators = self.generators()
        if not alone or self.kinds[self.i] != ")":
            end = self.ends[self.i - 1]
            if self.kinds[self.i] in (")", ","):
                self.fail("Generator expression must be parenthesized", start, end)
            self.invalid()
        return nodes.GeneratorExp(*self.starts[opening], *self.ends[self.i], element, generators)

    def _no_assignment(self, i: int) -> None:
        word = self.texts[i]
        if word in ("True", "False", "None") and self.i == i + 1:
            self.fail(f"cannot assign to {word}", self.starts[i], self.ends[self.i])
        message = 'expression cannot contain assignment, perhaps you meant "=="?'
        self.fail(message, self.starts[i], self.ends[self.i])

    # -------------------------------------------------------------- parameters

    def parameters(self, closing: str, annotated: bool) -> nodes.arguments:
        """Parse parameters up to ``closing``, which stays."""
        kinds = self.kinds
        only: List[nodes.arg] = []
        args: List[nodes.arg] = []
        keyword_only: List[nodes.arg] = []
        keyword_defaults: List[Optional[nodes.expr]] = []
        defaults: List[nodes.expr] = []
        vararg: Optional[nodes.arg] = None
        kwarg: Optional[nodes.arg] = None
        star = False
        while kinds[self.i] != closing:
            kind = kinds[self.i]
            if kwarg is not None:
                self.fail("arguments cannot follow var-keyword argument")
            if kind == NAME:
                arg = self._parameter(annotated)
                default: Optional[nodes.expr] = None
                if kinds[self.i] == "=":
                    self.i += 1
                    if kinds[self.i] in (",", closing):
                        self.fail("expected default value expression", self.starts[self.i - 1])
                    default = self.expression()
                if star:
                    keyword_only.append(arg)
                    keyword_defaults.append(default)
                else:
                    args.append(arg)
                    if default is not None:
                        defaults.append(default)
                    elif defaults:
                        message = "parameter without a default follows parameter with a default"
                        self.fail(message, (arg.lineno, arg.col_offset))
            elif kind == "/":
                if star:
                    self.fail("/ must be ahead of *")
                if only:
                    self.fail("/ may appear only once")
                if not args:
                    self.fail("at least one argument must precede /")
                only, args = args, []
                self.i += 1
            elif kind == "*":
                if star:
                    self.fail("* argument may appear only once")
                star = True
                self.i += 1
                if kinds[self.i] == NAME:
                    vararg = self._parameter(annotated, True)
                    self._no_default("var-positional")
                elif kinds[self.i] != "," or kinds[self.i + 1] in (closing, "**"):
                    if kinds[self.i] not in (",", closing):
                        self.invalid()
                    self.fail("named arguments must follow bare *", self.starts[self.i - 1])
            elif kind == "**":
                self.i += 1
                if kinds[self.i] != NAME:
                    self.invalid()
                kwarg = self._parameter(annotated)
                self._no_default("var-keyword")
            else:
                self._no_parameter(closing)
            if kinds[self.i] != ",":
                break
            self.i += 1
        return nodes.arguments(only, args, vararg, keyword_only, keyword_defaults, kwarg, defaults)

    def _no_default(self, what: str) -> None:
        if self.kinds[self.i] == "=":
            self.fail(f"{what} argument cannot have default value")

    def _no_parameter(self, closing: str) -> None:
        if self.kinds[self.i] == "(":
            what = "Lambda expression" if closing == ":" else "Function"
            self.fail(f"{what} parameters cannot be parenthesized")
        self.invalid()

    def _parameter(self, annotated: bool, variadic: bool = False) -> nodes.arg:
        i = self.i
        self.i = i + 1
        annotation: Optional[nodes.expr] = None
        if annotated and self.kinds[i + 1] == ":":
            self.i = i + 2
            if variadic:
                at = self.starts[self.i]
                annotation = self.star_expression()
                if isinstance(annotation, nodes.Starred) and self.kinds[i + 2] == "*":
                    self.uses("star-annotation", at, self.ends[self.i - 1])
            else:
                annotation = self.expression()
        line, column = self.starts[i]
        end_line, end_column = self.ends[self.i - 1]
        return nodes.arg(line, column, end_line, end_column, self.texts[i], annotation)

    # ---------------------------------------------------------- type parameters

    def type_params(self) -> List[nodes.type_param]:
        """Parse ``[T: bound = default, *Ts, **P]`` if there is one (PEP 695, PEP 696)."""
        found: List[nodes.type_param] = []
        if self.kinds[self.i] != "[":
            return found
        opening = self.starts[self.i]
        self.i += 1
        while self.kinds[self.i] != "]":
            found.append(self._type_param())
            if self.kinds[self.i] != ",":
                break
            self.i += 1
        if not found:
            self.fail("Type parameter list cannot be empty", opening)
        if self.kinds[self.i] != "]":
            self.invalid()
        self.i += 1
        self.uses("type-parameters", opening, self.ends[self.i - 1])
        return found

    def _type_param(self) -> nodes.type_param:
        i = self.i
        kind = self.kinds[i]
        start: Place = self.starts[i]
        if kind == "*" or kind == "**":
            self.i += 1
            name = self.name()
            if self.kinds[self.i] == ":":
                what = "TypeVarTuple" if kind == "*" else "ParamSpec"
                self.fail(f"cannot use bound with {what}")
            default = self._default(kind == "*")
            end = self.ends[self.i - 1]
            if kind == "*":
                return nodes.TypeVarTuple(*start, *end, name, default)
            return nodes.ParamSpec(*start, *end, name, default)
        name = self.name()
        bound: Optional[nodes.expr] = None
        if self.kinds[self.i] == ":":
            self.i += 1
            bound = self.expression()
        default = self._default(False)
        return nodes.TypeVar(*start, *self.ends[self.i - 1], name, bound, default)

    def _default(self, starred: bool) -> Optional[nodes.expr]:
        if self.kinds[self.i] != "=":
            return None
        start = self.starts[self.i]
        self.i += 1
        default = self.star_expression() if starred else self.expression()
        self.uses("type-parameter-default", start, self.ends[self.i - 1])
        return default
