"""Is a plan lawful, and what does it cost? Asked of any plan, whoever drafted it; no solver is asked."""

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

from rotation.balance import exact, half_up, holidays, load, opening_balances, owed_parts, penalty
from rotation.duties import Duties, Ground
from rotation.plan import Costs, Holders, Plan
from rotation.problem import Problem
from rotation.rules import HARD, SOFT, Breach
from rotation.slots import Shift


@dataclass(frozen=True)
class Verdict:
    """What is to be said of a plan.

    violations make it unlawful; flags are rules that history, pins and volunteers have bent, and every cost but
    unfairness, told one by one. Balances are duty-weeks at the plan's end.
    """

    violations: tuple[Breach, ...]
    flags: tuple[Breach, ...]
    costs: Costs
    balances: dict[str, float]

    @property
    def is_lawful(self) -> bool:
        return not self.violations

    @property
    def spread(self) -> float:
        """Largest less smallest balance in duty-weeks, of those who are members at some time of the plan's weeks."""
        return max(self.balances.values()) - min(self.balances.values()) if self.balances else 0.0


def check(plan: Plan) -> Verdict:
    """The verdict on a plan."""
    return Judge(plan.problem).verdict(plan.holders)


class Judge:
    """Judges plans of one problem; what does not depend on the plan is worked out once."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.ground = Ground(problem)
        self._opening = opening_balances(problem)
        self._holidays = {person.name: holidays(problem, person.name) for person in problem.people}
        self._multipliers = {told.shift: exact(told.multiplier) for told in problem.expected_loads}
        self._loads: dict[tuple[str, str], int] = {}
        self._owed = {shift.id: self._owed_of(shift) for shift in problem.shifts}
        begin, end = problem.span
        members = ((name, there.member) for name, there in self.ground.presences.items())
        self._members = [name for name, (since, until) in members if since < end and until > begin]

    def verdict(self, holders: Holders) -> Verdict:
        """Whether a plan in which these people hold these shifts is lawful, and what it costs."""
        duties = Duties(self.ground, holders)
        hard = [breach for rule in HARD for breach in rule.breaches(duties)]
        soft = {level: list(rule.breaches(duties)) for level, rule in SOFT.items()}
        balances = self.balances(duties)
        return Verdict(
            violations=tuple(breach for breach in hard if not breach.is_excused),
            flags=(*(breach for breach in hard if breach.is_excused), *(b for found in soft.values() for b in found)),
            costs=Costs(
                unfairness=sum(penalty(balance) for balance in balances.values()),
                **{level: sum(breach.cost for breach in found) for level, found in soft.items()},
            ),
            balances={name: balance / 1000 for name, balance in balances.items()},
        )

    def balances(self, duties: Duties) -> dict[str, int]:
        """Each member's balance under a plan, in thousandths of a duty-week."""
        balances = Counter(self._opening)
        for duty in duties.planned:
            balances[duty.person] += self.load(duty.person, self.problem.shift_by_id[duty.told])
        for pin in self.problem.pins:
            if pin.is_shadow:
                shift = self.problem.shift_by_id[pin.shift]
                weight = exact(self.problem.role_by_name[shift.role].shadow_weight)
                balances[pin.person] += half_up(weight * self.load(pin.person, shift))
        for shift in self.problem.shifts:
            covered = min(len(duties.holders.get(shift.id, ())), shift.people)
            for name, owed in self._owed[shift.id].items():
                balances[name] -= covered * owed
        return {name: balances[name] for name in self._members}

    def load(self, person: str, shift: Shift) -> int:
        """What a shift weighs for a person, in thousandths of a duty-week."""
        key = person, shift.id
        if key not in self._loads:
            multiplier = self._multipliers.get(shift.id, Fraction(1))
            self._loads[key] = load(self.problem, shift.role, shift.span, self._holidays[person], multiplier)
        return self._loads[key]

    def _owed_of(self, shift: Shift) -> dict[str, int]:
        parts = owed_parts(self.problem, self.ground.presences, shift.role, shift.span)
        return {name: half_up(part * self.load(name, shift)) for name, part in parts.items()}
