"""Lines of the programs of :mod:`.tensor_programs`: expressions and simple statements, by area."""

from __future__ import annotations

from typing import Tuple

__all__ = ["ENDS", "ERRORS", "FAILING", "NUMBERS", "SIMPLE", "TENSORS"]

TENSORS = ("x", "y", "z", "w", "box.t", "table['t']", "z", "w")
NUMBERS = ("n", "count", "2", "0.5", "len(items)", "len(local)", "(1 if flag else 3)", "box.n")

FAILING = (
    "[][n]", "table['missing']", "n // 0", "int('q')", "box.missing", "raise Mine(n)", "fails(n)",
    "n + 'a'", "raise ValueError('v')", "z + paddle.ones([7])", "fails_late(items, z)",
    "fails_late(local, w)", "next(iter(()))", "a, b = [1]", "None.shape", "helper(z)",
    "assert z.sum() > 1000, 'small'", "raise Mine(2) from ValueError('cause')", "count.missing",
    "raise", "Node(1) < 2", "local[99]", "raise Mine", "raise KeyError('k') from None", "Kind(n + 9)",
    "next(pausing(z, local, 0))", "raise StopIteration(n)", "n.attribute = z", "z()", "Record()",
    "grid[7]", "Loose(local).absent", "del made['k']", "print(n, flags)", "local.remove('none')",
    "(lambda v: v)()", "helper(z, z, k=1)", "Pair(z)", "raise Mine(n) from box", "int(z)",
)  # fmt: skip
ERRORS = (
    "KeyError", "(KeyError, IndexError)", "ValueError", "Exception", "ArithmeticError", "Mine",
    "(TypeError, AttributeError)", "LookupError", "(Mine, TypeError)", "BaseException", "NameError",
)  # fmt: skip

#: Statements that mostly succeed; a line each, or several joined by a semicolon.
SIMPLE: Tuple[str, ...] = (
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
    # views and parts of tensors
    "view = z[:2]; view.add_(w[:2])", "view = z.detach(); view.scale_(3.0)", "grid[1] = z",
    "view = x.reshape([-1]); view[0] = 2.0", "row = grid[0]; row.add_(z); local.append(grid)",
    "grid[:, 0] = 0.0", "z[z > 1] = 0.0", "y[n > 1] = 0.0", "z[mark] = 2.0", "w[n] = 2.0",
    "local.append(z[w > 0])", "z = paddle.where(z > 0, z, w)", "n = int(z.argmax())",
    "local.append(z[int(w.argmax())])", "n = z.shape[0]", "count += len(z)", "count = z.ndim",
    "local.append(z.dtype)", "z = z.astype('float64')", "w = w.cast(z.dtype)", "mark = z[0] > 1",
    "local.append(grid[:, 1:])", "a, b = grid; local.append(b)", "a, *b = z; w = w + a",
    "local.extend(grid)", "grid = paddle.stack([z, w])", "grid = grid.T.T; grid[0] = y",
    "box.t += z", "items[-1] += n", "table['t'] *= 2", "z, w = w, z", "box.t = x; x.add_(y)",
    "view = box.t; box.t = z; view.add_(w)", "z = paddle.concat([z[:1], w[1:]])", "mark = flag",
    "z = paddle.clip(z, -9.0, 9.0)", "local.append(z.numel())", "w = grid.sum(0)", "z = x",
    # keys that are objects
    "nodes[Node(n)] = z", "z = nodes.get(Node(n), z)", "local.append(sorted(nodes))",
    "nodes.pop(Node(1), None)", "local.append([k.key for k in nodes])", "nodes[Node('q', n)] = w",
    "seen = {Node(1), Node(n)}; local.append(len(seen))", "local.append(Node(2) in nodes)",
    "table[Kind.ONE] = w", "table[(n, 'a')] = n", "table.setdefault(Kind.TWO, []).append(z)",
    "nodes.update({Node(k): k for k in range(2)})", "local.append(nodes)", "box.nodes = nodes",
    "table[box] = n; del table[box]", "made[len] = count", "local.append(list(made.items()))",
    # classes
    "rec = Record(n, z); rec.n += 1; local.append(rec)", "local.append(Kind(n).name)",
    "rec = dataclasses.replace(Record(1, w), n=n); local.append(rec == Record(n, w))",
    "local.append(Point(n, z)._replace(t=w))", "point = Point(n, t=z); n, z = point",
    "kind = Kind.ONE if flag else Kind.TWO; count += kind.value", "box.level = n",
    "loose = Loose(local); loose.a = n; count = loose.a + loose.other", "n = box.level",
    "tick = Ticks(n); tick(); local.append(tick(2))", "box.tick = Ticks(1); box.tick()",
    "Box.made += 1; count += Box.made", "local.append(Box.build(z).n)", "w = Box.plain(w)",
    "local.append(type(box).kind)", "box.kind = 'own'", "box.__dict__['n'] = n", "n = vars(box)['n']",
    "box.call = lambda v: v + n; w = box.call(w)", "local.append(isinstance(box, Child))",
    "local.append(-Ticks(n))", "local.append([*Pair(n, z)])", "local.append(box.__class__.__name__)",
    "w = w + Ticks(2).scaled", "count = Ticks(3) @ count", "rec = Record(n, z); rec.t.add_(w)",
    "box.__class__ = Child", "local.append(Pair(n, z) if n else None)", "del box.t; box.t = w",
    # closures
    "add, get = adder(n); add(2); local.append(get())", "add, get = adder(z); z = add(w) + get()",
    "calls = {k: (lambda v, k=k: v * len(k)) for k in ('a', 'bb')}; w = calls['bb'](w)",
    "z = composed(noisy, chooses)(z)", "box.add = adder(1)[0]; box.add(n)", "w = twice(w, deco=n)",
    "fs = [lambda: n, lambda: z]; local.append(fs[0]()); w = w + fs[1]()", "z = memo(z, {})",
    "part = partial(helper, y=z); w = part(w)", "local.append(reduce(lambda a, b: a + b, [z, w, 1]))",
    # generators and iterators alive where the graph ends
    "source = pausing(z, local, 3); z = next(source, z); print('alive'); w = next(source, w)",
    "live = pausing(w, local, n); next(live, 0); print(n); live.close()", "w = totals(source)",
    "talk = echo(local); next(talk); n = talk.send(n); print('sent'); talk.send(z)",
    "steps = Steps(3); n = next(steps); print(n); local.append(list(steps))",
    "pairs = zip(counting(z, 3), [1, 2, 3]); a = next(pairs); print('zip'); local.extend(pairs)",
    "ahead = map(noisy, [z, w]); z = next(ahead); print('map'); w = next(ahead)",
    "ahead = enumerate(items); next(ahead, None); print('e'); local.append(list(ahead))",
    "chained = itertools.chain([n], counting(z, 2)); n = next(chained); print('c'); z = next(chained)",
    "local.extend(itertools.islice(pausing(w, [], 4), 1, 3))", "local.append(max(stopping(3)))",
    "ahead = iter(local); next(ahead, 0); local.append(len(local)); print('i'); w = next(ahead, w)",
    "a, b = itertools.tee([z, w]); z = next(a); print('t'); local.append(list(b))",
    "local.append([print(v) or v for v in (1, n)])", "local.append({k: noisy(z) for k in 'ab'})",
    "local.append(any(print(v) or v for v in (0, n, 2)))", "z = sum((noisy(v) for v in (z, w)), z)",
    "keys = iter(SCALES); local.append(next(keys)); print('k'); local.extend(keys)",
    "ahead = reversed([z, n]); local.append(next(ahead)); print('r'); z = next(ahead)",
    "source = pausing(z, local, 2)", "w = next(source, w)", "z = next(iter(source), z)",
    # texts, walrus, imports
    "local.append((m := n) and m)", "z = (u := w) + u", "print(f'{n!r:>4} {count}')", "local.append('%s %r' % (n, flag))",
    "local.append(f'{z.shape}')", "import math; local.append(math.floor(count))",
    "from operator import add; w = add(w, z)", "local.append(str(kind) if (kind := n) else '')",
    "local.append(0 < count < 3 != n)", "n = count = 1", "LOG = LOG + [n]",
    "del local[0]", "del w; w = z * 2", "local.append(n if n is not None else count)",
    # what breaks
    "print(n, len(local))", "print('p')", "n = int(z.sum())", "local.append(z.tolist())",
    "local.append(float(w[0]))", "count = len(str(z.shape)) + count", "local.append(f'{n} {count}')",
    "n = f'{n}' and n", "old = box.t; box.t = z; z = old", "assert n < 9, n", "pass",
)  # fmt: skip

ENDS = (
    "return z", "return x, y, z, w, n, count, local", "return {'z': z, 'l': [local, local], 'i': items}",
    "return [total, n][1], count, z", "return box, z, pair", "return local, made, pair",
    "return w, list(source), list(numbers)", "return grid, nodes, mark", "return nodes, made, box, count",
    "return [z, w], [z is w, z is x, y is x], grid", "raise Mine(n)", "return local, source and None", "return z if flag else (w, made)", "pass",
)  # fmt: skip
