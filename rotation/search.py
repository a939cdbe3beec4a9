"""The search itself: walks first, then CP-SAT level by level, within its limits."""

from time import monotonic

from ortools.sat.python import cp_model

from rotation.draft import Draft
from rotation.model import Model
from rotation.outcome import Cancellation, Limits, Progress, Watcher
from rotation.plan import Holders, levels
from rotation.problem import Mode
from rotation.tally import Score, Tally
from rotation.walk import Gait, Held, Walk

_FOUND = (cp_model.OPTIMAL, cp_model.FEASIBLE)
SLICES = (0.03, 0.27, 0.7)  # of a level's effort; walks lie between them
LEGS = 12
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
            for part in SLICES:
                bounds[level], better = self._improved(model, level, best, part)
                if better:
                    best = self._walked(better, depth + 1)
                if getattr(best.score, level) == bounds[level] or self._is_over():
                    break
                best = self._walked_to(best, depth, bounds[level])
            model.cap(level, getattr(best.score, level))
            self._tell(level, best.score, bounds[level])
        return best

    def _improved(self, model: Model, level: str, best: Found, part: float) -> tuple[int, Found | None]:
        """Below what a level cannot fall, and a plan that costs less there if one was found."""
        value = getattr(best.score, level)
        if not value or self._is_over():
            return 0, None
        model.seek(level, value - 1, best.draft.on)
        solver = self._solver(part)
        self.cancellation.calls(solver.stop_search)
        status = solver.solve(model.cp, _Listener(self, model, level) if self.watcher else None)
        if status == cp_model.MODEL_INVALID:
            raise AssertionError(f"the planner's model is invalid: {model.cp.validate()}")
        if status == cp_model.INFEASIBLE:
            return value, None
        # Where nothing was found in time the solver's objective value means nothing; its bound still does.
        bound = min(value, max(0, round(solver.best_objective_bound)))
        if status not in _FOUND:
            return bound, None
        return bound, Found(self.tally, model.read(solver.response_proto.solution))

    def _solver(self, part: float) -> cp_model.CpSolver:
        solver = cp_model.CpSolver()
        told = solver.parameters
        told.random_seed, told.num_workers = self.limits.seed, self.limits.workers
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
