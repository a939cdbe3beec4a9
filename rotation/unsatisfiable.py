"""Which rules cannot all be kept: a smallest set of them, so that any one less would do.

Every rule that somebody could give up stands behind a literal that is assumed. The solver names a set of assumptions
that contradict each other; of these each is left out in turn, and stays out if the rest contradict each other still.
One worker and no presolve: with either the solver has named all of them, or ones that were never assumed.
"""

from collections import defaultdict

from ortools.sat.python import cp_model

from rotation.problem import Problem
from rotation.tally import Tally

EFFORT = 5.0  # deterministic time for each question


class UndecidedError(Exception):
    """Whether rules contradict each other could not be found out within the time."""


def contradictory_rules(problem: Problem) -> tuple[str, ...]:
    """A minimal set of rules, in sentences, that no plan keeps; empty where all seats can be filled.

    Raises UndecidedError where the solver takes too long.
    """
    rules = _Rules(Tally(problem))
    core = rules.contradiction(list(rules.sentences))
    for literal in list(core):
        left = [other for other in core if other != literal]
        if left and (smaller := rules.contradiction(left)):
            core = [other for other in core if other in smaller]
    return tuple(rules.sentences[literal] for literal in sorted(core))


class _Rules:
    """The hard rules, each behind a literal; `sentences` says what each stands for."""

    def __init__(self, tally: Tally) -> None:
        self.tally, self.grid = tally, tally.grid
        self.cp = cp_model.CpModel()
        self.sentences: dict[int, str] = {}
        self._literals: dict[str, cp_model.IntVar] = {}
        self.x: dict[tuple[int, int], cp_model.IntVar] = {}
        for s, shift in enumerate(self.grid.shifts):
            for p, person in enumerate(self.grid.problem.people):
                if shift.role in person.roles or p in self.grid.fixed[s]:
                    self.x[p, s] = self.cp.new_bool_var("")
        self._cover()
        self._away()
        self._pins()
        self._exclusions()
        for p in range(len(self.grid.people)):
            self._weeks(p)

    def contradiction(self, assumed: list[int]) -> list[int]:
        """Assumptions that contradict each other, of these; none where all can be kept."""
        self.cp.clear_assumptions()
        self.cp.add_assumptions([self._by_index[index] for index in assumed])
        solver = cp_model.CpSolver()
        solver.parameters.num_workers, solver.parameters.cp_model_presolve = 1, False
        solver.parameters.max_deterministic_time = EFFORT
        status = solver.solve(self.cp)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return []
        if status != cp_model.INFEASIBLE:
            raise UndecidedError("the solver needs longer to tell which rules contradict each other")
        named = set(solver.sufficient_assumptions_for_infeasibility())
        # What it names is believed only if it is among what was assumed.
        return [index for index in assumed if index in named] if named and named <= set(assumed) else assumed

    @property
    def _by_index(self) -> dict[int, cp_model.IntVar]:
        return {literal.index: literal for literal in self._literals.values()}

    def _rule(self, sentence: str) -> cp_model.IntVar:
        if sentence not in self._literals:
            self._literals[sentence] = self.cp.new_bool_var("")
            self.sentences[self._literals[sentence].index] = sentence
        return self._literals[sentence]

    def _cover(self) -> None:
        for s, shift in enumerate(self.grid.shifts):
            held = [self.x[p, at] for p, at in self.x if at == s]
            people = "somebody holds" if shift.people == 1 else f"{shift.people} people hold"
            self.cp.add(sum(held) >= shift.people).only_enforce_if(self._rule(f"{people} {shift.id}"))
            self.cp.add(sum(held) <= shift.people)

    def _away(self) -> None:
        for (p, s), x in self.x.items():
            if p not in self.grid.fixed[s] and not self.grid.can_hold(p, s):
                rule = self._rule(f"{self.grid.people[p]} is away for {self.grid.shifts[s].id}")
                self.cp.add(x == 0).only_enforce_if(rule)

    def _pins(self) -> None:
        for s, fixed in enumerate(self.grid.fixed):
            for p in fixed:
                why = "is pinned to" if (p, s) in self.grid.pins else "was published, and is frozen, for"
                rule = self._rule(f"{self.grid.people[p]} {why} {self.grid.shifts[s].id}")
                self.cp.add(self.x[p, s] == 1).only_enforce_if(rule)

    def _exclusions(self) -> None:
        grid = self.grid
        for (p, s), x in self.x.items():
            for other in grid.clashes[s]:
                is_given = p in grid.fixed[s] and p in grid.fixed[other]
                if other > s and (p, other) in self.x and not is_given:
                    rule = self._rule(_excluding(grid.roles[s].name, grid.roles[other].name))
                    self.cp.add(x + self.x[p, other] <= 1).only_enforce_if(rule)
        for p, role, span in grid.past:
            for s in range(len(grid.shifts)):
                at_once = max(span[0], grid.spans[s][0]) < min(span[1], grid.spans[s][1])
                excluded = frozenset((role.name, grid.roles[s].name)) in grid.excluding
                if at_once and excluded and (p, s) in self.x and p not in grid.fixed[s]:
                    rule = self._rule(_excluding(role.name, grid.roles[s].name))
                    self.cp.add(self.x[p, s] == 0).only_enforce_if(rule)

    def _weeks(self, p: int) -> None:
        succession = self.tally.succession
        hours: dict[int, list[cp_model.LinearExprT]] = defaultdict(list)
        for week, taken in succession.past_hours[p].items():
            hours[week].append(taken)
        for (q, s), x in self.x.items():
            for week, taken in succession.hours[s] if q == p else ():
                hours[week].append(taken * x)
        duty = {week: self._duty_week(terms, succession.length[week]) for week, terms in hours.items()}
        given = self.tally.given_weeks[p]
        for week in duty:
            run = {week, week + 1, week + 2}
            is_lifted = any((p, at) in succession.volunteered for at in run)
            is_given = all(given >> at & 1 for at in run)
            if run <= duty.keys() and not is_given and not is_lifted:
                rule = self._rule(f"{self.grid.people[p]} is never on duty in three weeks in a row")
                self.cp.add(sum(duty[at] for at in run) <= 2).only_enforce_if(rule)

    def _duty_week(self, terms: list[cp_model.LinearExprT], length: int) -> cp_model.IntVar:
        """At least 1 where these hours are more than half of the week."""
        is_duty = self.cp.new_bool_var("")
        self.cp.add(2 * sum(terms) <= length).only_enforce_if(~is_duty)
        return is_duty


def _excluding(*roles: str) -> str:
    one, other = sorted(roles)
    return f"nobody holds {one} and {other} at once"
