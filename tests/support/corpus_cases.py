"""The calls that :mod:`.corpus` is tested with, and functions in newer grammar."""

from __future__ import annotations

import types

from tests.support import corpus, corpus_values

#: (function, argument tuples, keyword arguments)
CASES = [
    (corpus.calls, [(1,), (1, 5), (1, 2, 3, 4)]),
    (corpus.calls, [(1,)], {"c": 9, "zz": 1}),
    (corpus.closures, [(1,), (5,)]),
    (corpus.tries, [(n,) for n in range(7)]),
    (corpus.tryreturn, [(k,) for k in range(7)]),
    (corpus.reraise, [(0,), (1,)]),
    (corpus.withs, [(k,) for k in range(8)]),
    (corpus.with_in_handler, [(k,) for k in range(5)]),
    (corpus.mkgen, [(0,), (1,), (2,), (5,)]),
    (corpus.run_async, [(0,), (1,), (2,)]),
    (corpus_values.stars, [(1, 2, 3), (1, 2)], {"k": 1}),
    (corpus_values.classes, [(object,)]),
    (corpus_values.kwonly, [()], {"a": 1}),
    (corpus_values.kwonly, [()]),
    (corpus_values.fstr, [("ab", 7), (None, 3)]),
    (corpus_values.chained, [(1, 2, 3), (3, 2, 1), (1, 5, 9)]),
    (corpus_values.assertf, [(1,), (0,)]),
    (corpus_values.dels, [(0,), (1,)]),
    (corpus_values.unpack38, [((1, 2), [3])]),
    (corpus_values.unpackerr, [(k,) for k in range(8)]),
    (corpus_values.globs, [()]),
    (corpus_values.nested_fin, [(k,) for k in range(5)]),
    (corpus_values.loops, [(n,) for n in range(9)]),
    (corpus_values.deepexpr, [(0, 0), (1, 0), (0, 1), (3, 0)]),
    (corpus_values.lam, [()]),
    (corpus_values.exc_line, [(k,) for k in range(7)]),
    (corpus_values.annotations, [()]),
    (corpus_values.swaps, [(1, 2, 3, 4)]),
]

_GRAMMAR_310 = """
def match(x):
    match x:
        case 0 | 1: return 'small'
        case int() if x>100: return 'big'
        case [a,b]: return ('pair',a,b)
        case [a,*rest,z] if rest: return ('list',a,rest,z)
        case {'k':v,**r}: return ('map',v,r)
        case {'a':{'b':[q,_]}}: return ('deep',q)
        case complex(real=re,imag=im): return ('c',re,im)
        case str() as s: return s*2
        case None: return 'none'
        case (1.5|2.5) as f: return f
        case _: return 'other'
"""
_GRAMMAR_311 = """
def egs(k):
    try:
        try:
            if k==0: raise ExceptionGroup('g',[ValueError(1),TypeError(2),ExceptionGroup('h',[KeyError(3)])])
            if k==1: raise ValueError('plain')
            if k==2: raise ExceptionGroup('g',[OSError(1)])
            if k==3: raise ExceptionGroup('g',[ValueError(1)])
        except* ValueError as e:
            log('ve',[type(x).__name__ for x in e.exceptions])
            if k==3: raise RuntimeError('in')
        except* (TypeError,KeyError) as e:
            log('te',len(e.exceptions))
        else: log('else')
        finally: log('fin')
    except BaseException as e:
        return type(e).__name__, [type(x).__name__ for x in getattr(e,'exceptions',())]
    return 'ok'
"""
_GRAMMAR_312 = """
def tp():
    class A[T]:
        def m[U:int](self,x:T,y:U)->T: return x
    def f[*Ts,**P](a): return [T.__name__ for T in f.__type_params__]
    type X[K]=list[K]
    return A.__type_params__[0].__name__, f(1), X.__name__, str(X.__value__), A().m(1,2)
x=5
def comps(x):
    a=[x for x in range(3)]
    g=[lambda: x for x in range(3)]
    h=lambda: x
    b={x:[x*y for y in range(x)] for x in range(3)}
    try:
        c=[1//x for x in (1,0)]
    except ZeroDivisionError: c=x
    class K:
        y=2
        z=[y for y in range(4)]
        w=[(lambda: y) for y in range(2)]
    return a,[q() for q in g],h(),b,c,x,K.z,[i() for i in K.w],K.y,[locals()['x'] for _ in [1]]
"""


def _grow(source, line):
    """Add the functions of a newer grammar to this module, if this interpreter has it."""
    try:
        code = compile("\n" * line + source, corpus.__file__, "exec", dont_inherit=True)
    except SyntaxError:
        return []
    before = set(vars(corpus))
    exec(code, vars(corpus))
    return [vars(corpus)[name] for name in vars(corpus).keys() - before]


if _grow(_GRAMMAR_310, 1000):
    CASES.append(
        (
            vars(corpus)["match"],
            [
                (v,)
                for v in (
                    0,
                    1,
                    5,
                    500,
                    [1, 2],
                    (1, 2, 3, 4),
                    {"k": 1, "z": 2},
                    {"a": {"b": [1, 2]}},
                    {"a": 1},
                    1 + 2j,
                    "ab",
                    None,
                    2.5,
                    {1},
                    [1],
                )
            ],
        )
    )
if _grow(_GRAMMAR_311, 2000):
    CASES.append((vars(corpus)["egs"], [(k,) for k in range(5)]))
if _grow(_GRAMMAR_312, 3000):
    CASES += [(vars(corpus)["tp"], [()]), (vars(corpus)["comps"], [(7,)])]

FUNCTIONS = [
    value
    for module in (corpus, corpus_values)
    for name, value in sorted(vars(module).items())
    if isinstance(value, types.FunctionType)
    and value.__module__ == module.__name__
    and not name.startswith("_")
    and name != "log"
]
