"""Each rule by itself: kept, broken, and bent by what the plan cannot help."""

from typing import Any

import pytest

from rotation.check import Judge, Verdict
from rotation.problem import Problem
from rotation.rules import Breach
from tests.rotation.problems import monday, team, week


def judged(problem: Problem, *holders: str | tuple[str, ...], role: str = "duty") -> Verdict:
    """The verdict on a plan told as who holds the shifts of a role, one after another; "" is nobody."""
    shifts = [shift.id for shift in problem.shifts if shift.role == role]
    held = [(name,) if isinstance(name, str) else name for name in holders]
    return Judge(problem).verdict({shift: tuple(filter(None, p)) for shift, p in zip(shifts, held, strict=True)})


def told(breaches: tuple[Breach, ...], rule: str) -> list[str]:
    return [breach.sentence for breach in breaches if breach.rule == rule]


def pin(person: str, number: int, **more: Any) -> dict[str, Any]:
    return {"person": person, "shift": week(number), **more}


def held(person: str, number: int, role: str = "duty", weeks: int = 1) -> dict[str, Any]:
    return {"person": person, "role": role, "since": monday(number), "until": monday(number + weeks)}


def test_a_plan_that_keeps_every_rule_costs_nothing() -> None:
    verdict = judged(team("Ana", "Bo"), "Ana", "Bo", "Ana", "Bo")
    assert verdict.is_lawful and not verdict.flags
    assert verdict.costs.in_order("rebalance") == (0,) * 6


@pytest.mark.parametrize(
    ("holders", "sentence"),
    [
        (("Ana", ("Bo", "Ana")), "duty/2026-11-09 has 1 seat, but the plan puts 2 people on it."),
        (("Ana", "Zed"), "Zed, on duty/2026-11-09, is not among the people."),
        (("Ana", ("Bo", "Bo")), "Bo sits twice on duty/2026-11-09."),
    ],
)
def test_seats(holders: tuple[Any, ...], sentence: str) -> None:
    assert sentence in told(judged(team("Ana", "Bo", weeks=2), *holders).violations, "seats")


def test_a_shift_of_nowhere_is_refused() -> None:
    verdict = Judge(team("Ana")).verdict({"duty/1999-01-01": ("Ana",)})
    assert told(verdict.violations, "seats") == ["There is no shift duty/1999-01-01."]


def test_only_those_who_may_hold_a_role_do() -> None:
    people = [{"name": "Ana", "roles": ["duty"]}, {"name": "Bo", "trains_for": ["duty"]}, {"name": "Cy"}]
    verdict = judged(team(people=people, weeks=3), "Ana", "Bo", "Cy")
    assert told(verdict.violations, "eligible") == [
        "Bo only trains for duty.",
        "Cy is not among those who may hold duty.",
    ]


def test_a_pinned_stranger_to_the_role_is_flagged_and_covers() -> None:
    people = [{"name": "Ana", "roles": ["duty"]}, {"name": "Cy"}]
    verdict = judged(team(people=people, weeks=2, pins=[pin("Cy", 1)]), "Ana", "Cy")
    assert verdict.is_lawful and verdict.costs.uncovered == 0
    assert told(verdict.flags, "eligible") == ["Cy is not among those who may hold duty, as is pinned."]


def test_nobody_is_on_duty_while_away() -> None:
    people = [
        {"name": "Ana", "roles": ["duty"], "left": monday(1)},
        {"name": "Bo", "roles": ["duty"], "joined": monday(2)},
        {"name": "Cy", "roles": ["duty"]},
    ]
    absences = [{"person": "Cy", "since": monday(2), "until": "2026-11-18T12:00Z"}]
    verdict = judged(team(people=people, weeks=3, absences=absences), "Ana", "Bo", "Cy")
    assert told(verdict.violations, "present") == [
        "Bo has not joined by the end of duty/2026-11-09.",
        "Cy is away for 36 % of duty/2026-11-16.",
    ]
    assert told(judged(team(people=people, weeks=2), "Bo", "Ana").violations, "present")[1] == (
        "Ana has left before duty/2026-11-09."
    )


@pytest.mark.parametrize(("may_miss", "is_lawful"), [(0, False), (0.14, False), (0.15, True)])
def test_a_role_says_how_much_of_a_shift_one_may_miss(may_miss: float, is_lawful: bool) -> None:
    """One day of seven is 14.3 %."""
    absences = [{"person": "Ana", "since": "2026-11-03", "until": "2026-11-04"}]
    problem = team("Ana", weeks=1, roles=[{"name": "duty", "may_miss": may_miss}], absences=absences)
    assert judged(problem, "Ana").is_lawful is is_lawful


TWO = [{"name": "duty"}, {"name": "release", "starts_on": "wed"}]
BOTH = [{"name": name, "roles": ["duty", "release"]} for name in ("Ana", "Bo", "Cy")]


def test_roles_that_exclude_each_other_are_never_held_at_once() -> None:
    """Time decides, not the week: the release role changes hands on Wednesdays."""
    problem = team(people=BOTH, roles=TWO, weeks=2, exclusions=[("release", "duty")])
    judge = Judge(problem)
    verdict = judge.verdict({week(0): ("Ana",), week(1): ("Bo",), "release/2026-11-11": ("Bo",)})
    assert told(verdict.violations, "exclusive") == [
        "Bo would hold duty/2026-11-09 and release/2026-11-11 at once, which exclude each other."
    ]
    assert judge.verdict({week(0): ("Bo",), "release/2026-11-11": ("Bo",)}).is_lawful


def test_what_still_runs_excludes_too() -> None:
    history = [{"person": "Bo", "role": "release", "since": "2026-10-28", "until": "2026-11-04"}]
    problem = team(people=BOTH, roles=TWO, weeks=1, exclusions=[("duty", "release")], history=history)
    assert told(judged(problem, "Bo").violations, "exclusive") == [
        "Bo would hold release since 2026-10-28 and duty/2026-11-02 at once, which exclude each other."
    ]


def test_pins_that_exclude_each_other_are_flagged() -> None:
    pins = [pin("Ana", 0), {"person": "Ana", "shift": "release/2026-11-04"}]
    problem = team(people=BOTH, roles=TWO, weeks=1, exclusions=[("duty", "release")], pins=pins)
    verdict = Judge(problem).verdict({week(0): ("Ana",), "release/2026-11-04": ("Ana",)})
    assert verdict.is_lawful and len(told(verdict.flags, "exclusive")) == 1


def test_never_three_weeks_in_a_row() -> None:
    problem = team("Ana", "Bo")
    assert told(judged(problem, "Ana", "Ana", "Ana", "Bo").violations, "never three weeks in a row") == [
        "Ana is on duty in three weeks in a row from 2026-11-02: duty/2026-11-02, duty/2026-11-09, duty/2026-11-16."
    ]
    assert judged(problem, "Ana", "Ana", "Bo", "Ana").is_lawful


def test_weeks_before_the_plan_count_in_a_row() -> None:
    history = [held("Ana", -2), held("Ana", -1)]
    verdict = judged(team("Ana", "Bo", history=history), "Ana", "Bo", "Ana", "Bo")
    assert len(told(verdict.violations, "never three weeks in a row")) == 1


def test_a_third_week_is_excused_when_it_was_pinned_whole_or_volunteered() -> None:
    history = [held("Ana", -2), held("Ana", -1)]
    pinned = team("Ana", "Bo", history=history, pins=[pin("Ana", 0)])
    assert judged(pinned, "Ana", "Bo", "Bo", "Ana").is_lawful
    volunteered = team("Ana", "Bo", pins=[pin("Ana", 2, is_volunteer=True)])
    verdict = judged(volunteered, "Ana", "Ana", "Ana", "Bo")
    assert verdict.is_lawful and "they volunteered" in told(verdict.flags, "never three weeks in a row")[0]
    asked = team("Ana", "Bo", pins=[pin("Ana", 2)])
    assert not judged(asked, "Ana", "Ana", "Ana", "Bo").is_lawful


def test_a_role_of_no_burden_is_no_duty() -> None:
    problem = team("Ana", roles=[{"name": "duty", "burden": 0, "rest_days": 7}])
    verdict = judged(problem, "Ana", "Ana", "Ana", "Ana")
    assert verdict.is_lawful and verdict.costs.in_order("rebalance") == (0,) * 6


def test_weekends_alone_make_no_duty_weeks() -> None:
    roles = [{"name": "duty", "pattern": "weekday/weekend"}]
    problem = team("Ana", "Bo", "Cy", roles=roles)
    verdict = judged(problem, "Bo", "Ana", "Cy", "Ana", "Bo", "Ana", "Cy", "Ana")
    assert verdict.is_lawful and verdict.costs.two_in_a_row == 0


def test_the_hours_of_short_shifts_add_up_to_a_duty_week() -> None:
    """Three days of seven are no duty week, four are."""
    problem = team("Ana", "Bo", weeks=2, roles=[{"name": "duty", "pattern": "daily"}])
    four, three = ["Ana"] * 4 + ["Bo"] * 3, ["Ana"] * 3 + [""] * 4
    assert judged(problem, *four, *four).costs.two_in_a_row == 1
    assert judged(problem, *four, *three).costs.two_in_a_row == 0


def test_pins_are_kept() -> None:
    verdict = judged(team("Ana", "Bo", weeks=2, pins=[pin("Bo", 0)]), "Ana", "Bo")
    assert told(verdict.violations, "pinned") == ["Bo is not on duty/2026-11-02, but is pinned there."]


def test_what_is_frozen_stays_unless_its_holder_cannot_hold_it() -> None:
    published = [pin("Ana", 0), pin("Bo", 1)]
    problem = team("Ana", "Bo", weeks=2, published=published, frozen_until="2026-11-09T00:00Z")
    assert told(judged(problem, "Bo", "Ana").violations, "pinned") == [
        "Ana is not on duty/2026-11-02, but was published there, and it is frozen."
    ]
    ill = problem.changed(absences=[{"person": "Ana", "since": monday(0), "until": monday(1)}])
    assert judged(ill, "Bo", "Ana").is_lawful
    taken_in_hand = problem.changed(pins=[pin("Bo", 0)])
    assert judged(taken_in_hand, "Bo", "Ana").is_lawful


def test_empty_seats_are_counted() -> None:
    problem = team("Ana", "Bo", weeks=2, roles=[{"name": "duty", "people": 2}])
    verdict = judged(problem, ("Ana", "Bo"), "Ana")
    assert verdict.costs.uncovered == 1
    assert told(verdict.flags, "covered") == ["Nobody holds duty/2026-11-09 (1 of 2 seats)."]
    assert told(judged(problem, (), "Ana").flags, "covered")[0] == "Nobody holds duty/2026-11-02 (2 of 2 seats)."


def test_two_weeks_in_a_row_count_once_a_pair() -> None:
    verdict = judged(team("Ana", "Bo", history=[held("Bo", -1)]), "Bo", "Ana", "Ana", "Bo")
    assert verdict.costs.two_in_a_row == 2
    assert told(verdict.flags, "two in a row") == [
        "Bo is on duty in two weeks in a row: duty since 2026-10-26, duty/2026-11-02.",
        "Ana is on duty in two weeks in a row: duty/2026-11-09, duty/2026-11-16.",
    ]


def test_two_roles_in_one_week_are_one_duty_week() -> None:
    problem = team(people=BOTH, roles=[{"name": "duty"}, {"name": "release"}], weeks=2)
    verdict = Judge(problem).verdict({week(0): ("Ana",), week(0, "release"): ("Ana",)})
    assert verdict.is_lawful and verdict.costs.two_in_a_row == 0


def test_rest_counts_once_for_each_shift_that_asks_for_it() -> None:
    roles = [{"name": "duty"}, {"name": "release", "rest_days": 14}]
    problem = team(people=BOTH, roles=roles)
    judge = Judge(problem)
    assert judge.verdict({week(0, "release"): ("Ana",), week(3): ("Ana",)}).costs.rest_breaches == 0
    verdict = judge.verdict({week(0, "release"): ("Ana",), week(1): ("Ana",), week(2): ("Ana",)})
    assert told(verdict.flags, "rested") == [
        "Ana has less than 14 days of rest after release/2026-11-02: duty/2026-11-09."
    ]
    assert judge.verdict({week(0): ("Ana",), week(1, "release"): ("Ana",)}).costs.rest_breaches == 0


def test_rest_after_the_past() -> None:
    roles = [{"name": "duty", "rest_days": 7}]
    verdict = judged(team("Ana", "Bo", roles=roles, history=[held("Ana", -1)]), "Ana", "Bo", "", "")
    assert verdict.costs.rest_breaches == 1
    assert (
        judged(team("Ana", "Bo", roles=roles, history=[held("Ana", -2)]), "Ana", "Bo", "", "").costs.rest_breaches == 0
    )


def test_days_of_rest_are_days_on_the_calendar() -> None:
    """Clocks go forward on 29 March 2026 in Berlin: seven days of rest there are an hour less, and none short."""
    roles = [{"name": "duty", "rest_days": 7}]
    problem = team("Ana", "Bo", weeks=3, roles=roles, zone="Europe/Berlin", first_day="2026-03-16")
    assert judged(problem, "Ana", "Bo", "Ana").costs.rest_breaches == 0


def test_wishes_cost_their_strength() -> None:
    wish = {"person": "Ana", "wish": "avoids", "since": monday(1), "until": monday(3), "strength": 3}
    assert judged(team("Ana", "Bo", preferences=[wish]), "Bo", "Ana", "Bo", "Ana").costs.preferences == 3
    wanted = team("Ana", "Bo", preferences=[{**wish, "wish": "wants"}])
    assert judged(wanted, "Ana", "Bo", "Bo", "Ana").costs.preferences == 3
    assert judged(wanted, "Bo", "Ana", "Bo", "Ana").costs.preferences == 0


def test_a_wish_for_what_this_plan_does_not_hold_costs_nothing() -> None:
    wish = {"person": "Ana", "wish": "wants", "since": monday(10), "until": monday(11)}
    assert judged(team("Ana", "Bo", preferences=[wish]), "Ana", "Bo", "Ana", "Bo").costs.preferences == 0


def test_a_public_holiday_is_the_holders_own() -> None:
    people = [{"name": "Ana", "roles": ["duty"], "holidays": ["2026-11-11"]}, {"name": "Bo", "roles": ["duty"]}]
    problem = team(people=people, weeks=2)
    assert judged(problem, "Ana", "Bo").costs.preferences == 0
    assert told(judged(problem, "Bo", "Ana").flags, "preferences") == [
        "Ana is on duty/2026-11-09 on 2026-11-11, a public holiday of theirs."
    ]


def test_changes_are_published_assignments_not_kept() -> None:
    problem = team("Ana", "Bo", published=[pin("Ana", 0), pin("Bo", 1)])
    assert judged(problem, "Ana", "Bo", "Ana", "Bo").costs.changes == 0
    assert told(judged(problem, "Bo", "", "Ana", "Bo").flags, "changes") == [
        "Ana was published for duty/2026-11-02; now it is Bo.",
        "Bo was published for duty/2026-11-09; now it is nobody.",
    ]
