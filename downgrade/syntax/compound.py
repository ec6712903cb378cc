"""Compound statements: those with a block."""

from __future__ import annotations

from typing import Callable, Dict, List, Optional, Tuple

from . import nodes
from .operators import LOAD
from .precedence import BIT_OR
from .statements import SimpleStatementParser
from .tokens import DEDENT, ENDMARKER, INDENT, NAME, NEWLINE, Place

#: What may follow the target of a ``with``.
_AFTER_ITEM = (",", ")", ":")


class StatementParser(SimpleStatementParser):
    """Parses all statements."""

    __slots__ = ()

    def module(self) -> nodes.Module:
        """Parse a file."""
        body: List[nodes.stmt] = []
        while self.kinds[self.i] != ENDMARKER:
            self._statement(body)
        return nodes.Module(body)

    def expression_alone(self) -> nodes.Expression:
        """Parse a text that is one expression, tuples included."""
        body = self.star_expressions()
        if self.kinds[self.i] == NEWLINE:
            self.i += 1
        if self.kinds[self.i] != ENDMARKER:
            self.invalid()
        return nodes.Expression(body)

    def _statement(self, body: List[nodes.stmt]) -> None:
        kind = self.kinds[self.i]
        if kind in _COMPOUND:
            body.append(_COMPOUND[kind](self))
        elif kind == NAME and self.texts[self.i] == "match" and self._is_match():
            body.append(self._match())
        else:
            self.simple_stmts(body)

    def _block(self, what: str, opening: int) -> List[nodes.stmt]:
        """Parse ``:`` and the block behind it, of the statement that begins at ``opening``."""
        kinds = self.kinds
        if kinds[self.i] != ":":
            if kinds[self.i] in (NEWLINE, ENDMARKER):
                self.fail("expected ':'")
            if kinds[self.i] == "=":
                self.fail("invalid syntax. Maybe you meant '==' or ':=' instead of '='?")
            self.invalid()
        self.i += 1
        body: List[nodes.stmt] = []
        if kinds[self.i] != NEWLINE:
            if kinds[self.i] in _COMPOUND:
                self.invalid()
            self.simple_stmts(body)
            return body
        self.i += 1
        if kinds[self.i] != INDENT:
            message = f"expected an indented block after {what} on line {self.starts[opening][0]}"
            self.fail(message, kind=IndentationError)
        self.i += 1
        while kinds[self.i] != DEDENT:
            self._statement(body)
        self.i += 1
        return body

    def _else(self, what: str) -> List[nodes.stmt]:
        if self.kinds[self.i] != what:
            return []
        self.i += 1
        return self._block(f"'{what}' statement", self.i - 1)

    # ---------------------------------------------------------- if, while, for

    def _if(self) -> nodes.stmt:
        clauses: List[Tuple[Place, nodes.expr, List[nodes.stmt]]] = []
        kind = "if"
        while self.kinds[self.i] == kind:
            i = self.i
            self.i = i + 1
            test = self.named_expression()
            clauses.append((self.starts[i], test, self._block(f"'{kind}' statement", i)))
            kind = "elif"
        orelse = self._else("else")
        end = self.last_end()
        for start, test, body in reversed(clauses):
            orelse = [nodes.If(*start, *end, test, body, orelse)]
        return orelse[0]

    def _while(self) -> nodes.stmt:
        i = self.i
        self.i = i + 1
        test = self.named_expression()
        body = self._block("'while' statement", i)
        orelse = self._else("else")
        return nodes.While(*self.starts[i], *self.last_end(), test, body, orelse)

    def _for(self, start: Optional[Place] = None) -> nodes.stmt:
        i = self.i
        self.i = i + 1
        target = self.star_targets()
        if self.kinds[self.i] != "in":
            self.invalid()
        self.i += 1
        at = self.i
        over = self.star_expressions()
        if self.bare_star(over, at):
            self.uses("star-in-for", self.starts[at], self.ends[self.i - 1])
        body = self._block("'for' statement", i)
        orelse = self._else("else")
        end = self.last_end()
        if start is not None:
            return nodes.AsyncFor(*start, *end, target, over, body, orelse)
        return nodes.For(*self.starts[i], *end, target, over, body, orelse)

    # -------------------------------------------------------------------- with

    def _with(self, start: Optional[Place] = None) -> nodes.stmt:
        i = self.i
        self.i = i + 1
        items = self._items_in_parentheses() if self.kinds[i + 1] == "(" else None
        if items is None:
            self.i = i + 1
            items = [self._item()]
            while self.kinds[self.i] == ",":
                self.i += 1
                items.append(self._item())
        body = self._block("'with' statement", i)
        if start is not None:
            return nodes.AsyncWith(*start, *self.last_end(), items, body)
        return nodes.With(*self.starts[i], *self.last_end(), items, body)

    def _items_in_parentheses(self) -> Optional[List[nodes.withitem]]:
        """Parse ``(a as b, c)`` before a colon; None if it is an expression in parentheses."""
        opening = self.i
        closing = self.tokens.closing(opening)
        if self.kinds[closing + 1] != ":" or closing == opening + 1:
            return None
        features = len(self.features)
        try:
            self.i = opening + 1
            items = [self._item()]
            while self.kinds[self.i] == ",":
                self.i += 1
                if self.i == closing:
                    break
                items.append(self._item())
        except SyntaxError:
            if "as" in self.kinds[opening:closing]:
                raise
            del self.features[features:]
            return None
        if self.i != closing:
            del self.features[features:]
            return None
        if len(items) > 1 or items[0].optional_vars or self.kinds[closing - 1] == ",":
            self.uses("parenthesized-with", self.starts[opening], self.ends[closing])
        self.i = closing + 1
        return items

    def _item(self) -> nodes.withitem:
        value = self.expression()
        if self.kinds[self.i] != "as":
            return nodes.withitem(value, None)
        self.i += 1
        target = self._starred() if self.kinds[self.i] == "*" else self.binary(BIT_OR)
        self.store(target)
        if self.kinds[self.i] not in _AFTER_ITEM:
            self.invalid()
        return nodes.withitem(value, target)

    # --------------------------------------------------------------------- try

    def _try(self) -> nodes.stmt:
        i = self.i
        self.i = i + 1
        body = self._block("'try' statement", i)
        handlers: List[nodes.ExceptHandler] = []
        stars = set()
        while self.kinds[self.i] == "except":
            stars.add(self.kinds[self.i + 1] == "*")
            if len(stars) > 1:
                message = "cannot have both 'except' and 'except*' on the same 'try'"
                self.fail(message)
            handlers.append(self._handler())
        orelse: List[nodes.stmt] = []
        if handlers:
            orelse = self._else("else")
        final = self._else("finally")
        if not handlers and not final:
            self.fail("expected 'except' or 'finally' block")
        positions = (*self.starts[i], *self.last_end())
        if True in stars:
            return nodes.TryStar(*positions, body, handlers, orelse, final)
        return nodes.Try(*positions, body, handlers, orelse, final)

    def _handler(self) -> nodes.ExceptHandler:
        i = self.i
        kinds = self.kinds
        self.i = i + 1
        what = "'except' statement"
        star = kinds[self.i] == "*"
        if star:
            what = "'except*' statement"
            self.i += 1
            self.uses("except-star", self.starts[i], self.ends[i + 1])
            if kinds[self.i] == ":":
                self.fail("expected one or more exception types")
        types: Optional[nodes.expr] = None
        name: Optional[str] = None
        if kinds[self.i] != ":":
            at = self.i
            types = self.expression()
            if kinds[self.i] == ",":
                types = self._bare_tuple(types, at)
            elif kinds[self.i] == "as":
                self.i += 1
                name = self.name()
        body = self._block(what, i)
        return nodes.ExceptHandler(*self.starts[i], *self.last_end(), types, name, body)

    def _bare_tuple(self, first: nodes.expr, at: int) -> nodes.expr:
        """Parse the exceptions behind the first (PEP 758)."""
        elements = [first]
        while self.kinds[self.i] == ",":
            self.i += 1
            if self.kinds[self.i] == ":":
                break
            elements.append(self.expression())
        start, end = self.starts[at], self.ends[self.i - 1]
        if self.kinds[self.i] == "as":
            message = "multiple exception types must be parenthesized when using 'as'"
            self.fail(message, start, end)
        self.uses("bare-except-tuple", start, end)
        return nodes.Tuple(*start, *end, elements, LOAD)

    # ------------------------------------------------------ functions and classes

    def _decorated(self) -> nodes.stmt:
        decorators: List[nodes.expr] = []
        while self.kinds[self.i] == "@":
            self.i += 1
            at = self.i
            decorator = self.named_expression()
            if self.kinds[self.i] != NEWLINE:
                self.invalid()
            if self.kinds[at] == "(" or not _is_plain_decorator(decorator):
                self.uses("relaxed-decorator", self.starts[at], self.ends[self.i - 1])
            decorators.append(decorator)
            self.i += 1
        kind = self.kinds[self.i]
        if kind == "class":
            return self._class_def(decorators)
        if kind == "def":
            return self._function(None, decorators)
        if kind == "async" and self.kinds[self.i + 1] == "def":
            self.i += 1
            return self._function(self.starts[self.i - 1], decorators)
        self.invalid()

    def _async(self) -> nodes.stmt:
        start = self.starts[self.i]
        self.i += 1
        kind = self.kinds[self.i]
        if kind == "def":
            return self._function(start, [])
        if kind == "for":
            return self._for(start)
        if kind == "with":
            return self._with(start)
        self.invalid()

    def _def(self) -> nodes.stmt:
        return self._function(None, [])

    def _function(self, start: Optional[Place], decorators: List[nodes.expr]) -> nodes.stmt:
        i = self.i
        self.i = i + 1
        name = self.name()
        params = self.type_params()
        if self.kinds[self.i] != "(":
            self.fail("expected '('")
        self.i += 1
        arguments = self.parameters(")", True)
        if self.kinds[self.i] != ")":
            self.invalid()
        self.i += 1
        returns: Optional[nodes.expr] = None
        if self.kinds[self.i] == "->":
            self.i += 1
            returns = self.expression()
        if self.kinds[self.i] != ":":
            self.fail("expected ':'")
        body = self._block("function definition", i)
        end = self.last_end()
        if start is not None:
            return nodes.AsyncFunctionDef(
                *start, *end, name, arguments, body, decorators, returns, params
            )
        return nodes.FunctionDef(
            *self.starts[i], *end, name, arguments, body, decorators, returns, params
        )

    def _class_statement(self) -> nodes.stmt:
        return self._class_def([])

    def _class_def(self, decorators: List[nodes.expr]) -> nodes.stmt:
        i = self.i
        self.i = i + 1
        name = self.name()
        params = self.type_params()
        bases: List[nodes.expr] = []
        keywords: List[nodes.keyword] = []
        if self.kinds[self.i] == "(":
            bases, keywords = self.call_arguments(False)
        body = self._block("class definition", i)
        end = self.last_end()
        return nodes.ClassDef(
            *self.starts[i], *end, name, bases, keywords, body, decorators, params
        )

    # ------------------------------------------------------------------- match

    def _is_match(self) -> bool:
        """Whether the line that begins with the name ``match`` is the statement.

        It is if the line ends in a colon, and a ``case`` comes next: an annotation or another
        use of the name can't be followed by a deeper line.
        """
        kinds = self.kinds
        i = self.i + 1
        if kinds[i] in ("=", ".", ",", ")", ":", ";", NEWLINE, "]"):
            return False
        while kinds[i] != NEWLINE:
            i += 1
        return (
            kinds[i - 1] == ":"
            and kinds[i + 1] == INDENT
            and kinds[i + 2] == NAME
            and self.texts[i + 2] == "case"
        )

    def _match(self) -> nodes.stmt:
        i = self.i
        kinds = self.kinds
        self.i = i + 1
        subject = self.star_named_expression()
        if kinds[self.i] == "," or (isinstance(subject, nodes.Starred) and kinds[i + 1] == "*"):
            if kinds[self.i] != ",":
                self.invalid()
            elements = [subject]
            while kinds[self.i] == ",":
                self.i += 1
                if kinds[self.i] == ":":
                    break
                elements.append(self.star_named_expression())
            subject = nodes.Tuple(*self.starts[i + 1], *self.ends[self.i - 1], elements, LOAD)
        if kinds[self.i] != ":":
            self.invalid()
        self.i += 3  # ":", NEWLINE, INDENT
        cases: List[nodes.match_case] = []
        while kinds[self.i] != DEDENT:
            cases.append(self._case())
        self.i += 1
        self.uses("match", self.starts[i], self.ends[i])
        return nodes.Match(*self.starts[i], *self.last_end(), subject, cases)

    def _case(self) -> nodes.match_case:
        i = self.i
        if self.kinds[i] != NAME or self.texts[i] != "case":
            self.invalid()
        self.i = i + 1
        pattern = self.patterns()
        guard: Optional[nodes.expr] = None
        if self.kinds[self.i] == "if":
            self.i += 1
            guard = self.named_expression()
        return nodes.match_case(pattern, guard, self._block("'case' statement", i))


def _is_plain_decorator(node: nodes.expr) -> bool:
    """Whether 3.8 takes the decorator: a dotted name, which may be called once."""
    if isinstance(node, nodes.Call):
        node = node.func
    while isinstance(node, nodes.Attribute):
        node = node.value
    return isinstance(node, nodes.Name)


_COMPOUND: Dict[str, Callable[[StatementParser], nodes.stmt]] = {
    "if": StatementParser._if,
    "while": StatementParser._while,
    "for": StatementParser._for,
    "with": StatementParser._with,
    "try": StatementParser._try,
    "@": StatementParser._decorated,
    "async": StatementParser._async,
    "def": StatementParser._def,
    "class": StatementParser._class_statement,
}
