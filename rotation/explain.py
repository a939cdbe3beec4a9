"""Why this person, why not that one, who else, and how fair it can get: questions about a plan."""

from dataclasses import dataclass
from functools import cached_property

from rotation.check import Judge, Verdict
from rotation.draft import Draft, Move
from rotation.greedy import fill
from rotation.model import Model
from rotation.obstacles import broken, forbidding
from rotation.outcome import Cancellation, Feasible, Limits, Optimal
from rotation.plan import Holders, Plan, levels
from rotation.problem import Mode, Problem
from rotation.search import Search
from rotation.solve import solve
from rotation.suggestions import Suggestion, difference, suggestions, verify_holds
from rotation.tally import Tally, members


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
    """Answers about one lawful plan; what the questions have in common is worked out once.

    Raises ValueError where somebody is said to hold a shift, or to leave it, who does not hold it.
    """

    def __init__(self, problem: Problem, holders: Holders, mode: Mode = "rebalance") -> None:
        self.problem, self.holders, self.mode = problem, dict(holders), mode
        self.tally = Tally(problem)
        self.draft = Draft(self.tally, holders)

    @cached_property
    def judge(self) -> Judge:
        return Judge(self.problem)

    @cached_property
    def _broken(self) -> frozenset[str]:
        return broken(self.judge, self.holders)

    @cached_property
    def _model(self) -> Model:
        return Model(self.tally)

    def who_else(self, shift: str, leaves: str | None = None) -> list[Suggestion]:
        """Who else could hold a shift, the best first, without moving more than one other shift."""
        return suggestions(self.draft, self.mode, shift, leaves)

    def why(self, shift: str, person: str) -> Reason:
        """Why this person holds this shift."""
        others = [found for found in self.who_else(shift, person) if len(found.exchanges) == 1]
        named = {found.comes for found in others} | self._on(shift)
        left, known = tuple(name for name in self.holders.get(shift, ()) if name != person), self._broken
        barred = {
            other.name: said[0]
            for other in self.problem.people
            if other.name not in named
            and (said := forbidding(self.judge, known, {**self.holders, shift: (*left, other.name)}))
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

        `leaves` is who must make room where the shift has several seats; by itself whoever it costs least.
        """
        if said := self._forbidden(shift, person, leaves):
            return Forbidden(person, said)
        p, s = self.tally.grid.place[person], self.tally.grid.shift_place[shift]
        out = None if leaves is None else self.tally.grid.place[leaves]
        start = self._with(p, s, self._who_leaves(s) if out is None else out)
        search = Search(self.tally, self.mode, limits or Limits(), cancellation=cancellation)
        barred = None if out is None else (out, s)
        best, bounds = search.run_near(self._model, start, self.draft.score, locked=(p, s), barred=barred)
        verdict = self.judge.verdict(best)
        told = difference(self.draft.score.costs, verdict.costs)
        plan = Plan.of(self.problem, best, mode=self.mode, costs=verdict.costs)
        return Instead(person, plan, verdict, told, verdict.costs == bounds.costs)

    def _is_fixed(self, shift: str, person: str) -> bool:
        return self.tally.grid.place[person] in self.tally.grid.fixed[self.tally.grid.shift_place[shift]]

    def _fixed_by(self, shift: str, person: str) -> str:
        if (shift, person) in self.judge.ground.pinned:
            return f"{person} is pinned to {shift}."
        return f"{person} was published for {shift}, and it is frozen."

    def _sentence(self, shift: str, person: str, others: list[Suggestion]) -> str:
        if self._is_fixed(shift, person):
            return self._fixed_by(shift, person)
        if not others:
            return f"{person} is the only one who can hold {shift} while the rest of the plan stays."
        best = others[0]
        if not best.difference:
            return f"{best.comes} could hold {shift} as well as {person}: the plan would cost the same."
        return f"With {best.comes}, the next best, instead of {person} the plan would have {in_words(best.difference)}."

    def _on(self, shift: str) -> set[str]:
        return {self.tally.grid.people[p] for p in self.draft.on[self.tally.grid.shift_place[shift]]}

    def _forbidden(self, shift: str, person: str, leaves: str | None) -> tuple[str, ...]:
        """What keeps somebody off a shift whatever the others do, and whatever else they did themselves."""
        verify_holds(self.draft, shift, leaves)
        fixed = [name for name in sorted(self._on(shift)) if self._is_fixed(shift, name)]
        if person in self._on(shift):
            return (f"{person} holds {shift} already.",)
        if leaves in fixed:
            return (self._fixed_by(shift, leaves),)
        if len(fixed) >= self.problem.shift_by_id[shift].people:
            return tuple(self._fixed_by(shift, name) for name in fixed)
        alone = {
            at: tuple(name for name in self._on(at) if name != person or self._is_fixed(at, name))
            for at in self.holders
        }
        known = broken(self.judge, {**alone, shift: tuple(fixed)})
        return tuple(forbidding(self.judge, known, {**alone, shift: (*fixed, person)}))

    def _who_leaves(self, s: int) -> int | None:
        if len(self.draft.on[s]) < self.tally.grid.shifts[s].people:
            return None
        return next((p for p in sorted(self.draft.on[s]) if p not in self.tally.grid.fixed[s]), None)

    def _with(self, p: int, s: int, leaves: int | None) -> Draft:
        """A lawful plan with this person on the shift: what they cannot hold beside it goes to others."""
        grid = self.tally.grid
        draft = Draft(self.tally, self.holders)
        own = [t for t in members(draft.held[p]) if p not in grid.fixed[t]]
        nearest = sorted(own, key=lambda t: (t not in grid.clashes[s], abs(grid.spans[t][0] - grid.spans[s][0])))
        dropped = []
        while draft.weigh(Move(s, leaves, p)) is None:
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
    weightier = set(levels("rebalance")[: levels("rebalance").index("unfairness") + 1])
    is_proven = isinstance(outcome, Optimal) or (isinstance(outcome, Feasible) and not weightier & outcome.gap.keys())
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
