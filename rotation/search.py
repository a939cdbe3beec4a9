"""The search itself: walks first, then CP-SAT level by level, within its limits."""

from time import monotonic
from typing import Literal

from ortools.sat.python import cp_model

from rotation.draft import Draft
from rotation.model import Model
from rotation.outcome import Cancellation, Limits, Progress, Watcher
from rotation.plan import Holders, levels
from rotation.problem import Mode
from rotation.tally import Score, Tally
from rotation.walk import Gait, Held, Walk

Question = Literal["better", "bound", "at bound", "walk"]
_FOUND = (cp_model.OPTIMAL, cp_model.FEASIBLE)
# What is asked about a level, and which part of its effort that may take. Mostly the bound is true long before a plan
# that reaches it is met, and such a plan is found sooner by asking for nothing less, in several ways.
QUESTIONS: tuple[tuple[Question, float], ...] = (
    *(("better", 0.01), ("at bound", 0.04), ("bound", 0.04), ("at bound", 0.04), ("at bound", 0.06), ("walk", 0)),
    *(("better", 0.12), ("at bound", 0.1), ("bound", 0.2), ("walk", 0), ("better", 0.8)),
)
HOPE = 5  # a bound below this part of the cost is too low to aim at
LEGS = 6
GAITS = (Gait(0.01, 0.02), Gait(0.03, 0.1), Gait(0.3, 0.0), Gait(1.0, 0.02))  # short walks have the first


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

    def run(self, start: Draft, *, is_near: bool = False) -> tuple[Holders, Score]:
        """The best plan found from a lawful one, and below what each of its costs cannot fall.

        From a plan that is near the best no way round by what was published is taken.
        """
        self._deadline = monotonic() + self.limits.seconds
        # Plans near what was published are seldom met on the way down from others.
        best = Found(self.tally, start.holders)
        if self.tally.grid.published and self.mode != "minimal change" and not is_near:
            best = self._walked(best, mode="minimal change")
        best = self._walked(best)
        bounds = dict.fromkeys(self._levels, 0)
        if any(best.score) and not self._is_over():
            best = self._prove(best, bounds)
        return best.holders, Score(**bounds)

    def _is_over(self) -> bool:
        return self.cancellation.is_asked or monotonic() >= self._deadline

    def _walked(self, start: Found, depth: int = 0, mode: Mode | None = None) -> Found:
        """The best plan met on walks that let no level rise, one for each level that costs anything."""
        best, mode = start, mode or self.mode
        for level, name in enumerate(levels(mode)):
            if level >= depth and getattr(best.score, name) and not self._is_over():
                best = self._walk(best, mode, level)
                self._tell(name, best.score, 0)
        return best

    def _walk(self, start: Found, mode: Mode, level: int) -> Found:
        walk = Walk(start.draft, mode, self.limits.seed, self.locked, self.barred)
        walk.run(level + 1, GAITS[0], self._is_over)
        return Found(self.tally, walk.best)

    def _walked_to(self, start: Found, level: int, target: int) -> Found:
        """After a long walk on one level, now in this gait and now in that, until it costs no more than the target."""
        name = self._levels[level]
        walk = Walk(start.draft, self.mode, self.limits.seed + 1, self.locked, self.barred)
        for leg in range(LEGS):
            walk.run(level + 1, GAITS[leg % len(GAITS)], self._is_over, target)
            best = Found(self.tally, walk.best)
            if getattr(best.score, name) <= target or self._is_over():
                break
        return self._walked(best, level + 1) if getattr(best.score, name) < getattr(start.score, name) else best

    def _prove(self, best: Found, bounds: dict[str, int]) -> Found:
        model = Model(self.tally)
        model.restrict(self.locked, self.barred)
        for depth, level in enumerate(self._levels):
            for number, (question, part) in enumerate(QUESTIONS):
                if getattr(best.score, level) <= bounds[level] or self._is_over():
                    break
                if question == "walk":
                    best = self._walked_to(best, depth, bounds[level])
                    continue
                bounds[level], better = self._asked(model, level, best, bounds[level], (question, part, number))
                best = self._walked(better, depth + 1) if better else best
            model.cap(level, getattr(best.score, level))
            self._tell(level, best.score, bounds[level])
        return best

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
        # Cuts raise bounds, and the one aimed at is mostly as high as it will be. Ways that differ meet a plan sooner.
        if is_aimed and number % 3:
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
