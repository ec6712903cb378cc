"""``except TimeoutError`` (socket.timeout is the same since 3.10, that of asyncio since 3.11)."""

from __future__ import annotations

import keyword
import re
from typing import Iterator, Optional, Sequence, Union

from ...rule import Change, Context, Example, Rule
from ...syntax import nodes
from ...syntax.around import going_back
from ...syntax.code import Code

_PATH = "builtins.TimeoutError"
_WORD = frozenset(["TimeoutError"])
_TESTS = ("builtins.isinstance", "builtins.issubclass")
#: What can't stand between the name and the ``except`` or the function.
_ENDS = frozenset(["=", ":", "[", "{", "raise", "return", "class", "def", "import", "assert"])
_CALLED = frozenset(["isinstance", "issubclass", "suppress"])
#: No attribute.
_NAME = re.compile(r"TimeoutError(?<!\wTimeoutError)(?<!\.TimeoutError)\b")


class TimeoutErrors(Rule):
    """``except TimeoutError`` -> ``except _downgrade.timeout_errors()``, asked when it is needed.

    So with the second argument of ``isinstance`` and ``issubclass``, and with
    ``contextlib.suppress``. Before 3.11 the timeouts of asyncio and of ``concurrent.futures`` are
    classes of their own, and before 3.10 ``socket.timeout`` is. What is raised stays what it is.
    """

    name = "timeout-errors"
    version = (3, 11)
    title = "Timeouts of sockets, asyncio and futures are a TimeoutError"
    in_stubs = False
    visits = (nodes.ExceptHandler, nodes.Call)
    examples = (
        Example(
            "\ntry: f()\nexcept TimeoutError as e: print(e)\n",
            "import _downgrade\ntry: f()\nexcept _downgrade.timeout_errors() as e: print(e)\n",
        ),
        Example(
            "import socket\none, other = socket.socketpair()\none.settimeout(0.01)\n"
            "try: one.recv(1)\nexcept (ValueError, TimeoutError) as e:\n"
            "    print(isinstance(e, TimeoutError), isinstance(e, (int, TimeoutError)))\n",
            "import _downgrade; import socket\none, other = socket.socketpair()\n"
            "one.settimeout(0.01)\ntry: one.recv(1)\n"
            "except (ValueError, *_downgrade.timeout_errors()) as e:\n"
            "    print(isinstance(e, _downgrade.timeout_errors()), "
            "isinstance(e, (int, *_downgrade.timeout_errors())))\n",
            output="True True\n",
        ),
        Example(
            "from contextlib import suppress\nwith suppress(TimeoutError, OSError): f()\n",
            "import _downgrade; from contextlib import suppress\n"
            "with suppress(*_downgrade.timeout_errors(), OSError): f()\n",
        ),
        Example(
            "class TimeoutError(Exception): pass\ntry: f()\nexcept TimeoutError: pass\n",
            "class TimeoutError(Exception): pass\ntry: f()\nexcept TimeoutError: pass\n",
        ),
        Example("raise TimeoutError\n", "raise TimeoutError\n"),
    )

    def may_apply(self, code: Code, grammar: bool) -> bool:
        """Whether the name may stand behind ``except`` or in such a call."""
        words = code.words
        if "TimeoutError" not in words:
            return False
        if not code.known or "TimeoutError" in code.fstrings or "builtins" in words:
            return True
        if any("as" in one and not one.isdisjoint(_CALLED) for one in code.imports):
            return True
        return any(_may_count(code, one.start()) for one in _NAME.finditer(code.text))

    def visit(self, node: Union[nodes.ExceptHandler, nodes.Call], context: Context) -> None:
        """Write the classes where a name stands for them."""
        given: Sequence[Optional[nodes.expr]] = (
            [node.type] if isinstance(node, nodes.ExceptHandler) else node.args
        )
        if not any(one is not None and _may_be(one, context) for one in given):
            return
        if isinstance(node, nodes.ExceptHandler):
            places = [] if node.type is None else [node.type]
            starred = False
        else:
            function = context.scopes.qualified(node.func)
            starred = function == "contextlib.suppress"
            places = node.args if starred else node.args[1:] if function in _TESTS else []
        found = [one for place in places for one in _named(place, context)]
        if found:
            with context.change(node) as change:
                for one in found:
                    self.write(
                        one, starred or all(one is not place for place in places), change, context
                    )

    @staticmethod
    def write(name: nodes.expr, starred: bool, change: Change, context: Context) -> None:
        """Replace one name; ``starred`` in a tuple or among arguments."""
        start, end = context.source.span(name)
        text = f"{change.runtime('timeout_errors')}()"
        change.replace(start, end, f"*{text}" if starred else text)


def _may_count(code: Code, at: int) -> bool:
    """Whether a name may be what ``except`` catches, or be given to one of the functions."""
    for before in going_back(code, at):
        if before is None or before.mark == "except":
            return True
        if before.mark == "(":
            if before.owner and not keyword.iskeyword(before.owner):
                return before.owner in _CALLED or before.owner in (")", "]")
        elif before.mark in _ENDS:
            return False
    return False


def _may_be(place: nodes.expr, context: Context) -> bool:
    """Whether an expression is a name that may be it, or a tuple with such a name."""
    return any(
        isinstance(one, nodes.Name) and context.scopes.may_mean(one, _WORD)
        for one in (place.elts if isinstance(place, nodes.Tuple) else [place])
    )


def _named(place: nodes.expr, context: Context) -> Iterator[nodes.expr]:
    """``TimeoutError`` itself, or what of a tuple is it."""
    for one in place.elts if isinstance(place, nodes.Tuple) else [place]:
        if isinstance(one, nodes.Name) and context.scopes.qualified(one) == _PATH:
            yield one
