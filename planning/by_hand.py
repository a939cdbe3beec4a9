"""What a person does to a plan: exchanges people, locks a seat, lets somebody volunteer, changes what is known.

Whoever is put somewhere by hand is locked there, so that the next search leaves them; a frozen week is no obstacle to
a person. Each change gives another plan, for `rotation.check` to judge.
"""

from collections.abc import Iterable
from typing import Any

from rotation.draft import Draft
from rotation.explain import Explainer
from rotation.plan import Holders, Plan
from rotation.problem import Pin, Problem
from rotation.suggestions import Exchange

BY_HAND = "chosen by hand"


def standing(problem: Problem) -> Plan:
    """What is announced for the plan's weeks, as a plan."""
    holders: dict[str, tuple[str, ...]] = {}
    for entry in problem.announced:
        holders[entry.shift] = (*holders.get(entry.shift, ()), entry.person)
    return Plan.of(problem, holders, mode="minimal change")


def moved_to(plan: Plan, problem: Problem) -> Plan:
    """The same people on the same shifts of a changed problem, in so far as it has them; not judged, not proven."""
    known = problem.person_by_name
    kept = {
        shift: tuple(name for name in people if name in known)[: problem.shift_by_id[shift].people]
        for shift, people in plan.holders.items()
        if shift in problem.shift_by_id
    }
    return Plan.of(problem, kept, mode=plan.mode)


def exchanged(plan: Plan, exchanges: Iterable[Exchange], *, is_volunteer: bool = False) -> Plan:
    """The plan after these exchanges, those who came being locked where they are."""
    exchanges, pins = tuple(exchanges), list(plan.problem.pins)
    for one in exchanges:
        gone = {(one.shift, one.leaves), (one.shift, one.comes)}
        pins = [pin for pin in pins if pin.is_shadow or (pin.shift, pin.person) not in gone]
        pins.append(Pin(person=one.comes, shift=one.shift, reason=BY_HAND, is_volunteer=is_volunteer))
    return _with(plan, tuple(pins), after(plan.holders, exchanges))


def locked(plan: Plan, shift: str, person: str) -> Plan:
    if is_locked(plan.problem, shift, person):
        return plan
    pin = Pin(person=person, shift=shift, reason=BY_HAND)
    return _with(plan, (*plan.problem.pins, pin), plan.holders)


def unlocked(plan: Plan, shift: str, person: str) -> Plan:
    kept = (pin for pin in plan.problem.pins if pin.is_shadow or (pin.shift, pin.person) != (shift, person))
    return _with(plan, tuple(kept), plan.holders)


def all_locked(plan: Plan) -> Plan:
    """The plan with everybody who still holds what was published for them locked there."""
    for entry in plan.problem.announced:
        if entry.person in plan.holders.get(entry.shift, ()):
            plan = locked(plan, entry.shift, entry.person)
    return plan


def is_locked(problem: Problem, shift: str, person: str) -> bool:
    return any((pin.shift, pin.person) == (shift, person) and not pin.is_shadow for pin in problem.pins)


def _with(plan: Plan, pins: tuple[Pin, ...], holders: Holders) -> Plan:
    return Plan.of(plan.problem.changed(pins=pins), holders, mode=plan.mode)


def explainer(plan: Plan, shift: str) -> Explainer:
    """Who answers about one shift as a person may change it: its own locks and the freeze do not bind."""
    problem = plan.problem
    pins = tuple(pin for pin in problem.pins if pin.is_shadow or pin.shift != shift)
    if pins != problem.pins or problem.frozen_until:
        problem = problem.changed(pins=pins, frozen_until=None)
    return Explainer(problem, plan.holders, plan.mode)


def after(holders: Holders, exchanges: Iterable[Exchange]) -> dict[str, tuple[str, ...]]:
    """Who holds what after these exchanges."""
    changed: dict[str, tuple[str, ...]] = dict(holders)
    for one in exchanges:
        changed[one.shift] = (*(name for name in changed.get(one.shift, ()) if name != one.leaves), one.comes)
    return changed


def spread_after(asked: Explainer, exchanges: Iterable[Exchange]) -> float:
    """The largest balance less the smallest after these exchanges, in duty-weeks; told in milliseconds."""
    made = Draft(asked.tally, after(asked.holders, exchanges))
    balances = [made.balance(p) for p, is_member in enumerate(asked.tally.grid.is_member) if is_member]
    return (max(balances) - min(balances)) / 1000 if balances else 0.0


def with_person(problem: Problem, name: str, **told: Any) -> Problem:
    """The problem with one person changed. Raises ValueError."""
    people = tuple(
        type(one)(**({field: getattr(one, field) for field in type(one).model_fields} | told))
        if one.name == name else one
        for one in problem.people
    )  # fmt: skip
    return problem.changed(people=people)


def with_somebody_new(problem: Problem, name: str, **told: Any) -> Problem:
    """The problem with one person more, in the team's zone. Raises ValueError for a name that somebody has."""
    return problem.changed(people=(*problem.people, {"name": name, "zone": problem.zone, **told}))


def with_role(problem: Problem, name: str, **told: Any) -> Problem:
    """The problem with one role changed. Raises ValueError."""
    roles = tuple(
        type(one)(**({field: getattr(one, field) for field in type(one).model_fields} | told))
        if one.name == name else one
        for one in problem.roles
    )  # fmt: skip
    return problem.changed(roles=roles)


def complaint(error: ValueError) -> str:
    """What is wrong, for the person who typed it."""
    told = getattr(error, "errors", None)  # those of pydantic, which wraps what is wrong in words about itself
    return "; ".join(one["msg"].removeprefix("Value error, ") for one in told()) if told else str(error)
