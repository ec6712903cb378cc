"""Functions whose behaviour must survive decode and emit, with arguments for each.

They log what they do to ``LOG``, so that the order of side effects is compared too. What
needs a newer grammar is kept as text.
"""

import asyncio
import contextlib
import sys

LOG = []


def log(*a):
    LOG.append(a)
    return a[-1] if a else None


class CM:
    def __init__(self, name, suppress=False, fail=None):
        self.name = name
        self.suppress = suppress
        self.fail = fail

    def __enter__(self):
        log("enter", self.name)
        if self.fail == "enter":
            raise KeyError("enter")
        return self.name

    def __exit__(self, t, v, tb):
        log("exit", self.name, t.__name__ if t else None, str(v))
        if self.fail == "exit":
            raise OSError("exit")
        return self.suppress


class ACM(CM):
    async def __aenter__(self):
        await asyncio.sleep(0)
        return self.__enter__()

    async def __aexit__(self, *a):
        await asyncio.sleep(0)
        return self.__exit__(*a)


def boom(x=None):
    log("boom", x)
    raise ValueError("boom %r" % (x,))


def calls(a, b=2, *args, c=3, **kw):
    def g(*a, **k):
        return a, sorted(k.items())

    class K:
        def m(self, *a, **k):
            return ("m", a, sorted(k.items()))

        @classmethod
        def c(cls, *a):
            return ("c", a)

        @staticmethod
        def s(x, y=1):
            return x, y

    k = K()
    r = [
        g(),
        g(1),
        g(1, 2, x=3),
        g(*args),
        g(*args, 1, **kw),
        g(1, *args, z=1, **kw),
        g(**kw, **{"q": 1}),
        k.m(1, b=2),
        k.m(*args),
        k.c(1),
        K.s(1, y=3),
        (lambda x: x)(g(g(1), g(2, k=3))),
        len,
    ]
    return r[:-1] + [a, b, c, args, sorted(kw.items())]


def closures(x):
    y = 1

    def inner(z):
        nonlocal y
        y += z + x

        def deeper():
            return x, y, z

        return deeper

    d = inner(3)
    x += 10
    fs = [lambda: i for i in range(3)]
    gs = [(lambda i=i: i) for i in range(3)]
    return (
        d(),
        y,
        x,
        [f() for f in fs],
        [f() for f in gs],
        {k: v for k, v in zip("abc", range(3)) if v},
        {v % 2 for v in range(4)},
        [[a * b for a in range(3) if a != b] for b in range(3)],
        sum(t for t in range(5)),
        (lambda: (yield)),
    )


def tries(n):
    out = []
    for i in range(n):
        try:
            log("try", i)
            if i == 1:
                boom(i)
            if i == 2:
                continue
            if i == 5:
                break
            if i == 3:
                {}[i]
            if i == 4:
                raise TypeError from KeyError("x")
        except ValueError as e:
            out.append(("v", str(e)))
        except (KeyError, IndexError):
            out.append(("k", sys.exc_info()[0].__name__))
        except TypeError as e:
            out.append(("t", repr(e.__cause__)))
        else:
            out.append("else")
        finally:
            log("fin", i)
            out.append(("fin", i))
    else:
        out.append("loopelse")
    return out


def tryreturn(k):
    try:
        try:
            if k == 0:
                return "a"
            if k == 1:
                boom(k)
            if k == 2:
                return boom(k)
        finally:
            log("inner")
            if k == 3:
                return "f"
    except ValueError as e:
        try:
            return str(e)
        finally:
            log("cleanup")
            if k == 2:
                boom("again")
    finally:
        log("outer")
    for i in range(3):
        try:
            if i == 1:
                continue
            if k == 4:
                return i
        finally:
            if i == 2:
                break
            log("f", i)
    while True:
        try:
            if k == 5:
                raise KeyError(k)
            break
        except KeyError:
            try:
                boom("n")
            except ValueError:
                log("nested", sys.exc_info()[1].args)
                k = 6
    return k


def reraise(k):
    try:
        boom(k)
    except ValueError:
        log("re")
        if k:
            raise
        raise RuntimeError("other")


def withs(k):
    with CM("a") as a, CM("b", suppress=(k == 1)):
        log(a)
        if k == 1:
            boom("w")
        if k == 2:
            return "ret"
        if k == 3:
            boom("w3")
    for i in range(3):
        with CM("c%d" % i, suppress=True, fail="exit" if k == 4 else None) as c:
            if i == 1:
                continue
            if i == 2:
                break
            log(c)
            if k == 5:
                raise KeyError(c)
    try:
        with CM("d", fail="enter" if k == 6 else None):
            boom("d")
    except (ValueError, KeyError) as e:
        log(repr(e))
    with CM("x") as (x):
        pass
    with contextlib.suppress(ZeroDivisionError):
        1 / 0
    return k


def gen(n):
    try:
        for i in range(n):
            try:
                x = yield i
                log("got", x)
            except ValueError as e:
                log("ve", str(e))
                yield "handled"
    finally:
        log("genfin")
    return "done"


def gen2(n):
    r = yield from gen(n)
    log(r)
    yield from [1, 2]

    return r


def drive(g):
    out = []
    try:
        out.append(next(g))
        out.append(g.send("s"))
        out.append(g.throw(ValueError("thrown")))
        out.append(next(g))
        while True:
            out.append(next(g))
    except StopIteration as e:
        out.append(("stop", e.value))
    return out


def driveclose(g):
    next(g)
    g.close()
    return 1


def mkgen(n):
    return drive(gen2(n)), driveclose(gen2(n)), list(gen2(3))


async def agen(n):
    try:
        for i in range(n):
            await asyncio.sleep(0)
            got = yield i
            if got:
                log("agot", got)
    finally:
        log("agenfin")


async def coro(k):
    out = []
    async for i in agen(3):
        out.append(i)
    else:
        out.append("aelse")
    async with ACM("am", suppress=(k == 1)) as m, ACM("am2"):
        out.append(m)
        if k == 1:
            boom("async")
        if k == 2:
            return "aret"
    try:
        async with ACM("q"):
            boom("aq")
    except ValueError:
        log("caught")
    out.append([x async for x in agen(2)])
    out.append({x: await asyncio.sleep(0, x) async for x in agen(2) if x})
    out.append([await asyncio.sleep(0, y) for y in range(2)])
    g = agen(5)
    out.append(await g.__anext__())
    out.append(await g.asend("S"))
    await g.aclose()
    async for i in agen(3):
        if i == 1:
            break
    try:
        async for i in agen(3):
            boom(i)
    except ValueError:
        pass
    return out


def run_async(k):
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(coro(k))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def with_in_handler(k):
    try:
        if k:
            raise (KeyError if k < 4 else OSError)(k)
        log("quiet")
    except KeyError as e:
        with CM("in handler", suppress=k == 2, fail="enter" if k == 3 else None):
            log(e)
            if k >= 2:
                raise ValueError(k)
    finally:
        log("finally")
    return k
