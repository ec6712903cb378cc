"""``match`` (PEP 634)."""

from __future__ import annotations

import re
from typing import Dict, List, Optional, Tuple

from ... import slots
from ...rule import GRAMMAR, Change, Context, Example, Rule
from ...syntax import nodes
from ...syntax.node import Node
from .patterns import PatternTests, condition

#: Guards that need parentheses beside ``and``.
_LOOSE = (nodes.BoolOp, nodes.IfExp, nodes.Lambda, nodes.NamedExpr)
_SCOPES = (nodes.FunctionDef, nodes.AsyncFunctionDef, nodes.ClassDef)
_REFLECTION = {"locals", "vars", "dir", "eval", "exec", "f_locals"}


class MatchStatement(Rule):
    """``match`` -> a chain of ``if``; ``case`` lines become ``if`` and ``elif`` with the tests.

    The subject is evaluated once. Tests, their order, the order in which names are bound, and the
    errors are those of CPython's instructions (runtime/matching.py). Names are bound once the
    whole pattern fits, before the guard. On 3.8 and 3.9 dataclasses, named tuples and ``ast``
    nodes match positional patterns as they do from 3.10 on. A variable holds the subject, with a
    name that is nowhere else in the file; where a scope can see its own variables (``locals()``,
    the body of a class), the first statement of a case deletes it.
    """

    name = "match"
    version = (3, 10)
    pep = 634
    title = "Structural pattern matching"
    hint = GRAMMAR
    visits = (nodes.Match,)
    examples = (
        Example(
            "\nmatch x:\n    case 1 | 2:\n        a()\n    case _:\n        b()\n",
            "import _downgrade\n"
            "if _match := _downgrade.Match(x):\n    if (_match[0] == 1 or _match[0] == 2):\n"
            "        a()\n    else:\n        b()\n",
        ),
        Example(
            "\nmatch f(x), y:  # both\n    case [a, b] if a > b: print(a)\n",
            "import _downgrade\n"
            "if _match := _downgrade.Match((f(x), y)):  # both\n"
            "    if _match.items(1, _match[0], 2)"
            " and [a := _match[1], b := _match[2]] and a > b: print(a)\n",
        ),
        Example(
            "\nmatch (x):\n    case (\n      Point(y=0)  # on the axis\n    ): pass\n",
            "import _downgrade\n"
            "if _match := _downgrade.Match((x)):\n"
            "    if (_match.instance(1, _match[0], Point, 0, ('y',)) and _match[1] == 0"
            "\n  # on the axis\n): pass\n",
        ),
        Example(
            "\nmatch x:\n    case {'k': v, **rest}: pass\n    case None if f() or g(): pass\n",
            "import _downgrade\n"
            "if _match := _downgrade.Match(x):\n"
            "    if _match.mapping(_match[0], 1) and _match.values(1, _match[0], ('k',))"
            " and _match.rest(3, _match[0], _match[1]) and [v := _match[2], rest := _match[3]]: pass\n"
            "    elif _match[0] is None and (f() or g()): pass\n",
        ),
        Example(
            "\nclass A:\n    match x:\n        case str(n) | [n, *_]:\n            print(n)\n",
            "import _downgrade\nclass A:\n    if _match := _downgrade.Match(x):\n"
            "        if (_match.instance(1, _match[0], str, 1, ()) and _match.put(1, _match[1])"
            " or _match.sequence(_match[0], 1, True) and _match.item(1, _match[0], 0)"
            " and _match.put(1, _match[1])) and [n := _match[1]]:\n"
            "            del _match; print(n)\n",
        ),
    )

    def __init__(self) -> None:
        """Begin with no names taken."""
        self._names: Tuple[Optional[Context], Dict[int, str]] = (None, {})

    def variable(self, context: Context, depth: int) -> str:
        """The variable of a statement inside of ``depth`` others; statements share it."""
        if self._names[0] is not context:
            self._names = (context, {})
        names = self._names[1]
        if depth not in names:
            names[depth] = context.fresh("_match")
        return names[depth]

    def visit(self, node: nodes.Match, context: Context) -> None:
        """Rewrite the header and the cases' headers; the bodies stay."""
        source = context.source
        above = list(context.parents(node))
        depth = sum(isinstance(one, nodes.Match) for one in above)
        match = self.variable(context, depth)
        reflects = _reflects(context, above)
        with context.change(node) as change:
            start = source.start(node)
            from_, to = source.span(node.subject)
            pairs = source.parenthesised(node.subject)
            outer = pairs[-1] if pairs else (from_, to)
            colon = source.expect(":", outer[1]).start
            gap = source.text[start + 5 : outer[0]]
            change.replace(
                start, outer[0], f"if {match} := {change.runtime('Match')}({gap.lstrip()}"
            )
            bare = isinstance(node.subject, (nodes.Tuple, nodes.NamedExpr)) and not pairs
            if bare and not source.has_parentheses(node.subject):
                change.insert(from_, "(")
                change.insert(to, ")")
            change.insert(outer[1], ")")
            after = colon + 1
            for index, case in enumerate(node.cases):
                self.case(context, change, case, index, match, after)
                if reflects and not slots.is_compound(case.body[0]):
                    change.insert(source.start(case.body[0]), f"del {match}; ")
                after = source.end(case.body[-1])

    def case(
        self,
        context: Context,
        change: Change,
        case: nodes.match_case,
        index: int,
        match: str,
        after: int,
    ) -> None:
        """Rewrite the line of a case, found behind the offset ``after``."""
        source = context.source
        start = source.find("case", after).start
        tests = PatternTests(source, match)
        tests.test(case.pattern, tests.at(0))
        text = condition(tests)
        pairs = source.parenthesised(case.pattern)
        pattern_end = pairs[-1].end if pairs else source.end(case.pattern)
        guard = case.guard
        if guard is None:
            stop = source.expect(":", pattern_end).start
        else:
            around = source.parenthesised(guard)
            stop = around[-1].start if around else source.start(guard)
        keyword = "elif" if index else "if"
        remarks = source.comments(start, stop)
        if text is None and guard is None:
            written = "else" if index else "if True"
            if remarks:
                written = f"{keyword} (True{remarks})"
        else:
            written = text or ""
            if remarks:
                written = f"({written or 'True'}{remarks})"
            if guard is not None and written:
                written += " and "
            written = f"{keyword} {written}"
            if guard is not None and isinstance(guard, _LOOSE) and not around:
                written += "("
                change.insert(source.end(guard), ")")
        change.replace(start, stop, written)


def _reflects(context: Context, above: List[Node]) -> bool:
    """Whether the scope can see its own variables: a class body, or code that asks for them."""
    scope = next((one for one in above if isinstance(one, _SCOPES)), context.tree)
    if isinstance(scope, nodes.ClassDef):
        return True
    if isinstance(scope, nodes.Module):
        return False
    return not _REFLECTION.isdisjoint(re.findall(r"\w+", context.source.text_of(scope)))
