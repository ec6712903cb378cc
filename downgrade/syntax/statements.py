"""Simple statements: one line, or a part of one."""

from __future__ import annotations

from typing import Callable, Dict, List, Optional, Tuple, Type

from . import nodes, operators
from .match_patterns import PatternParser
from .operators import STORE
from .targets import expression_name
from .tokens import NAME, NEWLINE, Place

_AUGMENTED: Dict[str, operators.operator] = {
    "+=": operators.ADD,
    "-=": operators.SUB,
    "*=": operators.MULT,
    "@=": operators.MAT_MULT,
    "/=": operators.DIV,
    "%=": operators.MOD,
    "&=": operators.BIT_AND,
    "|=": operators.BIT_OR,
    "^=": operators.BIT_XOR,
    "<<=": operators.LSHIFT,
    ">>=": operators.RSHIFT,
    "**=": operators.POW,
    "//=": operators.FLOOR_DIV,
}
_HINT = " here. Maybe you meant '==' instead of '='?"
_LINE_ENDS = (NEWLINE, ";")


class SimpleStatementParser(PatternParser):
    """Parses statements without a block."""

    __slots__ = ()

    def simple_stmts(self, body: List[nodes.stmt]) -> None:
        """Parse a line of statements between semicolons into ``body``."""
        kinds = self.kinds
        while True:
            kind = kinds[self.i]
            if kind in _SIMPLE:
                body.append(_SIMPLE[kind](self))
            elif kind == NAME and kinds[self.i + 1] == NAME and self.texts[self.i] == "type":
                body.append(self._type_alias())
            else:
                body.append(self._expression_stmt())
            if kinds[self.i] == ";":
                self.i += 1
                if kinds[self.i] == NEWLINE:
                    break
                continue
            break
        if kinds[self.i] != NEWLINE:
            self.invalid()
        self.i += 1

    # -------------------------------------------------------------- assignments

    def _expression_stmt(self) -> nodes.stmt:
        """Parse an expression, or an assignment of any kind."""
        i = self.i
        kinds = self.kinds
        line, column = self.starts[i]
        value = self.yield_expr() if kinds[i] == "yield" else self.star_expressions()
        kind = kinds[self.i]
        if kind == NEWLINE:
            end_line, end_column = self.ends[self.i - 1]
            return nodes.Expr(line, column, end_line, end_column, value)
        if kind == "=":
            return self._assignment(value, line, column)
        if kind in _AUGMENTED:
            if not isinstance(value, (nodes.Name, nodes.Attribute, nodes.Subscript)):
                name = expression_name(value)
                message = f"'{name}' is an illegal expression for augmented assignment"
                self.fail(message, (line, column), self.ends[self.i - 1])
            value.ctx = STORE
            self.i += 1
            at = self.i
            right = self.field_expression()
            end = self.ends[self.i - 1]
            if self.bare_star(right, at):
                self.uses("star-in-augmented-assignment", self.starts[at], end)
            return nodes.AugAssign(line, column, *end, value, _AUGMENTED[kind], right)
        if kind == ":":
            return self._annotated(value, i)
        if kind == ":=":
            self.invalid()
        end_line, end_column = self.ends[self.i - 1]
        return nodes.Expr(line, column, end_line, end_column, value)

    def _assignment(self, value: nodes.expr, line: int, column: int) -> nodes.stmt:
        targets: List[nodes.expr] = []
        while self.kinds[self.i] == "=":
            if isinstance(value, (nodes.Yield, nodes.YieldFrom)):
                at = (value.lineno, value.col_offset)
                message = "assignment to yield expression not possible"
                self.fail(message, at, self.ends[self.i - 1])
            self.store(value, _HINT)
            targets.append(value)
            self.i += 1
            value = self.field_expression()
        if self.kinds[self.i] in _AUGMENTED or self.kinds[self.i] == ":":
            self.invalid()
        end_line, end_column = self.ends[self.i - 1]
        return nodes.Assign(line, column, end_line, end_column, targets, value)

    def _annotated(self, target: nodes.expr, i: int) -> nodes.stmt:
        if not isinstance(target, (nodes.Name, nodes.Attribute, nodes.Subscript)):
            if isinstance(target, (nodes.Tuple, nodes.List)):
                message = f"only single target (not {expression_name(target)}) can be annotated"
            else:
                message = "illegal target for annotation"
            self.fail(message, self.starts[i], self.ends[self.i - 1])
        simple = int(isinstance(target, nodes.Name) and self.kinds[i] != "(")
        target.ctx = STORE
        self.i += 1
        annotation = self.expression()
        value: Optional[nodes.expr] = None
        if self.kinds[self.i] == "=":
            self.i += 1
            value = self.field_expression()
        end = self.ends[self.i - 1]
        return nodes.AnnAssign(*self.starts[i], *end, target, annotation, value, simple)

    def _type_alias(self) -> nodes.stmt:
        i = self.i
        start = self.starts[i]
        self.i = i + 2
        name = nodes.Name(*self.starts[i + 1], *self.ends[i + 1], self.texts[i + 1], STORE)
        params = self.type_params()
        if self.kinds[self.i] != "=":
            self.invalid()
        self.i += 1
        value = self.expression()
        end = self.ends[self.i - 1]
        self.uses("type-alias", start, end)
        return nodes.TypeAlias(*start, *end, name, params, value)

    # ----------------------------------------------------------------- keywords

    def _end(self) -> Place:
        return self.ends[self.i - 1]

    def _return(self) -> nodes.stmt:
        i = self.i
        self.i = i + 1
        value: Optional[nodes.expr] = None
        if self.kinds[i + 1] not in _LINE_ENDS:
            value = self.star_expressions()
        return nodes.Return(*self.starts[i], *self._end(), value)

    def _raise(self) -> nodes.stmt:
        i = self.i
        self.i = i + 1
        exception = cause = None
        if self.kinds[i + 1] not in _LINE_ENDS:
            exception = self.expression()
            if self.kinds[self.i] == "from":
                self.i += 1
                cause = self.expression()
        return nodes.Raise(*self.starts[i], *self._end(), exception, cause)

    def _assert(self) -> nodes.stmt:
        i = self.i
        self.i = i + 1
        test = self.expression()
        message: Optional[nodes.expr] = None
        if self.kinds[self.i] == ",":
            self.i += 1
            message = self.expression()
        return nodes.Assert(*self.starts[i], *self._end(), test, message)

    def _delete(self) -> nodes.stmt:
        i = self.i
        self.i = i + 1
        targets: List[nodes.expr] = []
        while True:
            target = self.star_expression()
            self.delete(target)
            targets.append(target)
            if self.kinds[self.i] != ",":
                break
            self.i += 1
            if self.kinds[self.i] in _LINE_ENDS:
                break
        if self.kinds[self.i] not in _LINE_ENDS:
            self.invalid()
        return nodes.Delete(*self.starts[i], *self._end(), targets)

    def _names(self) -> List[str]:
        self.i += 1
        names = [self.name()]
        while self.kinds[self.i] == ",":
            self.i += 1
            names.append(self.name())
        return names

    def _global(self) -> nodes.stmt:
        i = self.i
        names = self._names()
        return nodes.Global(*self.starts[i], *self._end(), names)

    def _nonlocal(self) -> nodes.stmt:
        i = self.i
        names = self._names()
        return nodes.Nonlocal(*self.starts[i], *self._end(), names)

    # ------------------------------------------------------------------- imports

    def _dotted_name(self) -> str:
        name = self.name()
        while self.kinds[self.i] == ".":
            self.i += 1
            name = f"{name}.{self.name()}"
        return name

    def _alias(self, dotted: bool) -> nodes.alias:
        i = self.i
        name = self._dotted_name() if dotted else self.name()
        asname: Optional[str] = None
        if self.kinds[self.i] == "as":
            self.i += 1
            asname = self.name()
            if self.kinds[self.i] in (".", "(", "["):
                self.fail("cannot use this as import target")
        return nodes.alias(*self.starts[i], *self._end(), name, asname)

    def _import(self) -> nodes.stmt:
        i = self.i
        self.i = i + 1
        if self.kinds[self.i] == NEWLINE:
            self.fail("Expected one or more names after 'import'")
        names = [self._alias(True)]
        while self.kinds[self.i] == ",":
            self.i += 1
            names.append(self._alias(True))
        return nodes.Import(*self.starts[i], *self._end(), names)

    def _from(self) -> nodes.stmt:
        i = self.i
        kinds = self.kinds
        self.i = i + 1
        level = 0
        while kinds[self.i] in (".", "..."):
            level += len(kinds[self.i])
            self.i += 1
        module: Optional[str] = None
        if kinds[self.i] != "import" or not level:
            module = self._dotted_name()
        if kinds[self.i] != "import":
            self.invalid()
        self.i += 1
        if kinds[self.i] == NEWLINE:
            self.fail("Expected one or more names after 'import'")
        names: List[nodes.alias]
        if kinds[self.i] == "*":
            names = [nodes.alias(*self.starts[self.i], *self.ends[self.i], "*", None)]
            self.i += 1
        elif kinds[self.i] == "(":
            self.i += 1
            names = [self._alias(False)]
            while kinds[self.i] == ",":
                self.i += 1
                if kinds[self.i] == ")":
                    break
                names.append(self._alias(False))
            self._close(")")
        else:
            names = [self._alias(False)]
            while kinds[self.i] == ",":
                self.i += 1
                if kinds[self.i] == NEWLINE:
                    message = "trailing comma not allowed without surrounding parentheses"
                    self.fail(message, self.starts[self.i - 1])
                names.append(self._alias(False))
        return nodes.ImportFrom(*self.starts[i], *self._end(), module, names, level)


def _word(cls: Type[nodes.stmt]) -> Callable[[SimpleStatementParser], nodes.stmt]:
    """The parser of a statement that is one keyword."""

    def parse(parser: SimpleStatementParser) -> nodes.stmt:
        i = parser.i
        parser.i = i + 1
        positions: Tuple[int, int, int, int] = (*parser.starts[i], *parser.ends[i])
        return cls(*positions)

    return parse


_SIMPLE: Dict[str, Callable[[SimpleStatementParser], nodes.stmt]] = {
    "return": SimpleStatementParser._return,
    "raise": SimpleStatementParser._raise,
    "assert": SimpleStatementParser._assert,
    "del": SimpleStatementParser._delete,
    "global": SimpleStatementParser._global,
    "nonlocal": SimpleStatementParser._nonlocal,
    "import": SimpleStatementParser._import,
    "from": SimpleStatementParser._from,
    "pass": _word(nodes.Pass),
    "break": _word(nodes.Break),
    "continue": _word(nodes.Continue),
}
