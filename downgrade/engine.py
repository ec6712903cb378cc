"""From a text to the text for an older Python: level by level, pass by pass.

text, target -> the rules of 3.14, of 3.13, ... of the version after the target, each level until
it has nothing more to do -> text, parsed under the target's grammar, always.
"""

from __future__ import annotations

import re
from typing import Callable, Dict, FrozenSet, List, NamedTuple, Optional, Set, Tuple

from . import rules, slots
from .edits import Edits
from .grammar import read, reread
from .rule import GRAMMAR, IMPORT, Context, Message, Reading, Rule
from .slots import Slot
from .source import Source
from .syntax.code import Code
from .syntax.collection import collection_paused
from .syntax.node import Node
from .syntax.quick import may_need_more
from .targets import OLDEST, Version, levels, show

#: More passes than nested constructs in any sane file: a rule that goes on and on is wrong.
MAX_PASSES = 200
_OFF = re.compile(r"#\s*downgrade:\s*off\b")


class Result(NamedTuple):
    """What became of a text."""

    #: the new text; where there are errors, what could be lowered is
    text: str
    changed: bool
    #: in the order of lines; an ``error`` says what could not be lowered
    messages: Tuple[Message, ...]
    #: the names in the emitted module ``_downgrade`` that the text needs
    shims: FrozenSet[str]
    #: how often each rule changed something
    counts: Dict[str, int]
    #: lines that something needs a blank one above, and the rules that say so
    lines_wanted: FrozenSet[Tuple[int, str]] = frozenset()

    @property
    def ok(self) -> bool:
        """Whether the text runs on the target as it did."""
        return not any(message.error for message in self.messages)


@collection_paused()
def downgrade(
    text: str,
    target: Version = OLDEST,
    *,
    filename: str = "<text>",
    runtime_import: str = "import _downgrade as ",
    enabled: Optional[Callable[[Rule], bool]] = None,
    lossy: bool = False,
) -> Result:
    """Write a module's text so that it runs on ``target`` and newer versions alike.

    ``text`` has no byte order mark; its line ends stay. ``runtime_import`` is the statement that
    imports the emitted module, up to the name. ``enabled`` leaves rules out. With ``lossy`` there
    are warnings instead of errors: ``lossy.downgrade_with_losses``. ``SyntaxError`` if the text is
    not valid in the newest version's grammar; one that has nothing to lower by a look at its words
    isn't parsed.
    """
    work = _Work(text, target, filename, runtime_import, lossy)
    code = Code(text)
    grammar = may_need_more(code, target)
    all_chosen = [
        [
            rule
            for rule in rules.of_level(level)
            if _runs(rule, enabled, work.is_stub) and rule.may_apply(code, grammar)
        ]
        for level in levels(target)
    ]
    if not grammar:
        asking = [rule for chosen in all_chosen for rule in chosen]
        # Most have nothing to add, and end it.
        asking.sort(key=lambda rule: type(rule).may_still_apply is not Rule.may_still_apply)
        if not any(rule.may_still_apply(code) for rule in asking):
            return Result(text, False, (), frozenset(), {})
    for level, chosen in zip(levels(target), all_chosen):
        known = [rule for rule in rules.of_level(level) if _runs(rule, enabled, work.is_stub)]
        # What one rule writes, another one may have to lower.
        if work.text != text:
            chosen = known
        if chosen:
            work.run_level(chosen, known)
    return work.result()


def _runs(rule: Rule, enabled: Optional[Callable[[Rule], bool]], is_stub: bool) -> bool:
    if is_stub and not rule.in_stubs:
        return False
    return not rule.on_request if enabled is None else enabled(rule)


def _place(node: Node) -> Tuple[int, int]:
    return (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))


class _Work:
    """A text on its way down."""

    def __init__(
        self, text: str, target: Version, filename: str, runtime_import: str, lossy: bool
    ) -> None:
        self.lossy = lossy
        self.lines_wanted: Set[Tuple[int, str]] = set()
        self.original = self.text = text
        self.target = target
        self.filename = filename
        self.is_stub = filename.endswith(".pyi")
        self.runtime_import = runtime_import
        self.messages: List[Message] = []
        self.shims: Set[str] = set()
        self.counts: Dict[str, int] = {}
        self._reading: Optional[Reading] = None

    def reading(self) -> Reading:
        if self._reading is None:
            source = Source(self.text)
            self._reading = Reading(source, read(self.text, self.filename))
        return self._reading

    def run_level(self, chosen: List[Rule], known: List[Rule]) -> None:
        """Run the ``chosen`` rules; all that are ``known`` once something has changed."""
        for _ in range(MAX_PASSES):
            reading = self.reading()
            found: List[Tuple[int, int, int, Rule, Node]] = []
            newest = max((one.since for one in reading.features), default=OLDEST)
            for rule in chosen:
                if rule.hint == GRAMMAR and newest < rule.version:
                    continue
                for node in rule.candidates(reading):
                    line, column = _place(node)
                    found.append((line, column, len(found), rule, node))
            context = Context(reading, self.target, self.runtime_import, self.is_stub, self.lossy)
            if found:
                off = self._lines_off(context.source)
                found.sort(key=lambda item: item[:3])
                for line, _, _, rule, node in found:
                    if line not in off:
                        context.rule = rule
                        rule.visit(node, context)
            if not self._apply(context):
                self.messages.extend(context.messages)
                self.lines_wanted |= context.lines_wanted
                return
            chosen = known
        raise AssertionError(f"{self.filename}: {sorted(self.counts)} don't come to an end")

    def _lines_off(self, source: Source) -> Set[int]:
        return {source.line_of(match.start()) for match in _OFF.finditer(source.text)}

    def _apply(self, context: Context) -> bool:
        """Make the changes of a pass; False if there is none."""
        source = context.source
        edits = Edits(source.text)
        lines: Dict[int, Tuple[Slot, List[Tuple[int, str]]]] = {}
        imports: Dict[str, str] = {}
        # Each knows the context: together they would stay until the collector comes.
        changes, context.changes = context.changes, []
        for change in changes:
            head = [item for item in change.imports if item[0] not in imports]
            statements = list(change.statements)
            if head:
                slot = slots.head(source, context.tree)
                statements = [(slot, IMPORT, code) for _, code in head] + statements
            if not self._fits(statements, lines) or not edits.accept(change.edits):
                continue
            for slot, order, code in statements:
                lines.setdefault(slot.offset, (slot, []))[1].append((order, code))
            imports.update(head)
            self.shims |= change.shims
            self.messages += change.notes
            rule = change.rule.name
            self.counts[rule] = self.counts.get(rule, 0) + 1
        for slot, codes in lines.values():
            codes.sort(key=lambda item: item[0])
            edits.accept([slots.edit(slot, [code for _, code in codes])])
        if not len(edits):
            return False
        self.text = edits.apply()
        before, changed = self.reading(), edits.lines(source.line_of)
        after = Source(self.text)
        parsed = reread(before.parsed, after, changed, self.filename)
        self._reading = Reading(after, parsed, before)
        return True

    @staticmethod
    def _fits(
        statements: List[Tuple[Slot, int, str]],
        lines: Dict[int, Tuple[Slot, List[Tuple[int, str]]]],
    ) -> bool:
        """Whether no line is asked for with two indentations."""
        wanted = {slot.offset: slot for slot, _, _ in statements}
        taken = {offset: slot for offset, (slot, _) in lines.items()}
        return all(
            wanted[slot.offset] == slot and taken.get(slot.offset, slot) == slot
            for slot, _, _ in statements
        )

    def result(self) -> Result:
        messages = sorted(set(self.messages), key=lambda item: (item.line, item.column, item))
        if not any(message.error for message in messages):
            self._check_output(messages)
        changed = self.text != self.original
        return Result(
            self.text,
            changed,
            tuple(messages),
            frozenset(self.shims),
            dict(self.counts),
            frozenset(self.lines_wanted),
        )

    def _check_output(self, messages: List[Message]) -> None:
        """Look for constructs in the output that the target's grammar doesn't have."""
        reading = self.reading()
        for feature in reading.features:
            if feature.since > self.target:
                column = reading.source.position(reading.source.offset(*feature.start))[1]
                text = f"{feature.message}, and no rule lowers it here"
                if self.lossy:
                    text += f": Python {show(self.target)} can't read the file"
                messages.append(
                    Message(
                        *(feature.name, not self.lossy, feature.start[0], column, text, 0),
                        loss=self.lossy,
                    )
                )
