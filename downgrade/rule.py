"""What a rule is: the nodes that it looks at, what it makes of them, its examples."""

from __future__ import annotations

import re
import typing
from types import TracebackType
from typing import (
    Dict,
    FrozenSet,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Set,
    Tuple,
    Type,
    TypeVar,
    Union,
)

from . import slots
from .edits import Edit
from .grammar import Reread
from .index import Index
from .scopes import Scopes
from .slots import NoSlot, Slot
from .source import Source
from .syntax import Parsed, nodes
from .syntax.code import Code
from .syntax.node import Located, Node
from .syntax.words import words_in
from .targets import Version

if typing.TYPE_CHECKING:
    from typing_extensions import Self

#: Where a block stands in its owner.
_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")
#: The hint of a rule for nothing but newer grammar.
GRAMMAR = "grammar"
#: Orders of edits at one place.
IMPORT, STATEMENT = -2, -1


Some = TypeVar("Some", bound=Node)


class Example(NamedTuple):
    """A text and what a rule alone makes of it: ``after``, or an error that says ``error``.

    ``output`` is what both print when they are run, the first on the newest Python and the
    second on the target.
    """

    before: str
    after: str = ""
    error: str = ""
    output: str = ""


class Message(NamedTuple):
    """Something to tell the user about a place. An ``error`` means: not lowered.

    A ``loss`` is a warning: it is left, or lowered with what the text says, as ``--lossy`` asks.
    """

    rule: str
    error: bool
    line: int
    column: int
    text: str
    #: the cell of a notebook that the line is in, from 1
    cell: int = 0
    loss: bool = False

    @property
    def level(self) -> str:
        """``error``, ``warning`` or ``note``."""
        return "error" if self.error else "warning" if self.loss else "note"


class Rule:
    """One construct that an older Python doesn't have, and what stands for it there.

    A subclass sets the class attributes; one file has one. ``visit`` is called for each node of
    the ``visits`` classes, a parent before its children. What it returns is ignored: it opens a
    change with ``context.change(node)``, or says ``context.unsupported(node, why)``. A node that
    needs nothing is left alone. A rule is asked again, with the text parsed anew, until it has
    nothing more to do, so what it writes must not contain what it looks for.
    """

    name: str = ""
    #: the version that added the construct; the rule runs for every older target
    version: Version = (0, 0)
    pep: Optional[int] = None
    #: what the documentation says about it: the meaning kept, the limits
    title: str = ""
    #: what a text's code must contain for the rule to do something (a regular expression), if
    #: that is known, or the words of which it must have one; ``GRAMMAR`` if it is one of the
    #: constructs that ``syntax.quick`` looks for
    hint: Union[str, FrozenSet[str], None] = None
    #: the classes of nodes that ``visit`` is called for
    visits: Tuple[Type[Node], ...] = ()
    #: it has something to do in stubs (``.pyi``), of which only the grammar has to be older
    in_stubs: bool = True
    #: it runs only if its name is asked for
    on_request: bool = False
    examples: Tuple[Example, ...] = ()

    def may_apply(self, code: Code, grammar: bool) -> bool:
        """Whether there could be something to do in a text; False only if there is nothing.

        ``grammar`` says whether it may have a construct that the target's grammar doesn't have.
        """
        if self.hint is None:
            return True
        if not isinstance(self.hint, str):
            return not self.hint.isdisjoint(code.words)
        return grammar if self.hint == GRAMMAR else bool(re.search(self.hint, code.everything))

    def may_still_apply(self, code: Code) -> bool:
        """Whether it may, by a look that takes longer: asked if nothing else needs a parse."""
        return True

    def candidates(self, reading: Reading) -> Iterator[Node]:
        """The nodes to visit; a rule that knows better leaves those out that need nothing."""
        for cls in self.visits:
            yield from reading.index.nodes_of(cls)

    def visit(self, node: typing.Any, context: Context) -> None:
        """Look at a node of one of the classes in ``visits``."""
        raise NotImplementedError


class Change:
    """What is done for one node: taken together or not at all (``edits.Edits``)."""

    def __init__(self, context: Context, node: Located) -> None:
        """Begin with nothing to do."""
        assert context.rule is not None
        self._context = context
        self.node = node
        self.rule: Rule = context.rule
        self.edits: List[Edit] = []
        self.statements: List[Tuple[Slot, int, str]] = []
        self.imports: List[Tuple[str, str]] = []
        self.shims: Set[str] = set()
        #: what the user is told if the change is made
        self.notes: List[Message] = []
        self._told = len(context.messages)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        reason: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> bool:
        """Keep the change, or say why there is none."""
        context = self._context
        if isinstance(reason, NoSlot):
            del context.messages[self._told :]
            context.unsupported(self.node, str(reason))
            if reason.line:
                context.lines_wanted.add((reason.line, self.rule.name))
            return True
        if reason is None:
            self.notes = context.messages[self._told :]
            del context.messages[self._told :]
            context.changes.append(self)
        return False

    def replace(self, start: int, end: int, text: str) -> None:
        """Write ``text`` instead of the characters ``start:end``; lines must stay as many."""
        self.edits.append(Edit(start, end, text))

    def insert(self, offset: int, text: str) -> None:
        """Write ``text`` in front of the character ``offset``."""
        self.edits.append(Edit(offset, offset, text))

    def delete(self, start: int, end: int) -> None:
        """Leave the characters ``start:end`` out, but not their line ends."""
        kept = "".join(re.findall(r"\\?(?:\r\n|\r|\n)", self._context.source.text[start:end]))
        self.edits.append(Edit(start, end, kept))

    def statement_before(self, statement: nodes.stmt, code: str) -> None:
        """Run ``code`` (a simple statement) just before ``statement``, in the same block.

        ``NoSlot`` if there is no line for it; then nothing of the change is done.
        """
        owner, block, index = self._context.block_of(statement)
        slot = slots.before(self._context.source, owner, block, index)
        self.statements.append((slot, STATEMENT, code))

    def statement_after(self, statement: nodes.stmt, code: str) -> None:
        """Run ``code`` (a simple statement) just after ``statement``, in the same block.

        ``NoSlot`` if there is no line for it; then nothing of the change is done.
        """
        owner, block, index = self._context.block_of(statement)
        self._after(owner, block, index, code)

    def statement_soon(self, definition: nodes.stmt, name: str, code: str) -> None:
        """Like ``statement_after``, or behind the next definitions that don't mention ``name``.

        For what is only asked of ``name`` by those who use it.
        """
        owner, block, index = self._context.block_of(definition)
        while True:
            try:
                self._after(owner, block, index, code)
                return
            except NoSlot:
                index += 1
                if index == len(block) or not slots.is_compound(block[index]):
                    raise
                if name in re.findall(r"\w+", self._context.source.text_of(block[index])):
                    raise

    def _after(self, owner: Node, block: List[nodes.stmt], index: int, code: str) -> None:
        slot = slots.after(self._context.source, owner, block, index)
        self.statements.append((slot, STATEMENT, code))

    def module(self, name: str) -> str:
        """Give the name by which a module can be used anywhere in the file; imports it once.

        Where the head of the file has no line for the import, it is an expression.
        """
        return self._import(name, f"import {name} as ")

    def runtime(self, name: str, inline: bool = True) -> str:
        """Give an expression for a function or class of the emitted ``_downgrade`` module.

        ``NoSlot`` if it would have to be a call that imports and ``inline`` is false: decorators
        of 3.8 can't be that.
        """
        self.shims.add(name)
        return f"{self._import('_downgrade', self._context.runtime_import, inline)}.{name}"

    def _import(self, module: str, statement: str, inline: bool = True) -> str:
        alias, written = self._context.import_alias(module, statement)
        if written:
            try:
                slots.head(self._context.source, self._context.tree)
            except NoSlot:
                if not inline:
                    raise
                return _inline(module, statement)
            if (module, written) not in self.imports:
                self.imports.append((module, written))
        return alias


class Reading:
    """What is known of a text, found out once: passes and levels share it until it changes."""

    def __init__(
        self, source: Source, parsed: Union[Parsed, Reread], before: Optional[Reading] = None
    ) -> None:
        """Begin with the nodes of a text, some of which are those of the reading ``before``."""
        self.source = source
        self.parsed = parsed
        self.tree = parsed.module
        self.features = parsed.features
        self.words: Optional[Set[str]] = None
        self.index: Index = Index(parsed.module, before.index if before else None)
        self._scopes: Optional[Scopes] = None

    @property
    def scopes(self) -> Scopes:
        """The scopes of the file."""
        if self._scopes is None:
            self._scopes = Scopes(self.tree, self.index)
        return self._scopes


class Context:
    """A file in one pass: its text, its nodes, and what was decided about it."""

    def __init__(
        self,
        reading: Reading,
        target: Version,
        runtime_import: str,
        is_stub: bool = False,
        lossy: bool = False,
    ) -> None:
        """Begin a pass; ``runtime_import`` is ``from . import _downgrade as `` or the like."""
        #: what can't be lowered as it is meant may be left, or lowered with a loss that is told
        self.lossy = lossy
        #: lines (from 1) that something needs a blank one above, and the rule that says so
        self.lines_wanted: Set[Tuple[int, str]] = set()
        #: nothing runs it: checkers read it, which know newer types in any version's grammar
        self.is_stub = is_stub
        self._reading = reading
        self.source = reading.source
        self.tree = reading.tree
        #: the version that the file is written for in the end
        self.target = target
        self.runtime_import = runtime_import
        self.messages: List[Message] = []
        self.changes: List[Change] = []
        self.rule: Optional[Rule] = None
        self._words: Optional[Set[str]] = None
        self._aliases: Dict[str, Tuple[str, str]] = {}

    # ------------------------------------------------------------------- nodes

    def parent(self, node: Node) -> Optional[Node]:
        """The node that ``node`` is a child of; None for the module."""
        return self._reading.index.parent(node)

    def parents(self, node: Node) -> Iterator[Node]:
        """All nodes above ``node``, the nearest first."""
        return self._reading.index.above(node)

    def nodes_of(self, cls: Type[Some]) -> List[Some]:
        """The nodes of a class, parents first."""
        return typing.cast(List[Some], self._reading.index.nodes_of(cls))

    def statement_of(self, node: Node) -> nodes.stmt:
        """The statement that ``node`` is or stands in."""
        while not isinstance(node, nodes.stmt):
            above = self.parent(node)
            assert above is not None, "a module is in no statement"
            node = above
        return node

    def block_of(self, statement: nodes.stmt) -> Tuple[Node, List[nodes.stmt], int]:
        """The node whose block a statement is in, the block, and the statement's place in it."""
        owner = self.parent(statement)
        assert owner is not None
        for field in _BLOCKS:
            block = getattr(owner, field, None)
            if isinstance(block, list):
                for index, other in enumerate(block):
                    if other is statement:
                        return owner, block, index
        raise AssertionError("a statement is in a block")

    # ------------------------------------------------------------------- names

    @property
    def scopes(self) -> Scopes:
        """The scopes of the file."""
        return self._reading.scopes

    @property
    def words(self) -> Set[str]:
        """Every word of the text, in code, comments and strings."""
        if self._words is None:
            if self._reading.words is None:
                self._reading.words = words_in(self.source.text)
            self._words = set(self._reading.words)
        return self._words

    def fresh(self, name: str) -> str:
        """Give ``name``, or ``name_1``, ...: a word that is nowhere in the file, and take it.

        A name with two underscores in front isn't given: a class would mangle it.
        """
        name = "_" + name.lstrip("_") if name.startswith("__") else name
        free, number = name, 0
        while free in self.words:
            number += 1
            free = f"{name}_{number}"
        self.words.add(free)
        return free

    def import_alias(self, module: str, statement: str) -> Tuple[str, str]:
        """The name of an import that ``downgrade`` writes, and the statement if it isn't there."""
        if module not in self._aliases:
            name = "_" + module.replace(".", "_").lstrip("_")
            for node in self.tree.body:
                if isinstance(node, (nodes.Import, nodes.ImportFrom)) and len(node.names) == 1:
                    alias = node.names[0].asname or node.names[0].name
                    if re.fullmatch(name + r"(_\d+)?", alias):
                        if self.source.text_of(node) == _import(statement, alias):
                            self._aliases[module] = (alias, "")
            if module not in self._aliases:
                alias = self.fresh(name)
                self._aliases[module] = (alias, _import(statement, alias))
        return self._aliases[module]

    # --------------------------------------------------------------- decisions

    def change(self, node: Located) -> Change:
        """A change of ``node``, made by a ``with``; ``NoSlot`` inside becomes an error."""
        return Change(self, node)

    def unsupported(self, node: Located, why: str) -> None:
        """Say that the construct at ``node`` can't be written for the target, and why."""
        if self.lossy:
            self._say(False, node, f"{why}; it is left as it is", True)
        else:
            self._say(True, node, why)

    def loss(self, node: Located, text: str) -> None:
        """Say what a change loses that is only made if losses are asked for (``lossy``)."""
        assert self.lossy
        self._say(False, node, text, True)

    def note(self, node: Located, text: str) -> None:
        """Say something that the user should know about the output, in a change."""
        self._say(False, node, text)

    def _say(self, error: bool, node: Located, text: str, loss: bool = False) -> None:
        assert self.rule is not None
        line, column = self.source.position(self.source.start(node))
        self.messages.append(Message(self.rule.name, error, line, column, text, 0, loss))


def _import(statement: str, alias: str) -> str:
    """``import x as `` and a name, without the ``as`` where the name is the same."""
    return f"{statement}{alias}".replace(f"import {alias} as {alias}", f"import {alias}")


def _inline(module: str, statement: str) -> str:
    """An expression that imports: ``from .. import m as`` or ``import a.b as``."""
    match = re.match(r"from (\.+) import ", statement)
    if match:
        return f'__import__("", globals(), None, ("{module}",), {len(match.group(1))}).{module}'
    if "." in module:
        return f'__import__("{module}", None, None, ("",))'
    return f'__import__("{module}")'
