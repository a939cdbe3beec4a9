"""The search itself: walks first, then CP-SAT level by level, within its limits."""

from time import monotonic
from typing import Literal

from ortools.sat.python import cp_model

from rotation.draft import Draft
from rotation.model import ANY, Model
from rotation.neighbourhood import Neighbourhoods
from rotation.outcome import Cancellation, Limits, Progress, Watcher
from rotation.plan import Holders, levels
from rotation.problem import Mode
from rotation.tally import Score, Tally
from rotation.walk import Gait, Held, Walk

Question = Literal["group", "bound", "better", "at bound"]
_FOUND = (cp_model.OPTIMAL, cp_model.FEASIBLE)
# What is asked about a level, and which part of its effort each question may take: of groups of people first, which
# find the best plan mostly, then of everybody, which proves that it is.
QUESTIONS: tuple[tuple[Question, float], ...] = (
    *(("bound", 0.01), ("group", 12), ("bound", 0.04), ("group", 18), ("bound", 0.15), ("at bound", 0.04)),
    *(("group", 48), ("bound", 0.2), ("group", 96), ("better", 0.1), ("at bound", 0.1), ("better", 0.8)),
)
MOMENT = 0.005  # the part of the effort that one group may take
LEAPS = 8  # groups that are asked for a plan as good as is hoped
HOPE = 5  # a bound below this part of the cost is too low to aim at
GAIT = Gait(0.01, 0.02)


class Found:
    """A plan with its score."""

    def __init__(self, tally: Tally, holders: Holders) -> None:
        self.holders = holders
        self.draft = Draft(tally, holders)
        self.score = self.draft.score


class Search:
    """Looks for the best plan of a problem. `locked` people stay on a shift, `barred` ones never come there."""

    def __init__(
        self,
        tally: Tally,
        mode: Mode,
        limits: Limits,
        watcher: Watcher | None = None,
        cancellation: Cancellation | None = None,
        *,
        locked: frozenset[Held] = frozenset(),
        barred: frozenset[Held] = frozenset(),
    ) -> None:
        self.tally, self.mode, self.limits = tally, mode, limits
        self.watcher, self.cancellation = watcher, cancellation or Cancellation()
        self.locked, self.barred = locked, barred
        self._levels = levels(mode)

    def run(self, start: Draft) -> tuple[Holders, Score]:
        """The best plan found from a lawful one, and below what each of its costs cannot fall."""
        self._deadline = monotonic() + self.limits.seconds
        return self._proven(self._walked(Found(self.tally, start.holders)), Model(self.tally))

    def run_near(self, start: Draft, model: Model, hoped: Score) -> tuple[Holders, Score]:
        """As `run`, where the start is a few changes away from a plan that costs no more than is hoped."""
        self._deadline = monotonic() + self.limits.seconds
        return self._proven(self._leapt(Found(self.tally, start.holders), model, hoped), model)

    def _is_over(self) -> bool:
        return self.cancellation.is_asked or monotonic() >= self._deadline

    def _walked(self, start: Found) -> Found:
        """The best plan met on walks that let no level rise, one for each level that costs anything."""
        best = start
        for level, name in enumerate(self._levels):
            if getattr(best.score, name) and not self._is_over():
                best = self._walk(best, level)
                self._tell(name, best.score, 0)
        return best

    def _walk(self, start: Found, level: int) -> Found:
        walk = Walk(start.draft, self.mode, self.limits.seed, self.locked, self.barred)
        walk.run(level + 1, GAIT, self._is_over)
        return Found(self.tally, walk.best)

    def _leapt(self, start: Found, model: Model, hoped: Score) -> Found:
        """A plan as good as is hoped on all levels but the last, if a few people can make one of the start."""
        self._begin(model)
        for level in self._levels[:-1]:
            model.cap(level, getattr(hoped, level))
        groups = Neighbourhoods(self.limits.seed, frozenset(p for p, s in self.locked | self.barred))
        for tried in range(LEAPS):
            if self._is_over():
                break
            group = groups.drawn(start.draft, self._levels[-1], tried / LEAPS)
            if found := self._among(model, group, start, self._levels[-1], tried):
                return found
        return start

    def _begin(self, model: Model) -> None:
        model.restrict(self.locked, self.barred)
        for level in self._levels:
            model.cap(level, ANY)
        model.among_all()

    def _proven(self, best: Found, model: Model) -> tuple[Holders, Score]:
        bounds = dict.fromkeys(self._levels, 0)
        self._begin(model)
        for level in self._levels:
            for number, (question, part) in enumerate(QUESTIONS):
                if getattr(best.score, level) <= bounds[level] or self._is_over():
                    break
                if question == "group":
                    best = self._shared_anew(model, level, best, bounds[level], (part, number))
                    continue
                bounds[level], better = self._asked(model, level, best, bounds[level], (question, part, number))
                best = better or best
            model.cap(level, getattr(best.score, level))
            self._tell(level, best.score, bounds[level])
        return best.holders, Score(**bounds)

    def _shared_anew(self, model: Model, level: str, best: Found, bound: int, how: tuple[float, int]) -> Found:
        """A better plan, by groups of people who share out their shifts anew, ever more of them where that is vain."""
        patience, number = how
        groups = Neighbourhoods(self.limits.seed + number, frozenset(p for p, _ in self.locked))
        vain = 0
        while vain < patience and getattr(best.score, level) > bound and not self._is_over():
            group = groups.drawn(best.draft, level, vain / patience)
            found = self._among(model, group, best, level, number, getattr(best.score, level) - 1)
            best, vain = (found, 0) if found else (best, vain + 1)
        model.among_all()
        return best

    def _among(
        self, model: Model, group: set[int], best: Found, level: str, number: int, most: int = ANY
    ) -> Found | None:
        """A plan that costs no more on a level, if a group of people can make one of theirs."""
        model.among(group, best.draft.on)
        model.seek(level, most, best.draft.on)
        solver = self._solver(MOMENT, number)
        is_found = self._solved(model, level, solver) in _FOUND
        return Found(self.tally, model.read(solver.response_proto.solution)) if is_found else None

    def _asked(
        self, model: Model, level: str, best: Found, bound: int, how: tuple[Question, float, int]
    ) -> tuple[int, Found | None]:
        """Below what a level cannot fall, and a plan that costs less there if one was found."""
        value, (question, part, number) = getattr(best.score, level), how
        is_aimed = question == "at bound"
        if is_aimed and HOPE * bound < value:
            return bound, None
        if is_aimed:
            model.aim(level, bound)
        else:
            model.seek(level, value - 1, best.draft.on)
        solver = self._solver(part, number)
        solver.parameters.optimize_with_lb_tree_search = question == "bound"
        solver.parameters.add_lp_constraints_lazily = question != "bound"
        # Cuts raise bounds, and the one aimed at is mostly as high as it will be. Ways that differ meet a plan sooner.
        if is_aimed:
            solver.parameters.cut_level, solver.parameters.add_lp_constraints_lazily = 0, False
        status = self._solved(model, level, solver)
        if status == cp_model.INFEASIBLE:
            return bound + 1 if is_aimed else value, None
        # Where nothing was found in time the solver's objective value means nothing; its bound still does.
        if not is_aimed:
            bound = max(bound, min(value, round(solver.best_objective_bound)))
        return bound, Found(self.tally, model.read(solver.response_proto.solution)) if status in _FOUND else None

    def _solved(self, model: Model, level: str, solver: cp_model.CpSolver) -> int:
        self.cancellation.calls(solver.stop_search)
        status = solver.solve(model.cp, _Listener(self, model, level) if self.watcher else None)
        if status == cp_model.MODEL_INVALID:
            raise AssertionError(f"the planner's model is invalid: {model.cp.validate()}")
        return int(status)

    def _solver(self, part: float, number: int) -> cp_model.CpSolver:
        solver = cp_model.CpSolver()
        told = solver.parameters
        told.random_seed, told.num_workers = self.limits.seed + number, self.limits.workers
        told.max_deterministic_time = self.limits.effort * part
        # Half of what is left: a level that does not close must leave time for those below it.
        told.max_time_in_seconds = max(0.0, (self._deadline - monotonic()) / 2)
        told.linearization_level = 2
        # Each neither helps with these models nor is for nothing.
        told.cp_model_probing_level, told.symmetry_level = 0, 0
        return solver

    def _tell(self, level: str, score: Score, bound: int) -> None:
        if self.watcher:
            self.watcher(Progress(level, score.costs, bound))


class _Listener(cp_model.CpSolverSolutionCallback):
    """Passes on each better plan that the solver finds."""

    def __init__(self, search: Search, model: Model, level: str) -> None:
        super().__init__()
        self._search, self._model, self._level = search, model, level

    def on_solution_callback(self) -> None:
        draft = Draft(self._search.tally, self._model.read(self.response_proto.solution))
        self._search._tell(self._level, draft.score, max(0, round(self.best_objective_bound)))
