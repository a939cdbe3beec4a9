"""How many tickets a role will meet in the weeks to come, and how far such guesses were off before.

The level only: a mean of past weeks in which a week counts half as much as one so many weeks later. How many weeks
that half-life is, is chosen for each series by what would have guessed best so far. (Trends and longer memories were
tried on made-up and real queues; they guessed worse, and no queue had years enough to show a season.)

The interval is that of a negative binomial distribution around the level, as wide as the weeks of late were scattered:
four of five weeks should lie in it. It knows nothing of launches, outages and holidays.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import NormalDist

HALF_LIVES = (2, 4, 8, 26)  # weeks
FEWEST_WEEKS = 8  # with a count, or nothing is foretold
AHEAD = 4  # weeks between what was known and what was guessed, where guesses are held against the past
WITHIN = (0.1, 0.9)  # quantiles: four of five weeks
MOST = 10_000_000  # tickets a week; more is a mistake

Count = int | None  # tickets of a week; None: not known
Week = tuple[date, Count]  # its Monday


@dataclass(frozen=True, slots=True)
class Expected:
    """What a week will bring, in tickets; four of five such weeks should bring low to high, both included."""

    monday: date
    expected: float
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Backtest:
    """How guesses made four weeks ahead, from what was known then, compare with what came. Errors are means of the
    absolute difference, in tickets a week."""

    weeks: int  # so many were guessed
    error: float
    error_of_last_week: float  # of guessing: as many as in the last week known
    error_of_eight_weeks: float  # of guessing: the mean of the last eight weeks known
    within: float  # the share of weeks that fell into their interval

    def sentence(self) -> str:
        """How wrong this was, for people."""
        return (
            f"Over {self.weeks} past weeks, guessed {AHEAD} weeks ahead, this was off by {self.error:.1f} tickets a "
            f"week on average; repeating the last week known by {self.error_of_last_week:.1f}, the mean of eight weeks "
            f"by {self.error_of_eight_weeks:.1f}. Of those weeks, {self.within:.0%} fell between low and high; about "
            "80% should."
        )


@dataclass(frozen=True, slots=True)
class Forecast:
    weeks: tuple[Expected, ...]
    usual: float  # tickets a week over all the history given
    half_life: int  # weeks
    backtest: Backtest | None  # None: too little history to tell how wrong it is


@dataclass(frozen=True, slots=True)
class TooLittleHistory:
    known: int  # weeks with a count

    def sentence(self) -> str:
        return (
            f"The history knows {self.known} complete week{'s' * (self.known != 1)} of tickets; a forecast needs at "
            f"least {FEWEST_WEEKS}."
        )


def forecast(history: Sequence[Week], ahead: Sequence[date]) -> Forecast | TooLittleHistory:
    """What the weeks of these Mondays will bring, from consecutive complete weeks in order of time.

    Raises ValueError where the history is not consecutive weeks of counts, or a week ahead lies in it.
    """
    counts = _counts(history, ahead)
    known = [count for count in counts if count is not None]
    if len(known) < FEWEST_WEEKS:
        return TooLittleHistory(len(known))
    series = _Series(counts)
    half_life = series.choice(len(counts))
    level = series.level(half_life, len(counts))
    low, high = series.interval(half_life, len(counts))
    weeks = tuple(Expected(monday, level, low, high) for monday in ahead)
    return Forecast(weeks, sum(known) / len(known), half_life, _backtest(series))


def _counts(history: Sequence[Week], ahead: Sequence[date]) -> list[Count]:
    for (before, _), (after, _) in pairwise(history):
        if after - before != timedelta(weeks=1):
            raise ValueError(f"the history goes from {before} to {after}; give every week, with None if not known")
    for monday, count in history:
        if count is not None and not 0 <= count <= MOST:
            raise ValueError(f"the week of {monday} cannot have {count} tickets")
    for monday in ahead:
        if history and monday <= history[-1][0]:
            raise ValueError(f"the week of {monday} is part of the history; ask about weeks after {history[-1][0]}")
    return [count for _, count in history]


class _Series:
    """A history and its weighted moments at each place: what was known when so many weeks had passed."""

    def __init__(self, counts: Sequence[Count]) -> None:
        self.counts = counts
        self._moments = {half_life: list(_moments(counts, 0.5 ** (1 / half_life))) for half_life in HALF_LIVES}
        self._choices = list(self._best())

    def level(self, half_life: int, place: int) -> float:
        """The weighted mean of the weeks before that place; 0 where none is known."""
        weight, _, total, _ = self._moments[half_life][place]
        return total / weight if weight else 0.0

    def interval(self, half_life: int, place: int) -> tuple[int, int]:
        weight, of_squares, total, squares = self._moments[half_life][place]
        effective = weight**2 / of_squares  # as many weeks of equal weight would tell as much
        mean = total / weight
        scatter = max(squares / weight - mean**2, 0) * effective / max(effective - 1, 1)
        floor = max(mean, 1 / (effective + 1))  # weeks without any ticket do not prove that there never will be one
        variance = max(scatter, floor) * (1 + 1 / effective)
        low, high = (quantile(floor, variance, share) for share in WITHIN)
        return low, high

    def choice(self, place: int) -> int:
        """The half-life whose guesses had the least mean square of errors, as far as that was known."""
        return self._choices[place]

    def _best(self) -> Iterator[int]:
        """At each place. Until guesses could be judged, the one in the middle."""
        errors = dict.fromkeys(HALF_LIVES, 0.0)
        for place in range(len(self.counts) + 1):
            if place >= AHEAD and (came := self.counts[place - 1]) is not None:
                for half_life in HALF_LIVES:
                    errors[half_life] += (came - self.level(half_life, place - AHEAD)) ** 2
            yield min(HALF_LIVES, key=lambda half_life: errors[half_life]) if any(errors.values()) else HALF_LIVES[2]


def _moments(counts: Sequence[Count], decay: float) -> Iterator[tuple[float, float, float, float]]:
    """Sums of weights, weights squared, counts and counts squared before each place; a week not known has no weight."""
    weight = of_squares = total = squares = 0.0
    yield weight, of_squares, total, squares
    for count in counts:
        is_known = count is not None
        weight = weight * decay + is_known
        of_squares = of_squares * decay**2 + is_known
        total = total * decay + (count or 0)
        squares = squares * decay + (count or 0) ** 2
        yield weight, of_squares, total, squares


def _backtest(series: _Series) -> Backtest | None:
    """Every week that could have been guessed is; what came later is not looked at, not even for the half-life."""
    off, off_last, off_eight, within = [], [], [], []
    for place in range(len(series.counts) - AHEAD + 1):
        known = [count for count in series.counts[:place] if count is not None]
        came = series.counts[place + AHEAD - 1]
        if len(known) < FEWEST_WEEKS or came is None:
            continue
        half_life = series.choice(place)
        low, high = series.interval(half_life, place)
        off.append(abs(came - series.level(half_life, place)))
        off_last.append(abs(came - known[-1]))
        off_eight.append(abs(came - sum(known[-8:]) / 8))
        within.append(low <= came <= high)
    if not off:
        return None
    n = len(off)
    return Backtest(n, sum(off) / n, sum(off_last) / n, sum(off_eight) / n, sum(within) / n)


def quantile(mean: float, variance: float, share: float) -> int:
    """The smallest count that a share of weeks does not exceed: negative binomial, or Poisson where the variance is no
    larger than the mean (> 0)."""
    if mean > 1_000:  # there the normal distribution is as good, and counting up to it is slow
        return max(0, round(NormalDist(mean, math.sqrt(variance)).inv_cdf(share)))
    is_poisson = variance <= mean * (1 + 1e-9)
    shape = math.inf if is_poisson else mean**2 / (variance - mean)
    logarithm = -mean if is_poisson else shape * math.log(shape / (shape + mean))
    count, below = 0, math.exp(logarithm)
    while below < share and count < mean + 40 * math.sqrt(variance) + 40:
        odds = mean if is_poisson else (count + shape) * mean / (shape + mean)
        count += 1
        logarithm += math.log(odds / count)
        below += math.exp(logarithm)
    return count
