"""Expressions: predictive descent, and precedence climbing for operators.

Grammar: the ``expressions`` part of CPython 3.14's Grammar/python.gram. Method names are those
of its rules where there is one for one.
"""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

from . import nodes, operators
from .displays import BRACKETS, DisplayParser
from .literals import number_value
from .operators import DEL, LOAD, STORE
from .precedence import AND, BIT_OR, COMPARISON, NOT, OR, POWER, UNARY
from .targets import expression_name, set_context
from .tokens import FSTRING_START, NAME, NEWLINE, NUMBER, STRING, Place

_BINARY: Dict[str, Tuple[int, operators.operator]] = {
    "|": (5, operators.BIT_OR),
    "^": (6, operators.BIT_XOR),
    "&": (7, operators.BIT_AND),
    "<<": (8, operators.LSHIFT),
    ">>": (8, operators.RSHIFT),
    "+": (9, operators.ADD),
    "-": (9, operators.SUB),
    "*": (10, operators.MULT),
    "/": (10, operators.DIV),
    "//": (10, operators.FLOOR_DIV),
    "%": (10, operators.MOD),
    "@": (10, operators.MAT_MULT),
    "**": (12, operators.POW),
}
_COMPARISONS: Dict[str, operators.cmpop] = {
    "==": operators.EQ,
    "!=": operators.NOT_EQ,
    "<": operators.LT,
    "<=": operators.LT_E,
    ">": operators.GT,
    ">=": operators.GT_E,
    "in": operators.IN,
    "is": operators.IS,
    "not": operators.NOT_IN,
}
_PRECEDENCE = {
    **{sign: precedence for sign, (precedence, _) in _BINARY.items()},
    **dict.fromkeys(_COMPARISONS, COMPARISON),
    "and": AND,
    "or": OR,
}
_UNARY: Dict[str, operators.unaryop] = {
    "-": operators.USUB,
    "+": operators.UADD,
    "~": operators.INVERT,
}
_SINGLETONS = {"None": None, "True": True, "False": False, "...": ...}
_TRAILERS = frozenset(".([")
#: What ends an expression, so that a name before it is all there is.
_ENDS = frozenset((",", ")", NEWLINE, "=", ":", "]"))
#: What ends a list of expressions without brackets.
_LIST_ENDS = frozenset((NEWLINE, ")", "]", "}", "=", ":", ";", "!", "in", "for", "async"))


class ExpressionParser(DisplayParser):
    """Parses expressions."""

    __slots__ = ()

    # -------------------------------------------------------------- operators

    def expression(self) -> nodes.expr:
        """Parse ``disjunction ['if' disjunction 'else' expression] | lambdef``."""
        i = self.i
        kinds = self.kinds
        kind = kinds[i]
        if kind == NAME and kinds[i + 1] in _ENDS:
            self.i = i + 1
            line, column = self.starts[i]
            end_line, end_column = self.ends[i]
            return nodes.Name(line, column, end_line, end_column, self.texts[i], LOAD)
        if kind == "lambda":
            return self.lambdef()
        body = self.binary(OR)
        if kinds[self.i] != "if":
            return body
        line, column = self.starts[i]
        self.i += 1
        test = self.binary(OR)
        if kinds[self.i] != "else":
            if kinds[self.i] == ":":
                self.invalid()
            self.fail("expected 'else' after 'if' expression", self.starts[i], self.last_end())
        self.i += 1
        orelse = self.expression()
        end_line, end_column = self.ends[self.i - 1]
        return nodes.IfExp(line, column, end_line, end_column, test, body, orelse)

    def binary(self, least: int) -> nodes.expr:
        """Parse operators that bind at least as strongly as ``least``."""
        i = self.i
        kinds = self.kinds
        kind = kinds[i]
        start = self.starts[i]
        left: nodes.expr
        if kind == NAME:
            end_line, end_column = self.ends[i]
            left = nodes.Name(start[0], start[1], end_line, end_column, self.texts[i], LOAD)
            i += 1
            self.i = i
            if kinds[i] in _TRAILERS:
                left = self.trailers(left, start)
        elif kind in _UNARY:
            self.i = i + 1
            operand = self.binary(UNARY)
            end_line, end_column = self.ends[self.i - 1]
            operator = _UNARY[kind]
            left = nodes.UnaryOp(start[0], start[1], end_line, end_column, operator, operand)
        elif kind == "not":
            if least > NOT:
                self.invalid()
            self.i = i + 1
            operand = self.binary(NOT)
            end_line, end_column = self.ends[self.i - 1]
            left = nodes.UnaryOp(start[0], start[1], end_line, end_column, operators.NOT, operand)
        elif kind == "await":
            self.i = i + 1
            value = self.primary()
            left = nodes.Await(*start, *self.ends[self.i - 1], value)
        else:
            left = self.atom(kind)
            if kinds[self.i] in _TRAILERS:
                left = self.trailers(left, start)
        while True:
            kind = kinds[self.i]
            if kind not in _PRECEDENCE:
                return left
            precedence = _PRECEDENCE[kind]
            if precedence < least:
                return left
            if precedence > COMPARISON:
                self.i += 1
                # a power is right-associative, and its exponent may have a sign
                right = self.binary(precedence + 1 if precedence != POWER else UNARY)
                end_line, end_column = self.ends[self.i - 1]
                left = nodes.BinOp(
                    start[0], start[1], end_line, end_column, left, _BINARY[kind][1], right
                )
            elif precedence == COMPARISON:
                if kind == "not" and kinds[self.i + 1] != "in":
                    return left
                left = self._comparison(left, start)
            else:
                values = [left]
                while kinds[self.i] == kind:
                    self.i += 1
                    values.append(self.binary(precedence + 1))
                end_line, end_column = self.ends[self.i - 1]
                sign = operators.AND if kind == "and" else operators.OR
                left = nodes.BoolOp(start[0], start[1], end_line, end_column, sign, values)

    def _comparison(self, left: nodes.expr, start: Place) -> nodes.expr:
        signs: List[operators.cmpop] = []
        comparators: List[nodes.expr] = []
        kinds = self.kinds
        while True:
            kind = kinds[self.i]
            if kind not in _COMPARISONS:
                break
            sign = _COMPARISONS[kind]
            if kind == "not":
                if kinds[self.i + 1] != "in":
                    break
                self.i += 1
            elif kind == "is" and kinds[self.i + 1] == "not":
                self.i += 1
                sign = operators.IS_NOT
            self.i += 1
            signs.append(sign)
            comparators.append(self.binary(BIT_OR))
        end_line, end_column = self.ends[self.i - 1]
        return nodes.Compare(start[0], start[1], end_line, end_column, left, signs, comparators)

    # --------------------------------------------------------------- primaries

    def primary(self) -> nodes.expr:
        """Parse an atom with its attributes, calls and subscripts."""
        start = self.starts[self.i]
        left = self.atom(self.kinds[self.i])
        return self.trailers(left, start)

    def trailers(self, left: nodes.expr, start: Place) -> nodes.expr:
        """Parse attributes, calls and subscripts behind ``left``."""
        kinds = self.kinds
        line, column = start
        while True:
            i = self.i
            kind = kinds[i]
            if kind == ".":
                if kinds[i + 1] != NAME:
                    self.i = i + 1
                    self.invalid()
                self.i = i + 2
                end_line, end_column = self.ends[i + 1]
                left = nodes.Attribute(
                    line, column, end_line, end_column, left, self.texts[i + 1], LOAD
                )
            elif kind == "(":
                args, keywords = self.call_arguments(True)
                end_line, end_column = self.ends[self.i - 1]
                left = nodes.Call(line, column, end_line, end_column, left, args, keywords)
            elif kind == "[":
                self.i = i + 1
                index = self.slices()
                if kinds[self.i] != "]":
                    self.invalid()
                end_line, end_column = self.ends[self.i]
                self.i += 1
                left = nodes.Subscript(line, column, end_line, end_column, left, index, LOAD)
            else:
                return left

    def slices(self) -> nodes.expr:
        """Parse what is between the brackets of a subscript."""
        i = self.i
        first = self._slice()
        if self.kinds[self.i] != "," and not isinstance(first, nodes.Starred):
            return first
        elements = [first]
        while self.kinds[self.i] == ",":
            self.i += 1
            if self.kinds[self.i] == "]":
                break
            elements.append(self._slice())
        return nodes.Tuple(*self.starts[i], *self.ends[self.i - 1], elements, LOAD)

    def _slice(self) -> nodes.expr:
        kinds = self.kinds
        i = self.i
        lower: Optional[nodes.expr] = None
        if kinds[i] == "*":
            self.i = i + 1
            value = self.binary(BIT_OR)
            end = self.ends[self.i - 1]
            self.uses("star-in-index", self.starts[i], end)
            return nodes.Starred(*self.starts[i], *end, value, LOAD)
        if kinds[i] != ":":
            named = kinds[i] == NAME and kinds[i + 1] == ":="
            lower = self.named_expression()
            if named:
                self.uses("bare-walrus-in-index", self.starts[i], self.ends[self.i - 1])
            if named or kinds[self.i] != ":":
                return lower
        upper = step = None
        self.i += 1
        if kinds[self.i] not in (":", ",", "]"):
            upper = self.expression()
        if kinds[self.i] == ":":
            self.i += 1
            if kinds[self.i] not in (",", "]"):
                step = self.expression()
        return nodes.Slice(*self.starts[i], *self.ends[self.i - 1], lower, upper, step)

    def atom(self, kind: str) -> nodes.expr:
        """Parse a name, a literal, or what is in brackets."""
        i = self.i
        if kind in (STRING, FSTRING_START):
            return self.strings()
        if kind in BRACKETS:
            return BRACKETS[kind](self)
        line, column = self.starts[i]
        end_line, end_column = self.ends[i]
        if kind == NAME:
            self.i = i + 1
            return nodes.Name(line, column, end_line, end_column, self.texts[i], LOAD)
        value: object
        if kind == NUMBER:
            try:
                value = number_value(self.texts[i])
            except ValueError as error:
                self.fail(str(error))
        elif kind in _SINGLETONS:
            value = _SINGLETONS[kind]
        else:
            if kind == "lambda" or kind == "yield":
                self.invalid()
            if kind == "*" or kind == "**":
                self.invalid()
            self.invalid()
        self.i = i + 1
        return nodes.Constant(line, column, end_line, end_column, value, None)

    # ----------------------------------------------------- lists of expressions

    def named_expression(self) -> nodes.expr:
        """Parse ``NAME ':=' expression | expression``."""
        i = self.i
        if self.kinds[i + 1] == ":=":
            line, column = self.starts[i]
            if self.kinds[i] == NAME:
                target = nodes.Name(line, column, *self.ends[i], self.texts[i], STORE)
                self.i = i + 2
                value = self.expression()
                return nodes.NamedExpr(line, column, *self.ends[self.i - 1], target, value)
        value = self.expression()
        if self.kinds[self.i] == ":=":
            message = f"cannot use assignment expressions with {expression_name(value)}"
            self.fail(message, self.starts[i], self.ends[self.i - 1])
        return value

    def star_named_expression(self) -> nodes.expr:
        """Parse ``'*' bitwise_or | named_expression``."""
        if self.kinds[self.i] == "*":
            return self._starred()
        return self.named_expression()

    def _starred(self) -> nodes.expr:
        i = self.i
        self.i = i + 1
        value = self.binary(BIT_OR)
        return nodes.Starred(*self.starts[i], *self.ends[self.i - 1], value, LOAD)

    def star_expression(self) -> nodes.expr:
        """Parse ``'*' bitwise_or | expression``."""
        return self._starred() if self.kinds[self.i] == "*" else self.expression()

    def star_expressions(self) -> nodes.expr:
        """Parse expressions between commas: a Tuple if there is a comma."""
        i = self.i
        kinds = self.kinds
        first = self._starred() if kinds[i] == "*" else self.expression()
        if kinds[self.i] != ",":
            return first
        elements = [first]
        while kinds[self.i] == ",":
            self.i += 1
            kind = kinds[self.i]
            if kind in _LIST_ENDS or (kind.endswith("=") and kind not in ("==", "<=", ">=", "!=")):
                break
            elements.append(self.star_expression())
        return nodes.Tuple(*self.starts[i], *self.ends[self.i - 1], elements, LOAD)

    def bare_star(self, value: nodes.expr, i: int) -> bool:
        """Whether ``value``, from token ``i`` on, is a list with a ``*``, without brackets."""
        if isinstance(value, nodes.Starred):
            return self.kinds[i] == "*"
        if not isinstance(value, nodes.Tuple):
            return False
        if self.kinds[i] == "(" and self.tokens.closing(i) == self.i - 1:
            return False
        return any(isinstance(element, nodes.Starred) for element in value.elts)

    def yield_expr(self) -> nodes.expr:
        """Parse ``'yield' 'from' expression | 'yield' [star_expressions]``."""
        i = self.i
        self.i = i + 1
        kind = self.kinds[i + 1]
        value: Optional[nodes.expr] = None
        if kind == "from":
            self.i = i + 2
            value = self.expression()
            return nodes.YieldFrom(*self.starts[i], *self.ends[self.i - 1], value)
        if kind not in _LIST_ENDS:
            value = self.star_expressions()
        return nodes.Yield(*self.starts[i], *self.ends[self.i - 1], value)

    def field_expression(self) -> nodes.expr:
        """Parse the expression in a field of an f-string."""
        return self.yield_expr() if self.kinds[self.i] == "yield" else self.star_expressions()

    def lambdef(self) -> nodes.expr:
        """Parse ``'lambda' [parameters] ':' expression``."""
        i = self.i
        self.i = i + 1
        arguments = self.parameters(":", False)
        if self.kinds[self.i] != ":":
            self.invalid()
        self.i += 1
        if self.kinds[self.i] == "FSTRING_MIDDLE":
            self.fail(
                "f-string: lambda expressions are not allowed without parentheses", self.starts[i]
            )
        body = self.expression()
        return nodes.Lambda(*self.starts[i], *self.ends[self.i - 1], arguments, body)

    # ------------------------------------------------------------------- targets

    def star_targets(self) -> nodes.expr:
        """Parse the targets of a ``for``, up to its ``in``."""
        i = self.i
        kinds = self.kinds
        first = self._star_target()
        if kinds[self.i] != ",":
            return first
        elements = [first]
        while kinds[self.i] == ",":
            self.i += 1
            if kinds[self.i] == "in":
                break
            elements.append(self._star_target())
        return nodes.Tuple(*self.starts[i], *self.ends[self.i - 1], elements, STORE)

    def _star_target(self) -> nodes.expr:
        i = self.i
        target = self._starred() if self.kinds[i] == "*" else self.binary(BIT_OR)
        self.store(target)
        return target

    def store(self, target: nodes.expr, hint: str = "") -> None:
        """Make an expression a target, or fail."""
        wrong = set_context(target, STORE)
        if wrong is not None:
            name = expression_name(wrong)
            if hint and (wrong is not target or name in ("True", "False", "None")):
                hint = ""
            start = (wrong.lineno, wrong.col_offset)
            self.fail(
                f"cannot assign to {name}{hint}", start, (wrong.end_lineno, wrong.end_col_offset)
            )

    def delete(self, target: nodes.expr) -> None:
        """Make an expression a target of ``del``, or fail."""
        wrong = set_context(target, DEL)
        if wrong is not None:
            start = (wrong.lineno, wrong.col_offset)
            end = (wrong.end_lineno, wrong.end_col_offset)
            self.fail(f"cannot delete {expression_name(wrong)}", start, end)
