"""The search itself: walks, then level by level groups of people who share out anew, and proofs, within its limits."""

from time import monotonic
from typing import Literal

from ortools.sat.python import cp_model

from rotation.draft import Draft, Held
from rotation.model import ANY, Model
from rotation.neighbourhood import Neighbourhoods
from rotation.outcome import Cancellation, Limits, Progress, Watcher
from rotation.plan import Holders, levels
from rotation.problem import Mode
from rotation.tally import Score, Tally
from rotation.walk import Walk

Question = Literal["groups", "bound", "at bound", "better"]
_FOUND = (cp_model.OPTIMAL, cp_model.FEASIBLE)
# What is asked about a level, and which part of its effort that may take; of groups, how many may fail in a row, for
# each person of the team. Groups find the best plan mostly; that it is, or how far it may be, is asked of everybody.
QUESTIONS: tuple[tuple[Question, float], ...] = (
    *(("bound", 0.01), ("groups", 0.5), ("bound", 0.05), ("groups", 0.5), ("bound", 0.15), ("at bound", 0.04)),
    *(("groups", 2), ("bound", 0.2), ("groups", 4), ("better", 0.1), ("at bound", 0.1), ("better", 0.8)),
)
MOMENT = 0.003  # the part of the effort that one group may take
LEAPS = 8  # groups that are asked for a plan as good as is hoped
HOPE = 5  # a bound below this part of the cost is too low to aim at


class Found:
    """A plan with its score."""

    def __init__(self, tally: Tally, holders: Holders) -> None:
        self.holders = holders
        self.draft = Draft(tally, holders)
        self.score = self.draft.score


class Search:
    """Looks for the best plan of a problem, once; time begins to run when it is made."""

    def __init__(
        self,
        tally: Tally,
        mode: Mode,
        limits: Limits,
        watcher: Watcher | None = None,
        cancellation: Cancellation | None = None,
    ) -> None:
        self.tally, self.mode, self.limits = tally, mode, limits
        self.watcher, self.cancellation = watcher, cancellation or Cancellation()
        self._levels = levels(mode)
        self._deadline = monotonic() + limits.seconds

    def run(self, start: Draft) -> tuple[Holders, Score]:
        """The best plan found from a lawful one, and below what each of its costs cannot fall."""
        best = self._walked(Found(self.tally, start.holders))
        if not any(best.score) or self._is_over():
            return best.holders, Score(0, 0, 0, 0, 0, 0)
        return self._proven(Model(self.tally), best, frozenset())

    def run_near(
        self, model: Model, start: Draft, hoped: Score, *, locked: Held, barred: Held | None
    ) -> tuple[Holders, Score]:
        """As `run`, of the plans with somebody on a shift, and perhaps somebody else not.

        The start is such a plan. A few people at most should have to share out anew to make it as good as is hoped.
        """
        model.restrict([locked], [barred] if barred else [])
        concerned = frozenset({locked[0], *start.on[locked[1]], *([barred[0]] if barred else [])})
        best = self._leapt(model, Found(self.tally, start.holders), hoped, concerned)
        return self._proven(model, best, concerned)

    def _is_over(self) -> bool:
        return self.cancellation.is_asked or monotonic() >= self._deadline

    def _walked(self, start: Found) -> Found:
        """The best plan met on walks that let no level rise, one for each level that costs anything."""
        best = start
        for level, name in enumerate(self._levels):
            if getattr(best.score, name) and not self._is_over():
                walk = Walk(best.draft, self.mode, self.limits.seed)
                walk.run(level + 1, self._is_over)
                best = Found(self.tally, walk.best)
                self._tell(name, best.score, 0)
        return best

    def _leapt(self, model: Model, start: Found, hoped: Score, concerned: frozenset[int]) -> Found:
        """A plan as good as is hoped on all levels but the last, if a group can make one of the start."""
        last = self._levels[-1]
        for level in self._levels:
            model.cap(level, getattr(hoped, level) if level != last else ANY)
        groups = Neighbourhoods(self.limits.seed, concerned)
        for tried in range(LEAPS):
            if self._is_over():
                break
            group = groups.drawn(start.draft, last, tried / LEAPS)
            if found := self._shared(model, group, start, last, tried):
                return min(start, found, key=lambda plan: plan.score.in_order(self.mode))
        return start

    def _proven(self, model: Model, best: Found, concerned: frozenset[int]) -> tuple[Holders, Score]:
        """Level by level the best plan, and below what each level cannot fall while those above stay as they are."""
        bounds = dict.fromkeys(self._levels, 0)
        model.among_all()
        for level in self._levels:
            model.cap(level, ANY)
        for level in self._levels:
            for number, (question, part) in enumerate(QUESTIONS):
                if getattr(best.score, level) <= bounds[level] or self._is_over():
                    break
                if question == "groups":
                    groups = Neighbourhoods(self.limits.seed + number, concerned)
                    best = self._shared_anew(model, groups, level, best, bounds[level], part)
                else:
                    bounds[level], better = self._asked(model, level, best, bounds[level], (question, part, number))
                    best = better or best
            model.cap(level, getattr(best.score, level))
            self._tell(level, best.score, bounds[level])
        return best.holders, Score(**bounds)

    def _shared_anew(
        self, model: Model, groups: Neighbourhoods, level: str, best: Found, bound: int, patience: float
    ) -> Found:
        """What groups make of a plan, one after another, until too many in a row can better nothing."""
        patience, vain = patience * len(best.draft.held), 0
        while vain < patience and getattr(best.score, level) > bound and not self._is_over():
            group = groups.drawn(best.draft, level, vain / patience)
            found = self._shared(model, group, best, level, vain, getattr(best.score, level) - 1)
            best, vain = (found, 0) if found else (best, vain + 1)
        model.among_all()
        return best

    def _shared(
        self, model: Model, group: set[int], best: Found, level: str, number: int, most: int = ANY
    ) -> Found | None:
        """A plan that costs no more than so much on a level, if a group can make one of theirs; the rest stays."""
        model.among(group, best.draft.on)
        model.seek(level, most, best.draft.on)
        solver = self._solver(MOMENT, number)
        return self._read(model, solver, self._solved(model, level, solver))

    def _asked(
        self, model: Model, level: str, best: Found, bound: int, how: tuple[Question, float, int]
    ) -> tuple[int, Found | None]:
        """Below what a level cannot fall, and a plan that costs less there if one was found."""
        value, (question, part, number) = getattr(best.score, level), how
        solver = self._solver(part, number)
        if question == "at bound":
            if HOPE * bound < value:
                return bound, None
            model.aim(level, bound)
            # Cuts raise bounds, and the one aimed at is mostly as high as it will be.
            solver.parameters.cut_level, solver.parameters.add_lp_constraints_lazily = 0, False
        else:
            model.seek(level, value - 1, best.draft.on)
            solver.parameters.optimize_with_lb_tree_search = question == "bound"
            # Mostly this way is sooner at the end; a way that fails is not tried twice in a row.
            solver.parameters.add_lp_constraints_lazily = question != "bound" or number % 4 == 2
        status = self._solved(model, level, solver)
        if status == cp_model.INFEASIBLE:
            return bound + 1 if question == "at bound" else value, None
        # Where nothing was found in time the solver's objective value means nothing; its bound still does.
        if question != "at bound":
            bound = max(bound, min(value, round(solver.best_objective_bound)))
        return bound, self._read(model, solver, status)

    def _read(self, model: Model, solver: cp_model.CpSolver, status: int) -> Found | None:
        return Found(self.tally, model.read(solver.response_proto.solution)) if status in _FOUND else None

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
        # Probing and symmetries cost these models more time than they save.
        told.linearization_level, told.cp_model_probing_level, told.symmetry_level = 2, 0, 0
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
