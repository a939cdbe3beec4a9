"""Each reason is told from what was known of one clock; the office is open Monday to Friday, 09:00 to 17:00 UTC."""

from datetime import datetime
from typing import Any

import pytest

from metrics.breach_reason import Broken, Deed, Held, holding, lacking, reason
from metrics.worktime import Calendar

OFFICE = Calendar("UTC", {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")})
BOARD = {"any": ["left_new", {"all": ["priority_set", "owner_set"]}]}


def at(text: str) -> datetime:
    """An instant of the week of Monday 2 November 2026: at("03 12:00")."""
    return datetime.fromisoformat(f"2026-11-{text}")


def broken(**changed: Any) -> Broken:
    told: dict[str, Any] = {
        "clock": "triage", "goal": "4h in office hours, else by the end of next working day",
        "started_at": at("03 09:00"), "due_at": at("03 13:00"), "met_at": None, "is_open": True,
        "paused_working_seconds": 0.0, "calendar": OFFICE, "zone": "UTC", "near": at("05 12:00"), "deeds": [],
    }  # fmt: skip
    return Broken(**told | changed)


def test_nobody_came() -> None:
    told = reason(broken(deeds=[Deed(at("03 10:00"), "comment", None, "hello?", is_author=True)]))
    assert told == (
        "Nobody but the requester touched it before the deadline: due Tue 13:00, 4 working hours after it came."
    )


def test_a_bot_is_nobody_but_its_word_is_told() -> None:
    assert reason(broken(deeds=[Deed(at("03 10:00"), "comment", None, "beep", is_bot=True)])).startswith(
        "Only a bot answered before the deadline"
    )


def test_what_came_after_the_deadline_does_not_count_as_before_it() -> None:
    late = Deed(at("03 13:00").replace(minute=1), "comment", None, "sorry")
    assert reason(broken(deeds=[late])).startswith("Nobody but the requester")


def test_answered_in_time_but_something_was_lacking() -> None:
    told = broken(
        met_at=at("05 09:30"), rule={"all": ["priority_set", "owner_set", "commented"]},
        deeds=[Deed(at("03 10:12"), "comment", None, "looking")], conditions=[Held("commented", at("03 10:12"), 1)],
    )  # fmt: skip
    assert reason(told) == "Answered Tue 10:12, but lacked a priority and an owner until Thu 09:30."


@pytest.mark.parametrize(("is_open", "end"), [(True, "to this day"), (False, "until it was closed")])
def test_never_triaged(is_open: bool, end: str) -> None:
    touched = [Deed(at("03 10:12"), "label", None, "bug")]
    told = reason(broken(is_open=is_open, rule=BOARD, deeds=touched))
    assert told == f"First touched Tue 10:12, but lacked a move out of New, or a priority and an owner {end}."


def test_arrival_outside_hours_is_told_with_its_own_deadline() -> None:
    told = reason(broken(started_at=at("06 18:40"), due_at=at("09 17:00"), near=at("05 12:00")))
    assert told == (
        "Arrived Fri 18:40, outside hours; nobody but the requester touched it before the deadline: "
        "due Mon 17:00, the end of the next working day."
    )


def test_days_far_away_carry_their_date_and_years_their_year() -> None:
    told = reason(
        broken(started_at=datetime.fromisoformat("2025-11-03 09:00"), due_at=datetime.fromisoformat("2025-11-03 13:00"))
    )
    assert "due Mon 3 Nov 2025 13:00" in told


def test_instants_are_told_on_the_teams_clocks() -> None:
    assert "due Tue 05:00" in reason(broken(zone="America/Los_Angeles"))


def test_touched_but_nobody_wrote() -> None:
    told = broken(clock="first_response", goal="8h", deeds=[Deed(at("03 10:12"), "label", None, "bug")])
    assert reason(told) == (
        "Touched Tue 10:12, but nobody wrote to the requester in time: due Tue 13:00, 8 working hours after it came."
    )


@pytest.mark.parametrize(
    ("owned", "start"),
    [
        ("03 10:00", "Had an owner since Tue 10:00, but was not finished"),
        ("04 10:00", "Had no owner before the deadline"),
    ],
)
def test_unfinished(owned: str, start: str) -> None:
    told = broken(clock="resolve", goal="30m", deeds=[Deed(at(owned), "owner", None, "ana")])
    assert reason(told) == f"{start}: due Tue 13:00, 30 working minutes after it came."


def test_a_pause_and_handovers_are_told() -> None:
    owners = [Deed(at(f"03 {hour}:00"), "owner", None, name) for hour, name in ((10, "ana"), (11, "bo"), (12, "ana"))]
    told = reason(broken(clock="resolve", goal="4h", deeds=owners, paused_working_seconds=5400.0))
    assert told.endswith("Its clock stood still for 1 h 30 min while it waited. Changed hands 2 times.")


def test_one_handover_is_how_work_is_shared() -> None:
    owners = [Deed(at(f"03 {hour}:00"), "owner", None, name) for hour, name in ((10, "ana"), (11, "bo"), (12, "bo"))]
    assert "hands" not in reason(broken(clock="resolve", deeds=owners))


def test_silence_on_a_clock_that_never_closes() -> None:
    told = broken(clock="update", goal="24h", calendar=Calendar.always(), met_at=at("05 08:00"))
    assert reason(told) == "No word of progress from Tue 09:00 until Thu 08:00; one was owed within 24 hours."


def test_a_milestone_not_reached() -> None:
    assert reason(broken(clock="debrief", goal="4h")).startswith("Not done yet: due Tue 13:00")


def test_conditions_hold_until_every_cause_has_ceased() -> None:
    held = [
        Held("label_set", at("03 09:00"), 1),
        Held("label_set", at("03 10:00"), 1),
        Held("label_set", at("03 11:00"), -1),
    ]
    assert holding(held, at("03 11:00")) == {"label_set"}
    assert holding([*held, Held("label_set", at("03 12:00"), -1)], at("03 12:00")) == frozenset()
    assert holding(held, at("03 08:59")) == frozenset()


def test_lacking_says_nothing_where_the_rule_holds_or_is_missing() -> None:
    assert lacking(BOARD, frozenset({"left_new"})) is None
    assert lacking(None, frozenset()) is None
    assert lacking({"any": ["label_set", "owner_set", "closed"]}, frozenset()) == "a label or an owner"
    assert lacking({"any": ["label_set", "closed"]}, frozenset({"closed"})) is None
