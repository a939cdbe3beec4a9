"""What is published next: the same events, revised only where they changed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rotation.feeds.revisions import Revision, Revisions, revised
from rotation.plan import Plan
from rotation.problem import Problem
from tests.rotation.problems import monday, team, week

FIRST = datetime(2026, 10, 1, 9, tzinfo=UTC)
LATER = FIRST + timedelta(days=3)
EMPTY = Revisions(namespace="rota.example")
TEAM = team("Ana", "Bo", "Cy", weeks=3)


def plan(*people: str, problem: Problem = TEAM) -> Plan:
    return Plan.of(problem, {week(n): tuple(who.split()) for n, who in enumerate(people)})


def of_team(revisions: Revisions) -> dict[str, Revision]:
    return {event.occasion.shift: event for event in revisions.events if event.occasion.person is None}


def of(person: str, revisions: Revisions) -> dict[str, Revision]:
    return {event.occasion.shift: event for event in revisions.events if event.occasion.person == person}


def test_a_first_plan_is_published_as_it_is() -> None:
    told = revised(EMPTY, plan("Ana", "Bo", ""), FIRST)
    assert [(e.occasion.people, e.occasion.vacant, e.sequence) for e in of_team(told).values()] == [
        (("Ana",), 0, 0), (("Bo",), 0, 0), ((), 1, 0),
    ]  # fmt: skip
    assert {e.created_at for e in told.events} == {e.revised_at for e in told.events} == {FIRST}


def test_publishing_the_same_plan_again_changes_nothing() -> None:
    told = revised(EMPTY, plan("Ana", "Bo", ""), FIRST)
    assert revised(told, plan("Ana", "Bo", ""), LATER) == told


def test_a_swap_revises_its_shifts_and_no_other() -> None:
    told = revised(revised(EMPTY, plan("Ana", "Bo", "Cy"), FIRST), plan("Bo", "Ana", "Cy"), LATER)
    assert {shift: (e.sequence, e.revised_at) for shift, e in of_team(told).items()} == {
        week(0): (1, LATER), week(1): (1, LATER), week(2): (0, FIRST),
    }  # fmt: skip
    assert {e.created_at for e in of_team(told).values()} == {FIRST}


def test_a_swap_moves_the_event_out_of_one_persons_calendar_and_into_the_others() -> None:
    told = revised(revised(EMPTY, plan("Ana", "Bo", "Cy"), FIRST), plan("Bo", "Bo", "Cy"), LATER)
    assert (of("Ana", told)[week(0)].is_cancelled, of("Ana", told)[week(0)].sequence) == (True, 1)
    assert (of("Bo", told)[week(0)].is_cancelled, of("Bo", told)[week(0)].sequence) == (False, 0)
    back = revised(told, plan("Ana", "Bo", "Cy"), LATER)
    assert (of("Ana", back)[week(0)].is_cancelled, of("Ana", back)[week(0)].sequence) == (False, 2)


def test_what_is_cancelled_stays_cancelled_without_further_revisions() -> None:
    swapped = revised(revised(EMPTY, plan("Ana", "Bo", "Cy"), FIRST), plan("Bo", "Bo", "Cy"), LATER)
    assert revised(swapped, plan("Bo", "Bo", "Cy"), LATER + timedelta(days=1)) == swapped


def test_a_shift_that_the_pattern_no_longer_makes_is_cancelled() -> None:
    told = revised(EMPTY, plan("Ana", "Bo", "Cy"), FIRST)
    from_sunday = team("Ana", "Bo", "Cy", weeks=3, roles=[{"name": "duty", "starts_on": "sun"}])
    after = revised(told, Plan.of(from_sunday, {}), LATER)
    assert [(shift, e.is_cancelled) for shift, e in of_team(after).items()] == [
        ("duty/2026-11-02", True), ("duty/2026-11-08", False), ("duty/2026-11-09", True),
        ("duty/2026-11-15", False), ("duty/2026-11-16", True), ("duty/2026-11-22", False),
    ]  # fmt: skip


def test_weeks_outside_the_plan_stay_as_they_were_published() -> None:
    told = revised(EMPTY, plan("Ana", "Bo", "Cy"), FIRST)
    middle = team("Ana", "Bo", "Cy", weeks=1, first_day=monday(1))
    after = revised(told, Plan.of(middle, {week(1): ("Cy",)}), LATER)
    assert {shift: (e.occasion.people, e.sequence) for shift, e in of_team(after).items()} == {
        week(0): (("Ana",), 0), week(1): (("Cy",), 1), week(2): (("Cy",), 0),
    }  # fmt: skip


def test_events_leave_a_year_after_their_end() -> None:
    told = revised(EMPTY, plan("Ana", "Bo", "Cy"), FIRST)
    next_year = team("Ana", "Bo", "Cy", weeks=1, first_day="2027-11-15")
    after = revised(told, Plan.of(next_year, {}), datetime(2027, 11, 12, tzinfo=UTC))
    assert sorted(of_team(after)) == ["duty/2026-11-09", "duty/2026-11-16", "duty/2027-11-15"]


def test_a_shadow_gets_an_event_of_their_own() -> None:
    pins = [{"person": "Cy", "shift": week(0), "is_shadow": True}]
    told = revised(EMPTY, plan("Ana", "Bo", "", problem=team("Ana", "Bo", "Cy", weeks=3, pins=pins)), FIRST)
    assert of_team(told)[week(0)].occasion.shadows == ("Cy",)
    assert list(of("Cy", told)) == [week(0)]


def test_a_clock_that_went_back_is_refused() -> None:
    told = revised(EMPTY, plan("Ana"), LATER)
    with pytest.raises(ValueError, match="later than 2026-10-01"):
        revised(told, plan("Ana"), FIRST)


def test_uids_are_plain_whatever_things_are_called() -> None:
    problem = team(people=[{"name": "Zoë Ünal", "roles": ["on call/2"]}], roles=[{"name": "on call/2"}], weeks=1)
    told = revised(EMPTY, Plan.of(problem, {"on call/2/2026-11-02": ("Zoë Ünal",)}), FIRST)
    assert [event.uid(told.namespace) for event in told.events] == [
        "on%20call%2F2.2026-11-02@rota.example",
        "on%20call%2F2.2026-11-02.Zo%C3%AB%20%C3%9Cnal@rota.example",
    ]


def test_revisions_survive_json_and_refuse_what_stands_there_twice() -> None:
    told = revised(EMPTY, plan("Ana", "Bo", ""), FIRST)
    assert Revisions.model_validate_json(told.model_dump_json()) == told
    with pytest.raises(ValidationError, match="an event stands there twice"):
        Revisions(namespace="rota.example", events=(*told.events, told.events[0]))


plans = st.lists(st.lists(st.sampled_from(["Ana", "Bo", "Cy", ""]), min_size=3, max_size=3), min_size=1, max_size=6)


@given(plans)
def test_sequences_only_grow_and_only_with_a_change(told: list[list[str]]) -> None:
    revisions = EMPTY
    for n, people in enumerate(told):
        at = FIRST + timedelta(hours=n)
        before, revisions = {e.key: e for e in revisions.events}, revised(revisions, plan(*people), at)
        for event in revisions.events:
            earlier = before.pop(event.key, None)
            assert _is_next(earlier, event, at)
        assert not before, "nothing that was published is forgotten"
        assert [shift for shift, e in of_team(revisions).items() if not e.is_cancelled] == [week(n) for n in range(3)]


def _is_next(earlier: Revision | None, event: Revision, at: datetime) -> Any:
    if earlier is None:
        return (event.sequence, event.created_at, event.revised_at) == (0, at, at)
    if earlier == event:
        return True
    is_other = (earlier.occasion, earlier.is_cancelled) != (event.occasion, event.is_cancelled)
    return is_other and event.sequence == earlier.sequence + 1 and event.revised_at == at
