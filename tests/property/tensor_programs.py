"""Functions of tensors at random: Python around tensor work, with breaks at any place.

A program is the text of a function ``written``; the same seed gives the same program. It uses
what :mod:`.tensor_names` defines, lines of :mod:`.tensor_lines`, and names of its own: tensors
``x y z w grid mark``, numbers ``n count``, ``flag``; from outside the list ``items``, the dict
``table`` and the object ``box``; made inside the list ``local``, the dicts ``made`` and ``nodes``
(keys are objects), the object ``pair`` and the iterator ``source``.
"""

from __future__ import annotations

import ast
import random
from typing import Callable, List, Tuple

from .tensor_lines import ENDS, ERRORS, FAILING, NUMBERS, SIMPLE, TENSORS

__all__ = ["program"]

Lines = List[str]


class _Writer:
    """Writes one program.

    Args:
        seed: what makes it this one.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.names = 0

    def name(self, start: str) -> str:
        """A name that nothing else has."""
        self.names += 1
        return f"{start}{self.names}"

    def pick(self, options: Tuple[str, ...]) -> str:
        return self.random.choice(options)

    def tensor(self, depth: int = 2) -> str:
        """An expression of shape [3]."""
        chance = self.random.random()
        if depth == 0 or chance < 0.3:
            return self.pick(TENSORS)
        one = self.tensor(depth - 1)
        # The iterable of a comprehension may not assign (PEP 572).
        iterated = one.replace("(q := n)", "n")
        if chance < 0.5:
            return f"({one} {self.pick(('+', '-', '*'))} {self.tensor(depth - 1)})"
        if chance < 0.6:
            return f"({one} {self.pick(('+', '-', '*'))} {self.pick(NUMBERS)})"
        if chance < 0.67:
            return f"({one} if {self.condition()} else {self.tensor(depth - 1)})"
        return self.pick((
            f"paddle.tanh({one})", f"helper({one}, y={self.tensor(0)})", f"noisy({one})",
            f"(print('p', n) or {one})", f"(lambda v, k=n: v * k)({one})", f"chooses({one})",
            f"totals([v for v in [{iterated}, z]])", f"tuple({one} * i for i in range(1, 3))[-1]",
            f"reports({one}, n)", f"paddle.stack([{one}, w])[0]", f"box.scaled({one})",
            f"next(counting({one}, 2))", f"{one}.abs()", f"[{one}, z][n > 1]",
            f"{{'a': {one}}}['a']", f"Pair({one}, n).left", f"-{one}", f"twice({one}, deco=n)",
            f"nodes.get(Node(n), {one})", f"{one}[:]", f"{one}.reshape([-1])", f"{one}.detach()",
            f"next(pausing({one}, local, 2))", f"composed(noisy, chooses)({one})",
            f"Box.build({one}).t", f"Record(1, {one}).t", f"paddle.where(mark, {one}, w)",
            f"[noisy(v) for v in ({iterated},)][0]", f"Box.plain({one})", f"adder({one})[1]()",
        ))  # fmt: skip

    def condition(self) -> str:
        return self.pick((
            "flag", "n > 1", "n in (1, 2)", "items", "'t' in table", "not flag", "isinstance(n, int)",
            "z is y", "x is y", "local", "box.kind == 'box'", "len(items) > 1 and flag",
            "(flag and z.max() > 1)", "(0 < x.min() < 2)", "count or n", "hasattr(box, 'fresh')",
            f"{self.pick(('x', 'z', 'w'))}.sum() > {self.pick(('0', '1.5', 'n'))}",
            f"{self.pick(('z', 'w'))}.mean() < {self.pick(('0', '1', 'count'))}", "mark", "mark and n",
            "z.shape == w.shape", "(z > 0).any()", "z.ndim > 1", "box.n > LIMIT", "TOTAL", "Node(n) in nodes",
            "(q := n) and q > 1", "not mark", "len(z) == 3", "z.dtype == w.dtype", "(z == w).all()",
            "n is not None and count < 2", "print('asked') or flag", "type(box) is Child",
        ))  # fmt: skip

    def block(self, depth: int, looped: bool = False) -> Lines:
        """Up to four statements."""
        lines: Lines = []
        for _ in range(self.random.choice((1, 1, 2, 2, 3, 4))):
            lines += self.statement(depth, looped)
        return lines

    def statement(self, depth: int, looped: bool) -> Lines:
        chance = self.random.random()
        if chance < 0.2:
            return [f"{self.pick(('z', 'w', 'z', 'y'))} = {self.tensor()}"]
        if chance < 0.25:
            return [f"{self.pick(('z', 'w'))} {self.pick(('+', '-', '*'))}= {self.tensor(1)}"]
        if chance < 0.6 or not depth:
            if chance < 0.29:
                return [f"if n == 3: {self.pick(FAILING)}"]
            if looped and chance < 0.36:
                return [f"if {self.condition()}: {self.pick(('break', 'continue', 'break'))}"]
            return self.pick(SIMPLE).split("; ")
        makers: Tuple[Callable[[int, bool], Lines], ...] = (
            self.branch, self.loop, self.loop, self.attempt, self.attempt, self.managed,
            self.function, self.leaving, self.bounded_while, self.match, self.group, self.class_body,
        )  # fmt: skip
        return self.random.choice(makers)(depth - 1, looped)

    def branch(self, depth: int, looped: bool) -> Lines:
        lines = [f"if {self.condition()}:", *indented(self.block(depth, looped))]
        if self.random.random() < 0.3:
            lines += [f"elif {self.condition()}:", *indented(self.block(depth, looped))]
        if self.random.random() < 0.6:
            lines += ["else:", *indented(self.block(depth, looped))]
        return lines

    def loop(self, depth: int, looped: bool) -> Lines:
        head = self.pick((
            "for i in range(2):", "for i in range(3):", "for n in (1, 2.0):", "for w in [z, w]:",
            "for k, v in [(1, z), (2, y)]:", "for i, v in enumerate([z, w]):", "for key in 'ab':",
            "for key, v in sorted(SCALES.items()):", "for v in list(items):", "for i in stopping(4):",
            "for w in counting(z, 2):", "for a, b in zip([z, w], range(2)):", "for i in numbers:",
            "for v in reversed([1, 2]):", "for i in range(min(n, 3) if isinstance(n, int) else 1):",
            "for v in pausing(z, local, 3):", "for row in grid:", "for v in Steps(3):", "for v in z:",
            "for i in range(min(abs(int(z.sum())), 3)):", "for k in list(nodes):", "for w, v in Pair(z, w),:",
            "for i, (w, _) in enumerate(zip([z, w], stopping(4)), 2):", "for v in source:",
            "for kind in Kind:", "for v in map(noisy, [z, w]):", "for i in itertools.islice(itertools.count(n), 3):",
        ))  # fmt: skip
        lines = [head, *indented(self.block(depth, True))]
        if self.random.random() < 0.25:
            lines += ["else:", *indented(self.block(0, looped))]
        return lines

    def bounded_while(self, depth: int, looped: bool) -> Lines:
        name = self.name("turns")
        test = self.pick((f"{name} < 2", f"{name} < 3 and ({self.condition()})"))
        return [
            f"{name} = 0", f"while {test}:", f"    {name} += 1", *indented(self.block(depth, True)),
        ]  # fmt: skip

    def attempt(self, depth: int, looped: bool) -> Lines:
        body = self.block(depth, looped)
        if self.random.random() < 0.6:
            body.insert(self.random.randrange(len(body) + 1) if depth == 0 else len(body),
                        self.pick(FAILING))  # fmt: skip
        last = indented(self.block(0, looped))
        if self.random.random() < 0.2:
            return ["try:", *indented(body), "finally:", *last]
        name = self.pick(("", " as error"))
        lines = ["try:", *indented(body), f"except {self.pick(ERRORS)}{name}:"]
        lines += indented(self.block(depth, looped))
        lines += ["    local.append(type(error).__name__)"] if name else []
        lines += ["    " + self.pick(("raise", "local.append('handled')", "raise Mine(1)"))
                  ] if self.random.random() < 0.25 else []  # fmt: skip
        chance = self.random.random()
        if chance < 0.03:
            lines += ["finally:", *last, "    return w, count"]
        elif chance < 0.25:
            lines += ["finally:", *last]
        elif chance < 0.4:
            lines += ["else:", *last]
        return lines

    def managed(self, depth: int, looped: bool) -> Lines:
        head = self.pick((
            "with paddle.no_grad():", "with Manager(local):", "with Manager(local, True):",
            "with managed(local):", "with managed(items) as n:", "with Manager(LOG) as manager:",
            "with Manager(local), managed(local):", "with contextlib.suppress(KeyError, ValueError):",
            "with contextlib.ExitStack() as stack:", "with Quiet(KeyError, TypeError):",
            "with swallowing(ValueError, local):", "with swallowing(Exception, LOG) as log, Manager(log):",
            "with Quiet(Exception), managed(local):", "with contextlib.closing(pausing(z, local, 2)) as source:",
            "with contextlib.redirect_stdout(io.StringIO()) as printed:",
        ))  # fmt: skip
        body = self.block(depth, looped)
        if "ExitStack" in head:
            entered = (
                "Manager(local)",
                "managed(items)",
                "swallowing(ValueError, LOG)",
                "Quiet(KeyError)",
            )
            body.insert(0, f"stack.enter_context({self.pick(entered)})")
            body.insert(1, "stack.callback(local.append, n)")
        if self.random.random() < 0.3:
            body.append(self.pick(FAILING))
        return [head, *indented(body)]

    def match(self, depth: int, looped: bool) -> Lines:
        subject = self.pick(("[n, z]", "n", "box", "table", "(n, flag)", "items", "{'n': n, 'z': [z, w]}",
                             "Point(n, w)", "Kind.ONE if flag else n", "str(n)", "Record(n, z)"))  # fmt: skip
        patterns = (
            "[1, q]", "[q, *_]", "1 | 2", "int(q)", "float() as q", "Box(n=q, kind='box')", "Child(t=w)",
            "{'t': z}", "{'n': int(q), **rest}", "{'z': [w, _]}", "(q, True)", "[1, *q]", "Point(q, w)",
            "Point(n=1)", "Kind.ONE", "'1' | '3'", "Record(n=3, t=z)", "[]", "{'l': [q, *_]}", "-1", "True",
        )  # fmt: skip
        lines = [f"match {subject}:"]
        for _ in range(self.random.choice((1, 2, 3))):
            guard = f" if {self.condition()}" if self.random.random() < 0.3 else ""
            lines += [f"    case {self.pick(patterns)}{guard}:"]
            lines += indented(indented(self.block(depth, looped)))
        if self.random.random() < 0.5:
            lines += ["    case _:", *indented(indented(self.block(0, looped)))]
        return lines if _parses(lines) else self.branch(depth, looped)

    def group(self, depth: int, looped: bool) -> Lines:
        raised = self.pick((
            "ExceptionGroup('g', [ValueError(n), KeyError('k')])", "Mine(n)", "KeyError(n)",
            "ExceptionGroup('g', [Mine(1), ExceptionGroup('in', [KeyError(n), OSError('o')])])",
        ))  # fmt: skip
        lines = ["try:", *indented(self.block(0)), f"    if {self.condition()}: raise {raised}"]
        for kind in self.random.sample(
            ("ValueError", "KeyError", "Mine", "(OSError, TypeError)"), 2
        ):
            lines += [f"except* {kind} as group:", *indented(self.block(0))]
            lines += ["    local.append((type(group).__name__, len(group.exceptions)))"]
        return lines if _parses(lines) else self.attempt(depth, looped)

    def class_body(self, depth: int, looped: bool) -> Lines:
        name = self.name("Local")
        base = self.pick(("Box", "Child", "Box", "dict"))
        ends = (
            "return v + self.level",
            "return super().scaled(v)",
            "return v * n",
            "print(n); return v",
        )
        call = f"{name}(t=z, n=1)"
        uses = (f"w = {call}.run(w)", f"local.append({call}.level)", f"own = {call}; w = own.run(z) + own.run(w)",
                f"local.append(isinstance({call}, Box))", f"w = {name}.run({call}, w)")  # fmt: skip
        return [
            f"class {name}({base}):", f"    level = {self.pick(NUMBERS)}", "    def run(self, v):",
            "        nonlocal z, n", *indented(indented(_closed(self.block(depth)))),
            *indented(indented(self.pick(ends).split("; "))), *self.pick(uses).split("; "),
        ]  # fmt: skip

    def function(self, depth: int, looped: bool) -> Lines:
        name = self.name("part")
        bound = self.pick(("nonlocal z, n", "nonlocal count", "nonlocal z, w, local"))
        body = _closed([line for line in self.block(depth) if " = " not in line or "[" in line])
        if self.random.random() < 0.5:
            bound, body = _ALL, ["global TOTAL, LOG", *self.block(depth)]
        ends = ("return v * n", "return v", "yield v", "yield n; yield v", "return helper(v, w)")
        end = self.pick(ends)
        call = f"list({name}(w))[-1]" if "yield" in end else f"{name}(w)"
        return [
            f"def {name}(v, scale=n):", f"    {bound}", "    v = v + scale",
            *indented(body), *indented(end.split("; ")), f"w = {call} + z",
        ]  # fmt: skip

    def leaving(self, depth: int, looped: bool) -> Lines:
        return [f"if {self.condition()}:", f"    return {self.tensor(1)}, local"]


def _parses(lines: Lines) -> bool:
    """Whether this version has the statement: ``match`` came with 3.10, ``except*`` with 3.11."""
    try:
        ast.parse(
            "for _ in ():\n def _():\n  for _ in ():\n" + "\n".join("   " + line for line in lines)
        )
    except SyntaxError:
        return False
    return True


def indented(lines: Lines) -> Lines:
    """The lines one level deeper."""
    return ["    " + line for line in lines]


#: How deep the blocks of a program are: most programs are small, so that there are many.
_SIZES = ((1,), (1, 1), (2,), (2,), (2, 1), (1, 2), (3,), (3, 2))
#: Binds all that the outer function has.
_ALL = "nonlocal x, y, z, w, n, count, local, made, pair, source, numbers, nodes, grid, mark, items"
#: Names that an inner function's own assignment would make its locals.
_OWN = (" = ", "+= ", "-= ", "*= ")


def _closed(lines: Lines) -> Lines:
    """The lines of an inner function that bind none of the outer function's names."""
    simple = [line for line in lines if not line.startswith((" ", "if", "for", "while", "try", "with",
              "else", "elif", "except", "finally", "def", "return", "del", "match", "class", "from", "import"))]  # fmt: skip
    return [line for line in simple if not any(sign in line for sign in _OWN)] or ["pass"]


def program(seed: int) -> str:
    """The text of a function ``written(x, y, n, flag, items, table, box)``."""
    writer = _Writer(seed)
    body = [line for depth in writer.random.choice(_SIZES) for line in writer.block(depth)]
    lines = [
        "def written(x, y, n, flag, items, table, box):",
        "    global TOTAL, LOG",
        "    z, w, local, made, count = x * 1, y + 1, [], {}, 0",
        "    pair, source, numbers = Pair(z, n), (), iter([1, 2, 3])",
        "    nodes, grid, mark = {Node(2): y}, paddle.stack([x, y]), x[:1] > 0",
        "    def total(v, k=1):",
        "        nonlocal count",
        "        count = count + k",
        "        return v * count",
        *indented(body),
        "    " + writer.pick(ENDS),
    ]
    return "\n".join(lines) + "\n"
