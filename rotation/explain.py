"""Why this person, why not that one, who else, and how fair it can get: questions about a plan."""

from dataclasses import dataclass
from functools import cached_property

from rotation.check import Judge, Verdict
from rotation.draft import Draft, Move
from rotation.greedy import fill
from rotation.obstacles import forbidding
from rotation.outcome import Cancellation, Limits, Optimal
from rotation.plan import Holders, Plan
from rotation.problem import Mode, Problem
from rotation.search import Search
from rotation.solve import solve
from rotation.suggestions import Suggestion, difference, suggestions
from rotation.tally import Tally, members
from rotation.walk import Held


@dataclass(frozen=True)
class Forbidden:
    """A rule keeps this person off the shift, whatever the others do."""

    person: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Instead:
    """The best plan with this person on the shift; `difference` says how much more each level costs then.

    Not proven, it is the best that was found: the true difference may be smaller.
    """

    person: str
    plan: Plan
    verdict: Verdict
    difference: dict[str, int]
    is_proven: bool

    @property
    def is_as_good(self) -> bool:
        return not self.difference


@dataclass(frozen=True)
class Reason:
    """Why somebody holds a shift: in a sentence, with whoever else could, and who could not and why."""

    shift: str
    person: str
    sentence: str
    others: tuple[Suggestion, ...]
    barred: dict[str, str]


@dataclass(frozen=True)
class Fairness:
    """The best that can be had before preferences and changes are looked at: no plan with less unfairness leaves as few
    seats empty, and breaks up as few weeks. `spread` is its largest less its smallest balance, in duty-weeks."""

    unfairness: int
    spread: float
    balances: dict[str, float]
    is_proven: bool


class Explainer:
    """Answers about one plan; what the questions have in common is worked out once."""

    def __init__(self, problem: Problem, holders: Holders, mode: Mode = "rebalance") -> None:
        self.problem, self.holders, self.mode = problem, dict(holders), mode
        self.tally = Tally(problem)
        self.draft = Draft(self.tally, holders)

    @cached_property
    def judge(self) -> Judge:
        return Judge(self.problem)

    def who_else(self, shift: str, leaves: str | None = None) -> list[Suggestion]:
        """Who else could hold a shift, the best first, without moving more than one other shift."""
        return suggestions(self.draft, self.mode, shift, leaves)

    def why(self, shift: str, person: str) -> Reason:
        """Why this person holds this shift."""
        others = [found for found in self.who_else(shift, person) if len(found.exchanges) == 1]
        if self._is_fixed(shift, person):
            others = []
        named = {found.comes for found in others} | set(self.holders.get(shift, ()))
        barred = {
            other.name: said[0]
            for other in self.problem.people
            if other.name not in named and (said := self._forbidding(shift, other.name, person))
        }
        return Reason(shift, person, self._sentence(shift, person, others), tuple(others), barred)

    def why_not(
        self,
        shift: str,
        person: str,
        leaves: str | None = None,
        limits: Limits | None = None,
        cancellation: Cancellation | None = None,
    ) -> Instead | Forbidden:
        """What the best plan with this person on this shift would cost, or the rules that forbid it.

        `leaves` is who makes room where the shift has several seats; by itself somebody who is not fixed does.
        """
        p, s = self.tally.grid.place[person], self.tally.grid.shift_place[shift]
        out = self.tally.grid.place[leaves] if leaves is not None else self._who_leaves(s)
        start = self._with(p, s, out)
        if start is None:
            said = self._forbidding(shift, person, None if out is None else self.tally.grid.people[out])
            return Forbidden(person, tuple(said) or (f"Whoever holds {shift} is fixed there.",))
        barred: frozenset[Held] = frozenset() if out is None else frozenset([(out, s)])
        search = Search(
            self.tally,
            self.mode,
            limits or Limits(),
            cancellation=cancellation,
            locked=frozenset([(p, s)]),
            barred=barred,
        )
        best, bounds = search.run(start, is_near=True)
        verdict = self.judge.verdict(best)
        told = difference(self.draft.score.costs, verdict.costs)
        plan = Plan.of(self.problem, best, mode=self.mode, costs=verdict.costs)
        return Instead(person, plan, verdict, told, verdict.costs == bounds.costs)

    def _is_fixed(self, shift: str, person: str) -> bool:
        return self.tally.grid.place[person] in self.tally.grid.fixed[self.tally.grid.shift_place[shift]]

    def _sentence(self, shift: str, person: str, others: list[Suggestion]) -> str:
        if self._is_fixed(shift, person):
            return f"{person} is pinned to {shift}, or it was published and is frozen."
        if not others:
            return f"{person} is the only one who can hold {shift} while the rest of the plan stays."
        best = others[0]
        if not best.difference:
            return f"{best.comes} could hold {shift} as well as {person}: the plan would cost the same."
        return f"With {best.comes}, the next best, instead of {person} the plan would have {in_words(best.difference)}."

    def _forbidding(self, shift: str, person: str, leaves: str | None) -> list[str]:
        left = tuple(name for name in self.holders.get(shift, ()) if name != leaves)
        return forbidding(self.judge, self.holders, {**self.holders, shift: (*left, person)})

    def _who_leaves(self, s: int) -> int | None:
        if len(self.draft.on[s]) < self.tally.grid.shifts[s].people:
            return None
        return next((p for p in sorted(self.draft.on[s]) if p not in self.tally.grid.fixed[s]), None)

    def _with(self, p: int, s: int, leaves: int | None) -> Draft | None:
        """A lawful plan with this person on the shift: what they cannot hold beside it goes to others."""
        grid = self.tally.grid
        is_full = leaves is None and len(self.draft.on[s]) >= grid.shifts[s].people
        if p not in grid.options[s] or p in self.draft.on[s] or is_full or leaves in grid.fixed[s]:
            return None
        draft = Draft(self.tally, self.holders)
        own = [t for t in members(draft.held[p]) if p not in grid.fixed[t]]
        nearest = sorted(own, key=lambda t: (t not in grid.clashes[s], abs(grid.spans[t][0] - grid.spans[s][0])))
        dropped = []
        while draft.weigh(Move(s, leaves, p)) is None:
            if not nearest:
                return None
            dropped.append(nearest.pop(0))
            draft.make(Move(dropped[-1], p, None))
        draft.make(Move(s, leaves, p))
        for t in sorted(dropped):
            fill(draft, t, self.mode)
        return draft


def best_fairness(problem: Problem, limits: Limits | None = None) -> Fairness:
    """How fair a plan of this problem can be, so that a small team is not blamed for arithmetic."""
    outcome = solve(problem, mode="rebalance", limits=limits)
    verdict = outcome.verdict
    is_proven = isinstance(outcome, Optimal) or "unfairness" not in getattr(outcome, "gap", {"unfairness": 1})
    return Fairness(verdict.costs.unfairness, verdict.spread, verdict.balances, is_proven)


_WORDS = {
    "uncovered": ("empty seat", "empty seats"),
    "two_in_a_row": ("pair of weeks in a row", "pairs of weeks in a row"),
    "rest_breaches": ("breach of rest", "breaches of rest"),
    "unfairness": ("point of unfairness", "points of unfairness"),
    "preferences": ("point of wishes not met", "points of wishes not met"),
    "changes": ("change to what was published", "changes to what was published"),
}


def in_words(difference: dict[str, int]) -> str:
    """A difference in cost: "2 more points of unfairness and 1 fewer change to what was published"."""
    told = [
        f"{abs(more)} {'more' if more > 0 else 'fewer'} {_WORDS[level][abs(more) != 1]}"
        for level, more in difference.items()
        if more
    ]
    return " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told) or "the same cost"
