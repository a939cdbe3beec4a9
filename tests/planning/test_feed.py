"""A team's feed out of its published rotas: stable names, revisions only where something changed."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from planning.feed import calendar
from planning.published import announced, plan_json, plan_of, problem_json
from rotation.plan import Plan
from rotation.problem import Problem

AT = datetime(2026, 11, 20, 9, 0, 0, 123456, tzinfo=UTC)
PROBLEM = Problem.model_validate(
    {
        "first_day": "2026-11-23",
        "weeks": 3,
        "people": [{"name": name, "roles": ["duty"]} for name in ("Ana", "Bo", "Cy")],
        "roles": [{"name": "duty"}],
    }
)
FIRST, SECOND, THIRD = (shift.id for shift in PROBLEM.shifts)


@dataclass
class Rota:
    sequence: int
    plan: Any
    problem: Any = field(default_factory=lambda: problem_json(PROBLEM))
    published_at: datetime = AT


def rota(sequence: int, *people: str, at: datetime = AT) -> Rota:
    named = zip((FIRST, SECOND, THIRD), people, strict=True)
    plan = Plan.of(PROBLEM, {shift: (person,) for shift, person in named if person})
    return Rota(sequence, plan_json(plan), published_at=at)


def events(feed: bytes) -> dict[str, Any]:
    return {str(event["uid"]).split("@")[0]: event for event in Calendar.from_ical(feed.decode()).walk("VEVENT")}


def test_a_plan_is_the_same_after_a_stay_on_the_desk() -> None:
    plan = Plan.of(PROBLEM, {FIRST: ("Ana",)}, mode="minimal change")
    assert plan_of(problem_json(PROBLEM), plan_json(plan)) == plan
    with pytest.raises(ValueError, match="more"):
        plan_of({**problem_json(PROBLEM), "more": 1}, plan_json(plan))


def test_before_anything_is_published_the_feed_is_empty_and_can_be_subscribed_to() -> None:
    assert not events(calendar("infra", [])) and b"infra rota" in calendar("infra", [])


def test_a_swap_revises_two_events_and_leaves_the_third_alone() -> None:
    before = rota(1, "Ana", "Bo", "Cy")
    after = rota(2, "Bo", "Ana", "Cy", at=AT + timedelta(days=1))
    one, two = (events(calendar("infra", rotas)) for rotas in ([before], [after, before]))
    assert one.keys() == two.keys() and len(two) == 3
    assert [str(event["summary"]) for event in two.values()] == ["duty: Bo", "duty: Ana", "duty: Cy"]
    assert [event["sequence"] for event in two.values()] == [1, 1, 0]
    assert list(one.values())[2] == list(two.values())[2]


def test_the_same_rotas_give_the_same_bytes_and_teams_share_no_names() -> None:
    rotas = [rota(1, "Ana", "Bo", "Cy")]
    assert calendar("infra", rotas) == calendar("infra", list(rotas))
    ends = {calendar(team, rotas).split(b"UID:")[1].split(b"\r\n")[0] for team in ("infra", "access")}
    assert len(ends) == 2


def test_a_person_has_a_feed_and_what_they_lost_is_cancelled_but_for_phorge() -> None:
    rotas = [rota(1, "Ana", "Bo", "Cy"), rota(2, "Bo", "Bo", "Cy", at=AT + timedelta(days=1))]
    [gone] = events(calendar("infra", rotas, person="Ana")).values()
    assert gone["status"] == "CANCELLED"
    assert not events(calendar("infra", rotas, person="Ana", has_cancelled=False))
    assert b"duty: b-o" in calendar("infra", rotas, person="Bo", called={"Bo": "b-o"})


def test_a_feed_without_its_beginning_is_refused_for_its_names_would_change() -> None:
    with pytest.raises(ValueError, match="the first one included"):
        calendar("infra", [rota(2, "Ana", "Bo", "Cy")])


def test_a_clock_put_back_does_not_end_the_feed() -> None:
    rotas = [rota(1, "Ana", "Bo", "Cy"), rota(2, "Bo", "Ana", "Cy", at=AT - timedelta(hours=1))]
    assert {str(event["summary"]) for event in events(calendar("infra", rotas)).values()} >= {"duty: Bo"}


def test_a_later_plan_beats_an_earlier_one_and_what_none_names_stays() -> None:
    problem = PROBLEM.changed(
        published=[{"person": "Cy", "shift": FIRST}, {"person": "Cy", "shift": THIRD}],
    )
    short = PROBLEM.changed(weeks=2)
    plan = Plan.of(short, {FIRST: ("Ana",), SECOND: ()})
    told = {entry.shift: entry.person for entry in announced(problem, [plan]).published}
    assert told == {FIRST: "Ana", THIRD: "Cy"}


def test_whoever_is_gone_is_announced_no_more() -> None:
    plan = Plan.of(PROBLEM, {FIRST: ("Ana",), SECOND: ("Bo",)})
    fewer = PROBLEM.changed(people=PROBLEM.people[1:])
    assert [entry.person for entry in announced(fewer, [plan]).published] == ["Bo"]
