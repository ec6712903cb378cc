"""Generators in captured code: sent to, thrown into, closed, delegated to, dropped."""

from __future__ import annotations

import pytest

from tests.support.expressions_compiled import captured

CASES = {
    "send": """
        def echo():
            got = yield 'ready'
            while got is not None:
                got = yield got * 2
        made = echo()
        result = next(made), made.send(y), made.send(3), next(made, 'end')
        """,
    "send None to start": """
        def one():
            yield (yield y)
        made = one()
        result = made.send(None), made.send(5), list(made)
        """,
    "send to a just-started generator": """
        def one():
            yield 1
        made = one()
        try:
            made.send(y)
        except TypeError as error:
            result = str(error), list(made)
        """,
    "send to one that has ended": """
        def one():
            yield 1
        made = one()
        list(made)
        try:
            made.send(3)
        except StopIteration as error:
            result = str(error)
        """,
    "send through yield from": """
        def inner():
            got = yield 1
            other = yield got
            return other
        def outer():
            result = yield from inner()
            yield result + 1
        made = outer()
        result = next(made), made.send(y), made.send(4), list(made)
        """,
    "two yield from in one generator": """
        def part(start):
            yield start
            yield start * y
        def whole():
            yield from part(1)
            yield from part(2)
            yield from [3, y]
        result = list(whole())
        """,
    "yield from a list, a range and a dict": """
        def whole():
            yield from (1, 2)
            yield from range(2)
            yield from {'a': 1}
            yield from 'xy'
        result = list(whole())
        """,
    "the value of yield from": """
        def inner():
            yield y
            return 7
        def outer():
            got = yield from inner()
            nothing = yield from [1]
            yield got, nothing
        result = list(outer())
        """,
    "throw is handled": """
        def guarded():
            try:
                yield 1
            except ValueError as error:
                yield str(error)
            yield y
        made = guarded()
        next(made)
        result = made.throw(ValueError('in')), list(made)
        """,
    "throw a class": """
        def guarded():
            try:
                yield 1
            except ValueError:
                yield 'handled'
        made = guarded()
        next(made)
        result = made.throw(ValueError)
        """,
    "throw leaves": """
        def plain():
            yield 1
            yield 2
        made = plain()
        next(made)
        try:
            made.throw(KeyError('k'))
        except KeyError as error:
            result = str(error), list(made)
        """,
    "throw before the start": """
        log = []
        def plain():
            log.append(1)
            yield 1
        made = plain()
        try:
            made.throw(KeyError('k'))
        except KeyError:
            result = log, list(made)
        """,
    "throw through yield from": """
        def inner():
            try:
                yield 1
            except ValueError:
                yield 'inner'
            return y
        def outer():
            got = yield from inner()
            yield got
        made = outer()
        next(made)
        result = made.throw(ValueError()), list(made)
        """,
    "throw ends the inner generator": """
        def inner():
            try:
                yield 1
            except ValueError:
                return 'returned'
        def outer():
            got = yield from inner()
            yield got
        made = outer()
        next(made)
        result = made.throw(ValueError())
        """,
    "throw passes the inner generator and is handled outside": """
        def inner():
            yield 1
        def outer():
            try:
                yield from inner()
            except ValueError:
                yield 'outer'
        made = outer()
        next(made)
        result = made.throw(ValueError()), list(made)
        """,
    "throw at a yield from a list": """
        def outer():
            try:
                yield from [1, 2]
            except ValueError:
                yield 'outer'
        made = outer()
        next(made)
        result = made.throw(ValueError()), list(made)
        """,
    "close runs finally": """
        log = []
        def guarded():
            try:
                yield 1
            finally:
                log.append('closed')
        made = guarded()
        next(made)
        made.close()
        made.close()
        result = log, list(made)
        """,
    "close through yield from": """
        log = []
        def inner():
            try:
                yield 1
            finally:
                log.append('inner')
        def outer():
            try:
                yield from inner()
            finally:
                log.append('outer')
        made = outer()
        next(made)
        made.close()
        result = log
        """,
    "close before the start": """
        def plain():
            yield 1
        made = plain()
        made.close()
        result = list(made)
        """,
    "StopIteration inside becomes RuntimeError": """
        def broken():
            yield next(iter([]))
        try:
            list(broken())
        except RuntimeError as error:
            result = str(error)
        """,
    "the return value in StopIteration": """
        def valued():
            yield 1
            return 5
        made = valued()
        next(made)
        try:
            next(made)
        except StopIteration as error:
            result = str(error)
        """,
    "a generator resumes itself": """
        def own():
            yield next(made)
        made = own()
        try:
            next(made)
        except ValueError as error:
            result = str(error)
        """,
    "dropped by break": """
        log = []
        def guarded():
            try:
                yield 1
                yield 2
            finally:
                log.append('closed')
        for value in guarded():
            log.append(value)
            break
        log.append('after')
        result = log
        """,
    "dropped by del": """
        log = []
        def guarded():
            try:
                yield 1
            finally:
                log.append('closed')
        made = guarded()
        next(made)
        log.append('before')
        del made
        log.append('after')
        result = log
        """,
    "dropped by a new value of its name": """
        log = []
        def guarded(name):
            try:
                yield name
            finally:
                log.append(name)
        made = guarded('a')
        next(made)
        made = guarded('b')
        next(made)
        made = None
        result = log
        """,
    "dropped with the frame that holds it": """
        log = []
        def guarded():
            try:
                yield 1
            finally:
                log.append('closed')
        def user():
            made = guarded()
            return next(made)
        first = user()
        log.append('after')
        result = first, log
        """,
    "dropped by next of a call": """
        log = []
        def guarded():
            try:
                yield y
            finally:
                log.append('closed')
        first = next(guarded())
        log.append('after')
        result = first, log
        """,
    "kept by another name": """
        log = []
        def guarded():
            try:
                yield 1
                yield 2
            finally:
                log.append('closed')
        made = guarded()
        other = [made]
        next(made)
        del made
        log.append('kept')
        result = list(other[0]), log
        """,
    "recursion": """
        def walk(tree):
            if isinstance(tree, list):
                for part in tree:
                    yield from walk(part)
            else:
                yield tree * y
        result = list(walk([1, [2, [3]], 4]))
        """,
    "interleaved": """
        def count(start):
            while True:
                yield start * y
                start += 1
        one, two = count(1), count(10)
        result = [next(one), next(two), next(one), next(two)]
        """,
    "given to builtins": """
        def numbers():
            yield 3
            yield 1
            yield 2
        result = (list(numbers()), tuple(numbers()), sorted(numbers()), sum(numbers()),
                  min(numbers()), max(numbers()), set(numbers()), any(numbers()), all(numbers()),
                  dict(zip(numbers(), 'abc')), list(enumerate(numbers())), [*numbers()],
                  list(map(str, numbers())), ','.join(str(n) for n in numbers()), 2 in numbers(),
                  dict((n, y) for n in numbers()), list(reversed(list(numbers()))))
        """,
    "unpacked": """
        def three():
            yield 1
            yield y
            yield 3
        a, *b, c = three()
        d, e, f = three()
        result = a, b, c, d, e, f, (lambda *args: args)(*three())
        """,
    "generator expressions": """
        n = 2
        result = (sum(v * n for v in range(4)), [g for g in (v + y for v in range(2))],
                  list((a, b) for a in 'ab' for b in range(2) if b))
        """,
    "a generator expression looks names up late": """
        scale = 1
        made = (v * scale for v in (1, 2))
        scale = 10
        result = list(made)
        """,
    "arguments and closures": """
        def outer(step):
            total = 0
            def add():
                nonlocal total
                while total < 3:
                    total += step
                    yield total
            return list(add()), total
        result = outer(2)
        """,
    "methods by name": """
        def one():
            got = yield 1
            yield got
        made = one()
        send = made.send
        result = made.__next__(), send(4), iter(made) is made
        """,
    "comprehensions inside": """
        def rows():
            yield [v * y for v in range(2)]
            yield {k: v for k, v in zip('ab', range(2))}
            yield {v % 2 for v in range(4)}
        result = list(rows())
        """,
    "try and finally around yields": """
        log = []
        def guarded():
            for n in range(2):
                try:
                    yield n
                finally:
                    log.append(n)
        result = list(guarded()), log
        """,
}


@pytest.mark.parametrize("name", CASES)
def test_generators(name):
    captured(CASES[name], {})
