"""Functions of tensors at random: Python around tensor work, with breaks at any place.

A program is the text of a function ``written``; the same seed gives the same program. It uses
what :mod:`.tensor_names` defines and these names of its own: tensors ``x y z w``, numbers ``n
count``, ``flag``; from outside the list ``items``, the dict ``table`` and the object ``box``; made
inside the list ``local``, the dict ``made``, the object ``pair`` and the iterator ``source``.
"""

from __future__ import annotations

import random
from typing import Callable, List, Tuple

__all__ = ["program"]

Lines = List[str]

TENSORS = ("x", "y", "z", "w", "box.t", "table['t']", "z", "w")
NUMBERS = ("n", "count", "2", "0.5", "len(items)", "len(local)", "(1 if flag else 3)", "box.n")

FAILING = (
    "[][n]", "table['missing']", "n // 0", "int('q')", "box.missing", "raise Mine(n)", "fails(n)",
    "n + 'a'", "raise ValueError('v')", "z + paddle.ones([7])", "fails_late(items, z)",
    "fails_late(local, w)", "next(iter(()))", "a, b = [1]", "None.shape", "helper(z)",
    "assert z.sum() > 1000, 'small'", "raise Mine(2) from ValueError('cause')",
)  # fmt: skip
ERRORS = (
    "KeyError", "(KeyError, IndexError)", "ValueError", "Exception", "ArithmeticError", "Mine",
    "(TypeError, AttributeError)", "LookupError",
)  # fmt: skip

#: Statements that mostly succeed; a line each, or several joined by a semicolon.
SIMPLE = (
    # numbers
    "n = n + 1", "n += 1", "count += 1", "n = len(items) + count", "n = max(n, 2)",
    "n, count = count, n", "w = w * n", "n = {1: 2, 2: 3}.get(n, n)", "n = round(n * 1.5)",
    # lists, dicts and sets from outside
    "items.append(n)", "items.append(z)", "items[:] = [z, n]", "items.insert(0, w)", "items.pop()",
    "items.extend([n, n])", "items += [count]", "items[0] = z", "del items[:1]", "items.reverse()",
    "items.sort(key=lambda v: 0)", "table['n'] = n", "table['t'] = z",
    "table.setdefault('l', []).append(n)", "table.pop('n', 0)", "table.update(k=w, n=count)",
    "table['l'].append(z)", "table['self'] = items", "del table['l']", "table.clear()",
    # objects from outside
    "box.t = z", "box.n = n", "box.items = items", "box.n += 1", "box.items.append(z)",
    "z = box.scaled(z)", "n = box.twice", "box.fresh = local", "del box.n", "box.inner = box",
    "n = getattr(box, 'fresh', n) and n", "setattr(box, 'w', w)",
    # made inside
    "local.append(z)", "local = local + [n]", "alias = local; alias.append(n)", "del local[:1]",
    "made['k'] = local", "made['z'] = z", "made = {**made, 'n': n}", "local.append(made)",
    "pair.left = z", "pair = pair + pair", "pair = Pair(z, local)", "z = pair.left + w",
    "w, n = pair[0], len(pair)", "left, right = pair", "local.append(pair)", "box.pair = pair",
    "inner = Child(n=n, t=z); w = inner.scaled(w)", "local.append(Box(n=count))",
    "queue = deque([n, 2], 3); queue.append(count); local.append(queue)",
    "groups = defaultdict(list); groups[n].append(z); local.append(groups)",
    "seen = {n, 2}; seen.add(count); local.append(len(seen))",
    # tensors in place
    "z.add_(y)", "x.add_(y)", "z.scale_(2.0)", "w.subtract_(z)", "z[0] = 1.5", "z[1:].add_(w[1:])",
    "box.t.add_(x)", "w = z; w.add_(x)", "z = z.reshape([3])",
    # closures and globals
    "total(z)", "total(y, k=n)", "w = total(w, 2)", "TOTAL = TOTAL + 1", "TOTAL += n",
    "LOG.append(TOTAL)", "LOG.append(z)", "local.append((lambda v=n: v + count)())",
    "w = w * SCALES['a']", "local.append([f(n) for f in [lambda v, k=k: v + k for k in (1, 2)]])",
    # generators and iterators
    "w = totals(counting(z, n))", "local.extend(counting(w, 2))", "source = counting(z, 3)",
    "z = next(source, z)", "z = z + next(numbers, 0)", "local.append(next(numbers, None))",
    "a, *b = counting(z, 2); local.append(b)", "local.append(list(delegating(w, local)))",
    "local.append(sum(stopping(n)))", "source = (v * n for v in (z, w))",
    "local.append([v for v in source])", "w = totals(v * k for k, v in enumerate([z, w]))",
    "local.append(dict(zip('ab', [z, n])))", "local.extend(map(lambda v: v + 1, [n, z]))",
    "local.append(sorted([3, n, 1], key=lambda v: -v))", "z = [q for q in (y, z)][-1]",
    # calls
    "z = noisy(z)", "z = reports(z)", "w = reports(w, n=n)", "z = chooses(z)", "w = deep(z, n)",
    "z = pushes(items, z)", "z = pushes(local, *[z, 1], key=n)", "z = helper(*(z, w))",
    "z = tells(LOG)(helper)(z, y=w)", "z = tells(local)(chooses)(z)",
    "a, *b = [x, n, z]; local.append(b)", "w = {k: n for k in 'ab'}; n = len(w); w = z",
    # what breaks
    "print(n, len(local))", "print('p')", "n = int(z.sum())", "local.append(z.tolist())",
    "local.append(float(w[0]))", "count = len(str(z.shape)) + count", "local.append(f'{n} {count}')",
    "n = f'{n}' and n", "old = box.t; box.t = z; z = old", "assert n < 9, n", "pass",
)  # fmt: skip

ENDS = (
    "return z", "return x, y, z, w, n, count, local", "return {'z': z, 'l': [local, local], 'i': items}",
    "return [total, n][1], count, z", "return box, z, pair", "return local, made, pair",
    "return w, list(source), list(numbers)", "return z if flag else (w, made)", "pass",
)  # fmt: skip


class _Writer:
    """Writes one program.

    Args:
        seed: what makes it this one.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def pick(self, options: Tuple[str, ...]) -> str:
        return self.random.choice(options)

    def tensor(self, depth: int = 2) -> str:
        """An expression of shape [3]."""
        chance = self.random.random()
        if depth == 0 or chance < 0.3:
            return self.pick(TENSORS)
        one = self.tensor(depth - 1)
        if chance < 0.5:
            return f"({one} {self.pick(('+', '-', '*'))} {self.tensor(depth - 1)})"
        if chance < 0.6:
            return f"({one} {self.pick(('+', '-', '*'))} {self.pick(NUMBERS)})"
        if chance < 0.67:
            return f"({one} if {self.condition()} else {self.tensor(depth - 1)})"
        return self.pick((
            f"paddle.tanh({one})", f"helper({one}, y={self.tensor(0)})", f"noisy({one})",
            f"(print('p', n) or {one})", f"(lambda v, k=n: v * k)({one})", f"chooses({one})",
            f"totals([v for v in [{one}, z]])", f"tuple({one} * i for i in range(1, 3))[-1]",
            f"reports({one}, n)", f"paddle.stack([{one}, w])[0]", f"box.scaled({one})",
            f"next(counting({one}, 2))", f"{one}.abs()", f"[{one}, z][n > 1]",
            f"{{'a': {one}}}['a']", f"Pair({one}, n).left", f"-{one}",
        ))  # fmt: skip

    def condition(self) -> str:
        return self.pick((
            "flag", "n > 1", "n in (1, 2)", "items", "'t' in table", "not flag", "isinstance(n, int)",
            "z is y", "x is y", "local", "box.kind == 'box'", "len(items) > 1 and flag",
            "(flag and z.max() > 1)", "(0 < x.min() < 2)", "count or n", "hasattr(box, 'fresh')",
            f"{self.pick(('x', 'z', 'w'))}.sum() > {self.pick(('0', '1.5', 'n'))}",
            f"{self.pick(('z', 'w'))}.mean() < {self.pick(('0', '1', 'count'))}",
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
            self.function, self.leaving, self.bounded_while,
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
        ))  # fmt: skip
        lines = [head, *indented(self.block(depth, True))]
        if self.random.random() < 0.25:
            lines += ["else:", *indented(self.block(0, looped))]
        return lines

    def bounded_while(self, depth: int, looped: bool) -> Lines:
        name = f"turns{self.random.randrange(100)}"
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
        if chance < 0.25:
            lines += ["finally:", *last]
        elif chance < 0.4:
            lines += ["else:", *last]
        return lines

    def managed(self, depth: int, looped: bool) -> Lines:
        head = self.pick((
            "with paddle.no_grad():", "with Manager(local):", "with Manager(local, True):",
            "with managed(local):", "with managed(items) as n:", "with Manager(LOG) as manager:",
            "with Manager(local), managed(local):", "with contextlib.suppress(KeyError, ValueError):",
            "with contextlib.ExitStack() as stack:",
        ))  # fmt: skip
        body = self.block(depth, looped)
        if self.random.random() < 0.3:
            body.append(self.pick(FAILING))
        return [head, *indented(body)]

    def function(self, depth: int, looped: bool) -> Lines:
        name = f"part{self.random.randrange(100)}"
        body = [line for line in self.block(depth) if " = " not in line or "[" in line]
        bound = self.pick(("nonlocal z, n", "nonlocal count", "nonlocal z, w, local"))
        ends = ("return v * n", "return v", "yield v", "yield n; yield v", "return helper(v, w)")
        end = self.pick(ends)
        call = f"list({name}(w))[-1]" if "yield" in end else f"{name}(w)"
        return [
            f"def {name}(v, scale=n):", f"    {bound}", "    v = v + scale",
            *indented(_closed(body)), *indented(end.split("; ")), f"w = {call} + z",
        ]  # fmt: skip

    def leaving(self, depth: int, looped: bool) -> Lines:
        return [f"if {self.condition()}:", f"    return {self.tensor(1)}, local"]


def indented(lines: Lines) -> Lines:
    """The lines one level deeper."""
    return ["    " + line for line in lines]


#: Names that an inner function's own assignment would make its locals.
_OWN = (" = ", "+= ", "-= ", "*= ")


def _closed(lines: Lines) -> Lines:
    """The lines of an inner function that bind none of the outer function's names."""
    simple = [line for line in lines if not line.startswith((" ", "if", "for", "while", "try", "with",
              "else", "elif", "except", "finally", "def", "return", "del"))]  # fmt: skip
    return [line for line in simple if not any(sign in line for sign in _OWN)] or ["pass"]


def program(seed: int) -> str:
    """The text of a function ``written(x, y, n, flag, items, table, box)``."""
    writer = _Writer(seed)
    body = writer.block(3) + writer.block(2)
    lines = [
        "def written(x, y, n, flag, items, table, box):",
        "    global TOTAL",
        "    z, w, local, made, count = x * 1, y + 1, [], {}, 0",
        "    pair, source, numbers = Pair(z, n), (), iter([1, 2, 3])",
        "    def total(v, k=1):",
        "        nonlocal count",
        "        count = count + k",
        "        return v * count",
        *indented(body),
        "    " + writer.pick(ENDS),
    ]
    return "\n".join(lines) + "\n"
