"""``except*`` (PEP 654)."""

from __future__ import annotations

from typing import List, Tuple

from ...rule import GRAMMAR, Change, Context, Example, Rule
from ...slots import NoSlot
from ...syntax import nodes
from ...syntax.node import Node, children

_PLAIN = (nodes.Name, nodes.Attribute, nodes.Call, nodes.Subscript)
_SCOPES = (nodes.FunctionDef, nodes.AsyncFunctionDef, nodes.ClassDef, nodes.Lambda)
_LOOPS = (nodes.For, nodes.AsyncFor, nodes.While)


class ExceptStar(Rule):
    """``try`` with ``except*`` -> a row of ``with`` statements (runtime/except_star.py).

    A naked exception is wrapped, handlers run for their parts of the group, what they raise is
    gathered, and ``sys.exc_info()``, a bare ``raise`` and ``__context__`` are in a handler as
    CPython has them. Not lowered: ``return``, ``break`` and ``continue`` that leave a statement
    with ``finally``. The name behind ``as`` is deleted where a handler comes to its end, not where
    it raises; tracebacks show the frames of the emitted module too.
    """

    name = "except-star"
    version = (3, 11)
    pep = 654
    title = "Handlers of exception groups"
    hint = GRAMMAR
    visits = (nodes.TryStar,)
    examples = (
        Example(
            "\ntry:\n    f()\nexcept* (A, B) as e:  # both\n    print(e)\nexcept* C.d: pass\n",
            "import _downgrade\nwith _downgrade.ExceptStar() as _star:\n    f()\n"
            "with _star.block, _star(_star.active and (A, B)) as e:  # both\n"
            "    print(e); e = None; del e\n"
            "with _star.last, _star(_star.active and C.d): pass\n",
        ),
        Example(
            "\ntry: f()\nexcept *A if x else B: raise\nelse: g()\nfinally:\n    h()\n",
            "import _downgrade\nwith _downgrade.ExceptStar() as _star: f()\n"
            "with _star.block, _star(_star.active and (A if x else B)): raise\n"
            "with _star.block, _star.otherwise: g()\nwith _star.end, _star.cleanup:\n    h()\n",
        ),
        Example(
            "def f():\n    try: return g()\n    except* A: pass\n    finally: h()\n",
            error="'return' would pass over 'finally'",
        ),
    )

    def visit(self, node: nodes.TryStar, context: Context) -> None:
        """Rewrite the headers; the blocks stay."""
        leaves: List[nodes.stmt] = []
        if node.finalbody:
            leaves = _leaving(node.body + node.orelse + node.finalbody, False)
            if leaves:
                word = type(leaves[0]).__name__.lower()
                if not context.lossy:
                    context.unsupported(leaves[0], f"{word!r} would pass over 'finally' of except*")
                    return
        source = context.source
        star = context.fresh("_star")
        with context.change(node) as change:
            start = source.start(node)
            change.replace(start, start + 3, f"with {change.runtime('ExceptStar')}() as {star}")
            for handler in node.handlers:
                is_last = handler is node.handlers[-1] and not node.orelse and not node.finalbody
                self.handler(context, change, handler, star, "last" if is_last else "block")
            end = source.end(node.handlers[-1])
            if node.orelse:
                header = source.find("else", end)
                block = "block" if node.finalbody else "last"
                change.replace(header.start, header.end, f"with {star}.{block}, {star}.otherwise")
                end = source.end(node.orelse[-1])
            if node.finalbody:
                for leaf in leaves:
                    word = type(leaf).__name__.lower()
                    context.loss(leaf, f"{word!r} passes over 'finally' of except*: it isn't run")
                header = source.find("finally", end)
                change.replace(header.start, header.end, f"with {star}.end, {star}.cleanup")

    @staticmethod
    def handler(
        context: Context, change: Change, handler: nodes.ExceptHandler, star: str, block: str
    ) -> None:
        """Rewrite the header of a handler, and delete its name at the end."""
        source = context.source
        types = handler.type
        assert types is not None
        start = source.start(handler)
        pairs = source.parenthesised(types)
        from_, to = pairs[-1] if pairs else source.span(types)
        loose = not (pairs or isinstance(types, (*_PLAIN, nodes.Tuple)))
        lines = "\\" + source.newline
        text = f"with {star}.{block}, {star}({star}.active and " + "(" * loose
        change.replace(start, from_, text + lines * source.newlines(start, from_))
        change.insert(to, ")" * loose + ")")
        if handler.name is not None and not isinstance(handler.body[-1], nodes.Raise):
            try:
                change.statement_after(
                    handler.body[-1], f"{handler.name} = None; del {handler.name}"
                )
            except NoSlot:
                pass  # it stays bound


def _leaving(block: List[nodes.stmt], in_loop: bool) -> List[nodes.stmt]:
    """The statements that jump out of a block: out of the function, or of a loop around it."""
    found: List[nodes.stmt] = []
    waiting: List[Tuple[Node, bool]] = [(statement, in_loop) for statement in reversed(block)]
    while waiting:
        node, in_loop = waiting.pop()
        if isinstance(node, nodes.Return):
            found.append(node)
        elif isinstance(node, (nodes.Break, nodes.Continue)) and not in_loop:
            found.append(node)
        elif not isinstance(node, _SCOPES):
            inside = in_loop or isinstance(node, _LOOPS)
            waiting += [(child, inside) for child in reversed(list(children(node)))]
    return found
