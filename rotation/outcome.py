"""How a search for a plan can end, and what it tells on the way."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol

from rotation.check import Verdict
from rotation.plan import Costs, Plan, levels


@dataclass(frozen=True)
class Limits:
    """How long to search.

    `seconds` is time on the clock, for all of it. `effort` measures how long CP-SAT is asked about each level, in its
    deterministic time, about a second each on an idle machine; where nothing else helps it takes twice as much. As
    long as the clock does not run out, the same problem and seed give the same plan. With more than one worker they
    need not.
    """

    seconds: float = 60.0
    effort: float = 10.0
    workers: int = 1
    seed: int = 1


@dataclass(frozen=True)
class Progress:
    """The best plan's costs so far, the level being worked on, and below what its cost cannot fall."""

    level: str
    costs: Costs
    bound: int


class Watcher(Protocol):
    """Is told of progress; may be called from the solver's thread."""

    def __call__(self, progress: Progress) -> None: ...


class Cancellation:
    """Ends a search from another thread: the best plan so far is kept."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._stop: Callable[[], None] = _nothing
        self.is_asked = False

    def cancel(self) -> None:
        """Ask for the end; the search returns within moments."""
        with self._lock:
            self.is_asked = True
            self._stop()

    def calls(self, stop: Callable[[], None]) -> None:
        """From now on this ends what is being done; the search says so of each of its solvers."""
        with self._lock:
            self._stop = stop
            if self.is_asked:
                stop()


def _nothing() -> None:
    """Nothing is being done."""


@dataclass(frozen=True)
class Optimal:
    """No plan is better, at any level."""

    plan: Plan
    verdict: Verdict


@dataclass(frozen=True)
class Feasible:
    """A lawful plan, not proven best. `bounds` says below what each level cannot fall while those above it are as they
    are; a level at its bound is proven."""

    plan: Plan
    verdict: Verdict
    bounds: Costs

    @property
    def gap(self) -> dict[str, int]:
        """How far each level that is not proven is from its bound."""
        gaps = {
            level: getattr(self.verdict.costs, level) - getattr(self.bounds, level) for level in levels("rebalance")
        }
        return {level: gap for level, gap in gaps.items() if gap}


@dataclass(frozen=True)
class Obstacle:
    """Why a seat cannot be filled: for each person what stands in the way, in sentences."""

    shift: str
    reasons: dict[str, str]


@dataclass(frozen=True)
class Infeasible:
    """Cover was demanded and is impossible.

    `rules` cannot all be kept, though any one of them given up the others could be; none are told where finding them
    took too long. `obstacles` tell of each seat that the best plan leaves empty.
    """

    plan: Plan
    verdict: Verdict
    obstacles: tuple[Obstacle, ...]
    rules: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class OutOfTime:
    """Cover was demanded, and time ran out before it was found or ruled out; the plan is the best so far."""

    plan: Plan
    verdict: Verdict


Outcome = Optimal | Feasible | Infeasible | OutOfTime
