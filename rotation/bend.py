"""The penalty of a balance, for CP-SAT: a convex curve as the straight lines above which it lies.

Where loads are multiples of a step that is not small, as burdens in whole tenths are, only the points that a balance
can reach are joined: the relaxation is then nearly as good as the truth, and optimality is proven many times sooner.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import gcd
from typing import NamedTuple

from ortools.sat.python import cp_model

from rotation.tally import penalty

Expression = cp_model.LinearExpr | cp_model.IntVar | int
FIFTH = 200  # thousandths of a duty-week
SMALL = 50  # a step below this makes more points than the curve itself has


class Term(NamedTuple):
    """A load, in thousandths of a duty-week, times a variable that is at most so much."""

    load: int
    times: Expression
    most: int


def penalty_of(cp: cp_model.CpModel, given: int, terms: list[Term]) -> Expression:
    """The penalty of a balance that is `given` and the sum of the terms, as what is to be minimised."""
    given += sum(load * times for load, times, _ in terms if isinstance(times, int))
    terms = [term for term in terms if term.load and not isinstance(term.times, int)]
    if not terms:
        return penalty(given)
    step = gcd(*(term.load for term in terms))
    steps = cp_model.LinearExpr.weighted_sum([t.times for t in terms], [t.load // step for t in terms])
    highest = given + sum(term.load * term.most for term in terms)
    cost = cp.new_int_var(0, max(penalty(given), penalty(highest)), "")
    points = [penalty(balance) for balance in range(given, highest + 1, step)] if step >= SMALL else []
    _above(cp, cost, steps, points, 0)
    if not points or not _is_convex(points):
        first, last = ((balance + FIFTH // 2) // FIFTH for balance in (given, highest))
        nearest = cp.new_int_var(first, last, "")
        cp.add_linear_constraint(given + step * steps + FIFTH // 2 - FIFTH * nearest, 0, FIFTH - 1)
        curve = [penalty(FIFTH * fifth) for fifth in range(first, last + 1)]
        _above(cp, cost, nearest, curve, first)
    return cost


def _above(cp: cp_model.CpModel, cost: cp_model.IntVar, at: Expression, points: Sequence[int], first: int) -> None:
    """The cost lies on or above the lower hull of points at first, first + 1 and so on."""
    if len(points) == 1:
        cp.add(cost >= points[0])
    for n, rise, run in _hull(points):
        cp.add(run * cost >= run * points[n] + rise * (at - first - n))


def _hull(points: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """The lines of the lower convex hull: from which point, and how much they rise over which run."""
    corners: list[int] = []
    for n, height in enumerate(points):
        while len(corners) > 1 and _is_above(points, corners[-2], corners[-1], n, height):
            corners.pop()
        corners.append(n)
    yield from ((low, points[high] - points[low], high - low) for low, high in pairwise(corners))


def _is_above(points: Sequence[int], low: int, middle: int, n: int, height: int) -> bool:
    """Whether the middle corner lies on or above the line from the lower one to the new point."""
    return (points[middle] - points[low]) * (n - low) >= (height - points[low]) * (middle - low)


def _is_convex(points: Sequence[int]) -> bool:
    slopes = [high - low for low, high in pairwise(points)]
    return slopes == sorted(slopes)
