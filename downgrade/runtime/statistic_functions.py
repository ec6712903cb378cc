"""Functions of ``statistics`` that came after 3.8."""

from __future__ import annotations

import itertools
import math
import statistics
from typing import Any, List, NamedTuple, Tuple

__all__ = [
    "LinearRegression",
    "correlation",
    "covariance",
    "fmean",
    "harmonic_mean",
    "linear_regression",
]

_Error = statistics.StatisticsError


class LinearRegression(NamedTuple):
    """What ``linear_regression`` gives."""

    slope: float
    intercept: float


def _pairs(x: Any, y: Any, what: str) -> Tuple[List[Any], List[Any]]:
    if len(x) != len(y):
        raise _Error(f"{what} requires that both inputs have same number of data points")
    if len(x) < 2:
        raise _Error(f"{what} requires at least two data points")
    return list(x), list(y)


def _centred(values: List[Any]) -> List[Any]:
    middle = math.fsum(values) / len(values)
    return [one - middle for one in values]


def _dot(x: List[Any], y: List[Any]) -> float:
    return math.fsum(a * b for a, b in zip(x, y))


def covariance(x: Any, y: Any, /) -> float:
    """``statistics.covariance`` of 3.10."""
    x, y = _pairs(x, y, "covariance")
    return _dot(_centred(x), _centred(y)) / (len(x) - 1)


def _ranks(values: List[Any]) -> List[float]:
    """The ranks around zero; equal values share the mean of theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    begin = (1 - len(values)) / 2
    for _, group in itertools.groupby(order, key=values.__getitem__):
        same = list(group)
        for index in same:
            ranks[index] = begin + (len(same) - 1) / 2
        begin += len(same)
    return ranks


def correlation(x: Any, y: Any, /, *, method: str = "linear") -> float:
    """``statistics.correlation`` of 3.12: Pearson's, or Spearman's of ranks."""
    x, y = _pairs(x, y, "correlation")
    if method not in ("linear", "ranked"):
        raise ValueError(f"Unknown method: {method!r}")
    x, y = (_ranks(x), _ranks(y)) if method == "ranked" else (_centred(x), _centred(y))
    try:
        return _dot(x, y) / math.sqrt(_dot(x, x) * _dot(y, y))
    except ZeroDivisionError:
        raise _Error("at least one of the inputs is constant") from None


def linear_regression(x: Any, y: Any, /, *, proportional: bool = False) -> Any:
    """``statistics.linear_regression`` of 3.11."""
    x, y = _pairs(x, y, "linear regression")
    first, second = (x, y) if proportional else (_centred(x), _centred(y))
    try:
        slope = _dot(first, second) / _dot(first, first)
    except ZeroDivisionError:
        raise _Error("x is constant") from None
    if proportional:
        return LinearRegression(slope, 0.0)
    return LinearRegression(slope, math.fsum(y) / len(y) - slope * (math.fsum(x) / len(x)))


def fmean(data: Any, weights: Any = None) -> float:
    """``statistics.fmean`` of 3.11."""
    if weights is None:
        return statistics.fmean(data)
    data, weights = list(data), list(weights)
    if len(data) != len(weights):
        raise _Error("data and weights must be the same length")
    total = math.fsum(weights)
    if not total:
        raise _Error("sum of weights must be non-zero")
    return _dot(data, weights) / total


def harmonic_mean(data: Any, weights: Any = None) -> Any:
    """``statistics.harmonic_mean`` of 3.10."""
    if weights is None:
        return statistics.harmonic_mean(data)
    data, weights = list(data), list(weights)
    if not data:
        raise _Error("harmonic_mean requires at least one data point")
    if len(data) == 1:
        return statistics.harmonic_mean(data)
    if len(weights) != len(data):
        raise _Error("Number of weights does not match data size")
    if any(one < 0 for one in (*weights, *data)):
        raise _Error("harmonic mean does not support negative values")
    try:
        inverse = statistics.mean([w / x if w else 0 for w, x in zip(weights, data)])
    except ZeroDivisionError:
        return 0
    total = statistics.mean(weights)
    if total <= 0:
        raise _Error("Weighted sum must be positive")
    return total / inverse
