"""What a problem is: checked at birth, with sentences; the same after a trip through JSON."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import validate
from pydantic import ValidationError

from rotation.plan import Costs, Plan
from rotation.problem import Problem
from tests.rotation.problems import FIRST, monday, team, tiny, week


@given(st.integers(0, 10**6))
def test_a_problem_comes_back_from_json_as_it_went(seed: int) -> None:
    problem = tiny(seed)
    told = problem.model_dump_json()
    assert Problem.model_validate_json(told) == problem
    assert Problem.model_validate_json(told).model_dump_json() == told
    validate(json.loads(told), Problem.json_schema())


@given(st.integers(0, 10**6))
def test_a_plan_comes_back_from_json_as_it_went(seed: int) -> None:
    problem = tiny(seed)
    holders = {shift.id: (problem.people[0].name,) for shift in problem.shifts[::2]}
    plan = Plan.of(problem, holders, outcome="feasible", costs=Costs(uncovered=3))
    told = plan.model_dump_json()
    assert Plan.model_validate_json(told) == plan
    assert {shift: people for shift, people in plan.holders.items() if people} == holders
    validate(json.loads(told), Plan.json_schema())


def test_the_least_one_has_to_say_is_who_and_what_and_when() -> None:
    text = '{"first_day": "2026-11-02", "weeks": 2, "people": [{"name": "Ana"}], "roles": [{"name": "duty"}]}'
    problem = Problem.model_validate_json(text)
    assert [shift.id for shift in problem.shifts] == ["duty/2026-11-02", "duty/2026-11-09"]
    assert problem.span == (datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC))


def test_a_day_stays_a_day_and_an_instant_an_instant() -> None:
    absences = [
        {"person": "Ana", "since": "2026-11-02", "until": "2026-11-03"},
        {"person": "Ana", "since": "2026-11-04T00:00:00Z", "until": "2026-11-05T01:00:00+01:00"},
    ]
    first, second = team("Ana", absences=absences).absences
    assert (first.since, first.until) == (date(2026, 11, 2), date(2026, 11, 3))
    assert (second.since, second.until) == (datetime(2026, 11, 4, tzinfo=UTC), datetime(2026, 11, 5, tzinfo=UTC))


def test_a_day_begins_at_midnight_where_the_person_is() -> None:
    people = [{"name": "Ana", "zone": "Asia/Tokyo"}]
    problem = team(people=people, zone="Europe/Berlin")
    assert problem.local(FIRST, "Ana") == datetime(2026, 11, 1, 15, tzinfo=UTC)
    assert problem.local(FIRST) == datetime(2026, 11, 1, 23, tzinfo=UTC)


ANA = [{"name": "Ana", "roles": ["duty"]}]
FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"people": ANA * 2}, "two people named 'Ana'"),
    ({"roles": [{"name": "duty"}] * 2}, "two roles named 'duty'"),
    ({"people": [{"name": "Ana", "roles": ["cook"]}]}, "Ana may hold 'cook', which is not among the roles"),
    ({"people": [{"name": "Ana", "trains_for": ["cook"]}]}, "Ana trains for 'cook'"),
    ({"people": [{"name": "Ana", "roles": ["duty"], "trains_for": ["duty"]}]}, "both holds and trains for duty"),
    ({"people": [{"name": "Ana", "joined": "2026-11-02", "left": "2026-11-02"}]}, "no later than they join"),
    ({"people": [{"name": "Ana", "share": 0}]}, "greater than 0"),
    ({"people": [{"name": "Ana", "zone": "Mars"}]}, "'Mars' is not a time zone"),
    ({"people": [{"name": "Ana", "nickname": "A"}]}, "Extra inputs are not permitted"),
    ({"exclusions": [("duty", "cook")]}, "an exclusion names 'cook'"),
    ({"exclusions": [("duty", "duty")]}, "duty cannot exclude itself"),
    ({"absences": [{"person": "Zed", "since": monday(0), "until": monday(1)}]}, "an absence names 'Zed'"),
    ({"absences": [{"person": "Ana", "since": monday(1), "until": monday(1)}]}, "ends no later than it begins"),
    ({"absences": [{"person": "Ana", "since": "soon", "until": monday(1)}]}, "'soon' is no moment; write"),
    ({"absences": [{"person": "Ana", "since": "2026-11-02T09:00", "until": monday(1)}]}, "has no zone; write"),
    ({"pins": [{"person": "Ana", "shift": "duty/2026-11-03"}]}, "there is no shift 'duty/2026-11-03' in this plan"),
    ({"pins": [{"person": "Zed", "shift": week(0)}]}, "a pin names 'Zed'"),
    ({"pins": [{"person": "Ana", "shift": week(0)}] * 2}, "pinned twice"),
    ({"published": [{"person": "Ana", "shift": week(0)}] * 2}, "published twice"),
    ({"published": [{"person": "Ana", "shift": "duty/2026-11-03"}]}, "there is no shift"),
    ({"published": [{"person": "Ana", "shift": "cook/2026-11-02"}]}, "names 'cook'"),
    ({"preferences": [{"person": "Ana", "wish": "wants", "role": "cook"}]}, "a preference names 'cook'"),
    ({"preferences": [{"person": "Ana", "wish": "wants", "since": monday(1), "until": monday(0)}]}, "a wish of Ana"),
    ({"history": [{"person": "Ana", "role": "cook", "since": monday(-1), "until": monday(0)}]}, "names 'cook'"),
    ({"history": [{"person": "Ana", "role": "duty", "since": monday(0), "until": monday(1)}]}, "begins within the"),
    ({"history": [{"person": "Ana", "role": "duty", "since": monday(-1), "until": monday(-2)}]}, "ends no later"),
    ({"expected_loads": [{"shift": week(0), "multiplier": 3}]}, "less than or equal to 2"),
    ({"frozen_until": "2026-11-09T09:00"}, "has no zone; write"),
]


@pytest.mark.parametrize(("told", "sentence"), FAULTS, ids=[sentence for _, sentence in FAULTS])
def test_what_makes_no_sense_is_refused_in_words(told: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError) as refused:
        team("Ana", **told)
    assert sentence in str(refused.value)


def test_more_pins_than_seats_are_refused() -> None:
    pins = [{"person": name, "shift": week(0)} for name in ("Ana", "Bo")]
    with pytest.raises(ValidationError, match="2 people are pinned on duty/2026-11-02, which has 1 seat: take"):
        team("Ana", "Bo", pins=pins)
    shadowed = [pins[0], {**pins[1], "is_shadow": True}]
    assert team("Ana", "Bo", pins=shadowed).pins[1].is_shadow


def test_published_shifts_of_other_weeks_are_passed_over() -> None:
    published = [{"person": "Ana", "shift": week(number)} for number in (-3, 0, 60)]
    assert [entry.shift for entry in team("Ana", published=published).announced] == [week(0)]


def test_a_plan_must_fit_its_problem() -> None:
    plan = Plan.of(team("Ana", weeks=2), {})
    rows = [row.model_dump() for row in plan.shifts]
    for change, sentence in (
        ({"shift": "duty/2027-01-04"}, "that its problem does not have"),
        ({"role": "cook"}, "another role or other times than in the problem: duty from 2026-11-02T00:00:00Z"),
        ({"shift": week(1), "since": rows[1]["since"], "until": rows[1]["until"]}, "twice"),
    ):
        with pytest.raises(ValidationError, match=sentence):
            Plan(problem=plan.problem, shifts=[rows[0] | change, rows[1]])


def test_problems_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        team("Ana").weeks = 5  # type: ignore[misc] # that it is refused is the point


def test_a_changed_problem_is_checked_anew_and_has_shifts_of_its_own() -> None:
    problem = team("Ana", weeks=4)
    assert len(problem.shifts) == 4
    assert len(problem.changed(weeks=2).shifts) == 2 and len(problem.model_copy(update={"weeks": 3}).shifts) == 3
    with pytest.raises(ValidationError, match="an absence names 'Zed'"):
        problem.changed(absences=[{"person": "Zed", "since": monday(0), "until": monday(1)}])
