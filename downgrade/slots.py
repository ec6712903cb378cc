"""Where a statement can be added without adding a line.

In this order: on a blank line above the statement, on a line above it that has a comment only,
behind the statement before it (``a = 1; new``), before the statement itself (``new; a = 1``).
"""

from __future__ import annotations

import re
from typing import List, NamedTuple, Optional, Sequence

from .edits import Edit
from .source import Source
from .syntax import nodes
from .syntax.node import Located, Node, children

Block = Sequence[nodes.stmt]
_CODING = re.compile(r"[ \t\f]*#.*?coding[:=]|#!")
_COMPOUND = (
    nodes.FunctionDef,
    nodes.AsyncFunctionDef,
    nodes.ClassDef,
    nodes.For,
    nodes.AsyncFor,
    nodes.While,
    nodes.If,
    nodes.With,
    nodes.AsyncWith,
    nodes.Match,
    nodes.Try,
    nodes.TryStar,
)


class NoSlot(Exception):
    """There is no line to put a statement on; a blank one above ``line`` (from 1) would do."""

    def __init__(self, reason: str, line: int = 0) -> None:
        """Say why; without a ``line`` if none would do."""
        super().__init__(reason)
        self.line = line


class Slot(NamedTuple):
    """A place for statements: at ``offset``, between ``before`` and ``after``."""

    offset: int
    before: str
    after: str
    #: on the line of the statement before it, behind that
    behind: bool = False


def is_compound(statement: nodes.stmt) -> bool:
    """Whether the statement has blocks of its own, so that nothing can follow it on its line."""
    return isinstance(statement, _COMPOUND)


def first_line(statement: nodes.stmt) -> int:
    """The first line of a statement, with its decorators."""
    if isinstance(statement, (nodes.FunctionDef, nodes.AsyncFunctionDef, nodes.ClassDef)):
        return min([statement.lineno, *(one.lineno for one in statement.decorator_list)])
    return statement.lineno


def is_docstring(block: Block, index: int) -> bool:
    """Whether the statement is the first of its block and a plain string."""
    if index:
        return False
    statement = block[0]
    return (
        isinstance(statement, nodes.Expr)
        and isinstance(statement.value, nodes.Constant)
        and isinstance(statement.value.value, str)
    )


def is_future(statement: nodes.stmt) -> bool:
    """Whether this is ``from __future__ import ...``."""
    return (
        isinstance(statement, nodes.ImportFrom)
        and statement.module == "__future__"
        and not statement.level
    )


def _last_line_before(owner: Optional[Node], block: Block, index: int) -> int:
    """The last line that something before the statement stands on, as far as nodes tell."""
    if index:
        return block[index - 1].end_lineno
    if owner is None or isinstance(owner, nodes.Module):
        return 0
    last = getattr(owner, "lineno", 0)
    for child in children(owner):
        if child is block[0]:
            continue
        if isinstance(child, Located) and child.end_lineno <= block[0].lineno:
            last = max(last, child.end_lineno)
        for below in children(child) if not isinstance(child, nodes.stmt) else ():
            if isinstance(below, Located) and below.end_lineno <= block[0].lineno:
                last = max(last, below.end_lineno)
    return last


def _own_line(
    source: Source, line: int, limit: int, indent: str, top: bool = False
) -> Optional[Slot]:
    """The nearest line above ``line`` that is free, below ``limit``, blank or with a comment.

    With ``top`` the one farthest above.
    """
    free: List[int] = []
    above = line - 1
    while above > limit:
        text = source.line(above).strip(" \t\f")
        if text and not text.startswith("#"):
            break
        free.append(above)
        above -= 1
    if free and above > 0 and source.line(above).endswith("\\"):
        free.pop()  # the line is the end of the statement before it
    if top:
        free.reverse()
    for number in free:
        text = source.line(number)
        if not text.strip(" \t\f"):
            return Slot(source.starts[number - 1] + len(text), indent[len(text) :], "")
    for number in free:
        text = source.line(number)
        if not (number <= 2 and _CODING.match(text)):
            start = source.starts[number - 1]
            comment = start + len(text) - len(text.lstrip(" \t\f"))
            if source.text[start:comment] == indent:
                return Slot(comment, "", "  ")
            return Slot(start, indent, "  ")
    return None


def _indent(source: Source, statement: nodes.stmt) -> str:
    """The space before the first token on a statement's first line."""
    text = source.line(first_line(statement))
    return text[: len(text) - len(text.lstrip(" \t\f"))]


def before(source: Source, owner: Optional[Node], block: Block, index: int) -> Slot:
    """Where to put a statement that runs just before ``block[index]``.

    ``owner`` is the node whose block it is (of a handler or case, that one). ``NoSlot`` if the
    statement is compound and directly below a header or another compound statement.
    """
    statement = block[index]
    line = first_line(statement)
    if is_docstring(block, index) or is_future(statement):
        raise NoSlot("a docstring or an import from __future__ must stay first")
    limit = _last_line_before(owner, block, index)
    header_line = getattr(owner, "lineno", 0) if not index else 0
    if line not in (limit, header_line):
        slot = _own_line(source, line, limit, _indent(source, statement))
        if slot:
            return slot
    if index and not is_compound(block[index - 1]):
        return behind(source, block[index - 1])
    if not is_compound(statement):
        return Slot(source.start(statement), "", "; ")
    raise NoSlot("there is no blank line above this one, and no simple statement to join", line)


def head(source: Source, tree: nodes.Module) -> Slot:
    """Where imports go: behind the docstring and the imports from ``__future__``."""
    body = tree.body
    index = 0
    while index < len(body) and (is_docstring(body, index) or is_future(body[index])):
        index += 1
    if index < len(body):
        try:
            return before(source, tree, body, index)
        except NoSlot:
            raise NoSlot(
                "the imports that this needs have no line: leave one blank above the first statement",
                first_line(body[index]),
            ) from None
    return behind(source, body[-1])


def behind(source: Source, statement: nodes.stmt) -> Slot:
    """Where to put a statement on the line of a simple one, behind it."""
    end = source.end(statement)
    after = source.skip_on_line(end)
    if source.text[after : after + 1] == ";":
        follows = source.skip_on_line(after + 1)
        more = follows < len(source.text) and source.text[follows] not in "#\r\n"
        return Slot(after + 1, " ", ";" if more else "", True)
    return Slot(end, "; ", "", True)


def after(source: Source, owner: Optional[Node], block: Block, index: int) -> Slot:
    """Where to put a statement that runs just after ``block[index]``.

    The blank lines above what follows the block in the text can still belong to it. At the end of
    the text a line may be added.
    """
    statement = block[index]
    if not is_compound(statement):
        return behind(source, statement)
    if index + 1 < len(block):
        following = block[index + 1]
        if isinstance(statement, nodes.ClassDef) and not is_compound(following):
            # the blank lines are for what needs one inside of the class
            return Slot(source.start(following), "", "; ")
        return before(source, owner, block, index + 1)
    indent = _indent(source, statement)
    follows = source.skip(source.end(statement))
    if follows < len(source.text):
        line = source.line_of(follows)
        slot = _own_line(source, line, statement.end_lineno, indent, True)
        if slot:
            return slot
        raise NoSlot("there is no blank line below the definition", statement.end_lineno + 1)
    # the end of the text: nothing moves
    last = source.line(len(source.starts))
    number = len(source.starts)
    slot = _own_line(source, number + 1, statement.end_lineno, indent, True)
    if slot:
        end = "" if source.line(number) or slot.offset != len(source.text) else source.newline
        return Slot(slot.offset, slot.before, slot.after + end)
    return Slot(len(source.text), ("" if not last else source.newline) + indent, source.newline)


def edit(slot: Slot, statements: Sequence[str]) -> Edit:
    """The insertion of ``statements`` into a slot: outside of what a change inserts there."""
    text = slot.before + "; ".join(statements) + slot.after
    return Edit(slot.offset, slot.offset, text, 1 if slot.behind else -1)
