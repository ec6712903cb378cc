"""exp, log, tanh, erf ... as polynomials and rational functions that vectorise.

A call into the C library keeps LLVM from vectorising a loop (14 times slower); these are
straight-line arithmetic. Coefficients are those of Cephes (S. L. Moshier, ``expf.c``,
``logf.c``, ``tanhf.c``, ``exp.c``, ``log.c``, ``tanh.c``, ``ndtr.c``) and, for ``erf`` of
``float``, of N. Juffa's ``erff``. Infinities, NaN and zeros come out as in C;
``tests/integration/test_llvm_transcendental.py`` holds the largest errors against float64.
"""

from __future__ import annotations

import math
from typing import Callable, Dict

from .arithmetic import Arithmetic

__all__ = ["FUNCTIONS"]

_MANTISSA = {"float": 23, "double": 52}
_BIAS = {"float": 127, "double": 1023}
#: ln 2 in two parts: the first has so few bits that its products with exponents are exact.
_LN2_HIGH = {"float": 0.693359375, "double": 6.93145751953125e-1}
_LN2_LOW = {"float": -2.12194440e-4, "double": 1.42860682030941723212e-6}
_EXP_LIMITS = {"float": (-104.0, 89.0), "double": (-746.0, 710.0)}


def _power_of_two(a: Arithmetic, exponent: str) -> str:
    """2 to an integer of the type's width, where that is a normal number."""
    biased = a.integer("add", exponent, _BIAS[a.dtype])
    return a.from_bits(a.integer("shl", biased, _MANTISSA[a.dtype]))


def exp(a: Arithmetic, x: str) -> str:
    """e to the ``x``."""
    low, high = _EXP_LIMITS[a.dtype]
    x = a.above(a.below(x, high), low)
    scaled = a.muladd(x, a.constant(math.log2(math.e)), a.constant(0.5))
    n = a.unary("floor", scaled)
    minus = a.unary_minus(n)
    r = a.muladd(minus, a.constant(_LN2_HIGH[a.dtype]), x)
    r = a.muladd(minus, a.constant(_LN2_LOW[a.dtype]), r)
    if a.dtype == "float":
        p = a.polynomial(
            r,
            [
                1.9875691500e-4,
                1.3981999507e-3,
                8.3334519073e-3,
                4.1665795894e-2,
                1.6666665459e-1,
                5.0000001201e-1,
            ],
        )
        result = a.add(a.muladd(p, a.mul(r, r), r), a.constant(1.0))
    else:
        square = a.mul(r, r)
        p = a.polynomial(
            square,
            [1.26177193074810590878e-4, 3.02994407707441961300e-2, 9.99999999999999999910e-1],
        )
        p = a.mul(p, r)
        q = a.polynomial(
            square,
            [
                3.00198505138664455042e-6,
                2.52448340349684104192e-3,
                2.27265548208155028766e-1,
                2.00000000000000000009,
            ],
        )
        ratio = a.div(p, a.sub(q, p))
        result = a.muladd(ratio, a.constant(2.0), a.constant(1.0))
    # NaN has no integer; any will do, since the factor is NaN already.
    whole = a.select(a.compare("uno", n, n), a.constant(0.0), n)
    exponent = a.whole(whole)
    # In two steps: either alone is a normal number, the result may be none.
    half = a.integer("ashr", exponent, 1)
    rest = a.integer("sub", exponent, half)
    return a.mul(a.mul(result, _power_of_two(a, half)), _power_of_two(a, rest))


def log(a: Arithmetic, x: str) -> str:
    """The natural logarithm; NaN below zero."""
    mantissa, bias = _MANTISSA[a.dtype], _BIAS[a.dtype]
    smallest = 2.0 ** (1 - bias)
    tiny = a.compare("olt", x, a.constant(smallest))
    scaled = a.select(tiny, a.mul(x, a.constant(2.0**mantissa)), x)
    bits = a.to_bits(scaled)
    exponent = a.integer("sub", a.integer("lshr", bits, mantissa), bias - 1)
    fraction = a.from_bits(
        a.integer("or", a.integer("and", bits, (1 << mantissa) - 1), (bias - 1) << mantissa)
    )
    e = a.real(exponent)
    e = a.sub(e, a.select(tiny, a.constant(float(mantissa)), a.constant(0.0)))
    small = a.compare("olt", fraction, a.constant(math.sqrt(0.5)))
    e = a.sub(e, a.select(small, a.constant(1.0), a.constant(0.0)))
    m = a.add(a.sub(fraction, a.constant(1.0)), a.select(small, fraction, a.constant(0.0)))
    z = a.mul(m, m)
    if a.dtype == "float":
        p = a.polynomial(
            m,
            [
                7.0376836292e-2,
                -1.1514610310e-1,
                1.1676998740e-1,
                -1.2420140846e-1,
                1.4249322787e-1,
                -1.6668057665e-1,
                2.0000714765e-1,
                -2.4999993993e-1,
                3.3333331174e-1,
            ],
        )
        y = a.mul(a.mul(p, m), z)
        low, high = -2.12194440e-4, 0.693359375
    else:
        p = a.polynomial(
            m,
            [
                1.01875663804580931796e-4,
                4.97494994976747001425e-1,
                4.70579119878881725854,
                1.44989225341610930846e1,
                1.79368678507819816313e1,
                7.70838733755885391666,
            ],
        )
        q = a.polynomial(
            m,
            [
                1.0,
                1.12873587189167450590e1,
                4.52279145837532221105e1,
                8.29875266912776603211e1,
                7.11544750618563894466e1,
                2.31251620126765340583e1,
            ],
        )
        y = a.mul(m, a.div(a.mul(z, p), q))
        low, high = -2.121944400546905827679e-4, 0.693359375
    y = a.muladd(e, a.constant(low), y)
    y = a.muladd(z, a.constant(-0.5), y)
    result = a.muladd(e, a.constant(high), a.add(m, y))
    infinity = a.constant(math.inf)
    result = a.select(a.compare("oeq", x, infinity), infinity, result)
    result = a.select(a.compare("oeq", x, a.constant(0.0)), a.constant(-math.inf), result)
    # Below zero, and for NaN itself.
    outside = a.compare("ult", x, a.constant(0.0))
    return a.select(outside, a.constant(math.nan), result)


def expm1(a: Arithmetic, x: str) -> str:
    """exp(x) - 1 without cancellation (W. Kahan; N. Higham, *Accuracy and Stability*, 1.14.1)."""
    u = exp(a, x)
    one = a.constant(1.0)
    less = a.sub(u, one)
    near = a.mul(less, a.div(x, log(a, u)))
    # Where exp(x) is exactly 1, x itself; far from there nothing cancels.
    result = a.select(a.compare("oeq", u, one), x, near)
    far = a.compare("ogt", a.unary("fabs", x), a.constant(2.0))
    return a.select(far, less, result)


def log1p(a: Arithmetic, x: str) -> str:
    """log(1 + x) without cancellation (W. Kahan; Higham, exercise 1.5)."""
    one = a.constant(1.0)
    u = a.add(one, x)
    logarithm = log(a, u)
    corrected = a.mul(logarithm, a.div(x, a.sub(u, one)))
    result = a.select(a.compare("oeq", u, one), x, corrected)
    # Where 1 is lost in x, or the logarithm is infinite, there is nothing to correct.
    plain = a.compare("ogt", x, a.constant(2.0 ** (_MANTISSA[a.dtype] + 1)))
    plain = a.either(plain, a.compare("oeq", u, a.constant(0.0)))
    return a.select(plain, logarithm, result)


def tanh(a: Arithmetic, x: str) -> str:
    """The hyperbolic tangent."""
    magnitude = a.unary("fabs", x)
    z = a.mul(x, x)
    if a.dtype == "float":
        ratio = a.polynomial(
            z,
            [
                -5.70498872745e-3,
                2.06390887954e-2,
                -5.37397155531e-2,
                1.33314422036e-1,
                -3.33332819422e-1,
            ],
        )
    else:
        p = a.polynomial(
            z, [-9.64399179425052238628e-1, -9.92877231001918586564e1, -1.61468768441708447952e3]
        )
        q = a.polynomial(
            z, [1.0, 1.12811678491632931402e2, 2.23548839060100448583e3, 4.84406305325125486048e3]
        )
        ratio = a.div(p, q)
    inner = a.add(x, a.mul(a.mul(x, z), ratio))
    inner = a.select(a.compare("oeq", x, a.constant(0.0)), x, inner)
    e = exp(a, a.mul(a.constant(2.0), magnitude))
    outer = a.sub(a.constant(1.0), a.div(a.constant(2.0), a.add(e, a.constant(1.0))))
    outer = a.select(a.compare("olt", x, a.constant(0.0)), a.unary_minus(outer), outer)
    return a.select(a.compare("olt", magnitude, a.constant(0.625)), inner, outer)


def erf(a: Arithmetic, x: str) -> str:
    """The error function."""
    if a.dtype == "float":
        magnitude = a.unary("fabs", x)
        z = a.mul(x, x)
        inner = a.polynomial(
            z,
            [
                -5.96761703e-4,
                4.99119423e-3,
                -2.67681349e-2,
                1.12819925e-1,
                -3.76125336e-1,
                1.28379166e-1,
            ],
        )
        inner = a.muladd(inner, x, x)
        low = a.muladd(a.constant(-1.72853470e-5), magnitude, a.constant(3.83197126e-4))
        high = a.muladd(a.constant(-3.88396438e-3), magnitude, a.constant(2.42546219e-2))
        tail = a.muladd(low, z, high)
        for coefficient in (-1.06777877e-1, -6.34846687e-1, -1.28717512e-1):
            tail = a.muladd(tail, magnitude, a.constant(coefficient))
        tail = a.muladd(tail, magnitude, a.unary_minus(magnitude))
        outer = a.sub(a.constant(1.0), exp(a, tail))
        outer = a.select(a.compare("olt", x, a.constant(0.0)), a.unary_minus(outer), outer)
        return a.select(a.compare("ogt", magnitude, a.constant(0.927734375)), outer, inner)
    magnitude = a.unary("fabs", x)
    z = a.mul(x, x)
    p = a.polynomial(
        z,
        [
            9.60497373987051638749,
            9.00260197203842689217e1,
            2.23200534594684319226e3,
            7.00332514112805075473e3,
            5.55923013010394962768e4,
        ],
    )
    q = a.polynomial(
        z,
        [
            1.0,
            3.35617141647503099647e1,
            5.21357949780152679795e2,
            4.59432382970980127987e3,
            2.26290000613890934246e4,
            4.92673942608635921086e4,
        ],
    )
    inner = a.mul(x, a.div(p, q))
    # erfc on [1, 8); beyond 6 it is less than half an ulp of 1.
    m = a.below(magnitude, 6.0)
    p = a.polynomial(
        m,
        [
            2.46196981473530512524e-10,
            5.64189564831068821977e-1,
            7.46321056442269912687,
            4.86371970985681366614e1,
            1.96520832956077098242e2,
            5.26445194995477358631e2,
            9.34528527171957607540e2,
            1.02755188689515710272e3,
            5.57535335369399327526e2,
        ],
    )
    q = a.polynomial(
        m,
        [
            1.0,
            1.32281951154744992508e1,
            8.67072140885989742329e1,
            3.54937778887819891062e2,
            9.75708501743205489753e2,
            1.82390916687909736289e3,
            2.24633760818710981792e3,
            1.65666309194161350182e3,
            5.57535340817727675546e2,
        ],
    )
    tail = a.div(a.mul(exp(a, a.unary_minus(a.mul(m, m))), p), q)
    outer = a.sub(a.constant(1.0), tail)
    outer = a.select(a.compare("olt", x, a.constant(0.0)), a.unary_minus(outer), outer)
    return a.select(a.compare("olt", magnitude, a.constant(1.0)), inner, outer)


def sigmoid(a: Arithmetic, x: str) -> str:
    """1 / (1 + exp(-x))."""
    one = a.constant(1.0)
    return a.div(one, a.add(one, exp(a, a.unary_minus(x))))


def log_sigmoid(a: Arithmetic, x: str) -> str:
    """log(sigmoid(x)), where the exponential can't overflow."""
    decay = exp(a, a.unary_minus(a.unary("fabs", x)))
    return a.sub(a.below(x, 0.0), log1p(a, decay))


#: By the name of the operation in an expression.
FUNCTIONS: Dict[str, Callable[[Arithmetic, str], str]] = {
    "exp": exp,
    "expm1": expm1,
    "log": log,
    "log1p": log1p,
    "tanh": tanh,
    "erf": erf,
    "sigmoid": sigmoid,
    "log_sigmoid": log_sigmoid,
}
