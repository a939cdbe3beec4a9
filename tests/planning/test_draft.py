"""A planner's problem out of a store: who, what, what was carried, what is announced, and what is to come."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

import metrics
from ingest.records import Absence, Account, Record, Shift
from planning.draft import Asked, Draft, draft
from rotation.balance import opening_balances
from rotation.check import check
from rotation.plan import Plan
from rotation.problem import Problem
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, utc

Open = Callable[..., duckdb.DuckDBPyConnection]
PEOPLE = """
[[person]]
name = "Ana"
zone = "Europe/Berlin"
accounts = ["test/ana"]
roles = ["duty", "lead"]
country = "DE"

[[person]]
name = "Bo"
zone = "Europe/Berlin"
accounts = ["test/bo"]
roles = ["duty", "release"]
share = 0.5
joined = 2026-10-05

[[person]]
name = "Cy"
roles = ["duty"]
left = 2026-11-01
accounts = ["test/cy"]

[[person]]
name = "Dee"
zone = "Europe/Berlin"
accounts = ["test/dee"]
"""
ROLES = """
[[role]]
name = "duty"
queues = ["infra"]
excludes = ["release", "lead"]

[[role]]
name = "release"
queues = ["access"]
burden = 0.8
rest_days = 7
people = 2
"""
BERLIN = OFFICE.replace('zone = "UTC"', 'zone = "Europe/Berlin"')
TEXT = BERLIN + TRIAGE_PROMISE + PEOPLE + ROLES
UNTIL = "2026-11-18 12:00"  # a Wednesday


def shift(login: str, starts: str, ends: str, role: str = "duty") -> list[Record]:
    account = Account(f"test/{login}", "test", login, None, False)
    return [account, Shift(f"cal/{role}/{login}/{starts}", "cal", role, f"test/{login}", utc(starts), utc(ends))]


def away(login: str, starts: str, ends: str) -> list[Record]:
    account = Account(f"test/{login}", "test", login, None, False)
    return [account, Absence(f"cal/away/{login}/{starts}", "cal", f"test/{login}", utc(starts), utc(ends))]


@pytest.fixture
def told(history: History, open_store_of: Open) -> Callable[..., Draft]:
    """The draft out of a store with these records; a ticket or none a week, unless more are told."""

    def build(*records: list[Record], text: str = TEXT, **asked: object) -> Draft:
        if not history.records:
            history.ticket(1, "2026-11-10 09:00")
        con = open_store_of([*history.records, *(one for some in records for one in some)], text, UNTIL)
        return draft(con, Asked(**{"weeks": 4, **asked}))  # type: ignore[arg-type]

    return build


def test_the_plan_begins_on_the_monday_after_the_history_in_the_teams_zone(told: Callable[..., Draft]) -> None:
    problem = told().problem
    assert (problem.first_day, problem.weeks, problem.zone) == (date(2026, 11, 23), 4, "Europe/Berlin")
    assert problem.span[0] == datetime(2026, 11, 22, 23, tzinfo=UTC)


def test_what_is_asked_for_beats_what_is_found(told: Callable[..., Draft]) -> None:
    problem = told(first_day=date(2026, 12, 1), zone="UTC", weeks=2, frozen_weeks=1).problem
    assert (problem.first_day, problem.weeks, problem.zone) == (date(2026, 12, 1), 2, "UTC")
    assert problem.frozen_until == datetime(2026, 12, 8, tzinfo=UTC)


def test_roles_are_those_of_the_settings(told: Callable[..., Draft]) -> None:
    problem = told().problem
    duty, release = problem.roles
    assert (duty.name, duty.burden, duty.people, duty.rest_days) == ("duty", 1, 1, 0)
    assert (release.name, release.burden, release.people, release.rest_days) == ("release", 0.8, 2, 7)
    assert problem.exclusions == (("duty", "release"),), "nobody can plan a role that the settings do not describe"


def test_people_are_those_who_may_hold_a_role_with_their_holidays(told: Callable[..., Draft]) -> None:
    people = told().problem.person_by_name
    assert set(people) == {"Ana", "Bo", "Cy"}, "Dee may hold none and held none"
    assert (people["Ana"].roles, people["Bo"].roles) == (("duty",), ("duty", "release"))
    assert (people["Bo"].share, people["Bo"].joined, people["Cy"].left) == (0.5, date(2026, 10, 5), date(2026, 11, 1))
    assert date(2026, 12, 25) not in people["Ana"].holidays, "it lies behind the plan's weeks"
    assert date(2026, 10, 3) in people["Ana"].holidays and people["Bo"].holidays == ()


def test_whoever_held_a_shift_is_there_though_they_may_hold_none(told: Callable[..., Draft]) -> None:
    problem = told(shift("dee", "2026-11-02", "2026-11-09"), shift("eve", "2026-11-09", "2026-11-16")).problem
    assert problem.person_by_name["Dee"].roles == problem.person_by_name["eve"].roles == ()
    assert [(past.person, past.since) for past in problem.history] == [
        ("Dee", date(2026, 11, 2)), ("eve", date(2026, 11, 9)),
    ]  # fmt: skip


def test_whole_days_are_days_of_whoever_they_are_about(told: Callable[..., Draft]) -> None:
    """Midnights UTC, as Phorge tells them: the team's midnight for shifts, the person's for absences."""
    problem = told(shift("ana", "2026-11-02", "2026-11-09"), away("ana", "2026-11-30", "2026-12-05")).problem
    [past], [absence] = problem.history, problem.absences
    assert (past.since, past.until) == (date(2026, 11, 2), date(2026, 11, 9))
    assert (absence.since, absence.until) == (date(2026, 11, 30), date(2026, 12, 5))
    assert problem.local(past.since) == datetime(2026, 11, 1, 23, tzinfo=UTC)


def test_instants_stay_instants_and_tell_when_the_role_hands_over(told: Callable[..., Draft]) -> None:
    weeks = [("2026-11-03 08:30", "2026-11-10 08:30"), ("2026-11-10 08:30", "2026-11-17 08:30")]
    problem = told(*(shift("ana", *week) for week in weeks)).problem
    assert problem.history[0].since == datetime(2026, 11, 3, 8, 30, tzinfo=UTC)
    duty = problem.role_by_name["duty"]
    assert (duty.pattern, duty.starts_on, f"{duty.starts_at:%H:%M}") == ("weekly", "tue", "09:30")


def test_a_shift_is_measured_by_its_interrupted_hours_once_it_has_ended(
    told: Callable[..., Draft], history: History
) -> None:
    for n, hour in enumerate(("09:00", "09:30", "11:00"), start=1):
        history.ticket(n, f"2026-11-10 {hour}")
    problem = told(
        shift("ana", "2026-11-02", "2026-11-09"), shift("bo", "2026-11-09", "2026-11-16"),
        shift("ana", "2026-11-16", "2026-11-23"),
    ).problem  # fmt: skip
    assert [(past.person, past.measured) for past in problem.history] == [("Ana", 0), ("Bo", 2), ("Ana", None)]


def test_a_cover_counts_for_who_covered_and_shares_the_measure_by_time(
    told: Callable[..., Draft], history: History
) -> None:
    for n in range(1, 6):
        history.ticket(n, f"2026-11-12 {8 + n:02}:00")
    problem = told(shift("ana", "2026-11-09", "2026-11-16"), shift("bo", "2026-11-11", "2026-11-12")).problem
    assert [(past.person, past.since, past.measured) for past in problem.history] == [
        ("Ana", date(2026, 11, 9), pytest.approx(5 * 2 / 6, abs=1e-3)),
        ("Bo", date(2026, 11, 11), 0),
        ("Ana", date(2026, 11, 12), pytest.approx(5 * 4 / 6, abs=1e-3)),
    ]


def test_what_the_calendars_plan_is_published(told: Callable[..., Draft]) -> None:
    problem = told(
        shift("ana", "2026-11-23", "2026-11-30"), shift("bo", "2026-12-02", "2026-12-07"),
        shift("ana", "2026-11-30", "2026-12-02"), shift("cy", "2027-03-01", "2027-03-08"),
    ).problem  # fmt: skip
    assert [(entry.person, entry.shift) for entry in problem.published] == [
        ("Ana", "duty/2026-11-23"), ("Bo", "duty/2026-11-30"),
    ]  # fmt: skip


def test_more_people_than_seats_are_not_published(told: Callable[..., Draft]) -> None:
    twice = told(shift("ana", "2026-11-23", "2026-11-30"), shift("bo", "2026-11-23", "2026-11-30")).problem
    assert [entry.person for entry in twice.published] == ["Ana"]


def test_history_goes_back_as_far_as_the_planner_looks(told: Callable[..., Draft]) -> None:
    problem = told(shift("ana", "2026-03-02", "2026-03-09"), shift("bo", "2026-10-12", "2026-10-19")).problem
    assert [past.person for past in problem.history] == ["Bo"]


def test_the_planner_and_the_metric_agree_on_who_has_carried_what(history: History, open_store_of: Open) -> None:
    """Bo works half time and joined in October; Ana was away for two weeks. (Public holidays weigh in plans only.)"""
    history.ticket(1, "2026-06-01 09:00")
    held = ["ana", "cy", "ana", "cy", "ana", "ana", "bo", "ana", "bo", "cy", "ana"]
    weeks = [date.fromordinal(date(2026, 9, 7).toordinal() + 7 * n) for n in range(len(held) + 1)]
    records = [shift(who, str(weeks[n]), str(weeks[n + 1])) for n, who in enumerate(held)]
    records.append(away("ana", "2026-11-02", "2026-11-16"))
    text = TEXT.replace("left = 2026-11-01\n", "").replace('country = "DE"\n', "")
    con = open_store_of([*history.records, *(one for some in records for one in some)], text, UNTIL)
    problem = draft(con, Asked()).problem
    uncapped = problem.model_copy(update={"past": problem.past.model_copy(update={"cap": 100.0})})
    planner = {name: balance / 1000 for name, balance in opening_balances(uncapped).items()}
    people = metrics.rotation_fairness(con, as_of="2026-11-22T23:00Z").pl().filter(role="duty").rows(named=True)
    metric = {row["person"]: row["balance_duty_weeks"] for row in people}
    assert planner == pytest.approx(metric, abs=0.01)
    assert max(metric.values()) - min(metric.values()) > 1


def test_a_queue_that_grows_weighs_on_the_shifts_to_come(told: Callable[..., Draft], history: History) -> None:
    number = 0
    for week in range(20):
        for _ in range(2 if week < 14 else 12):
            number += 1
            monday = date.fromordinal(date(2026, 6, 29).toordinal() + 7 * week)
            history.ticket(number, f"{monday} 09:00")
    found = told()
    assert {load.shift.split("/")[0] for load in found.problem.expected_loads} == {"duty"}
    assert all(1.2 < load.multiplier <= 2 for load in found.problem.expected_loads)
    assert any("tickets a week" in note and note.startswith("Forecast for duty (infra)") for note in found.notes)


def test_too_little_history_is_said_and_changes_no_load(told: Callable[..., Draft]) -> None:
    found = told()
    assert found.problem.expected_loads == ()
    assert found.notes == [
        "4 weeks from Mon 2026-11-23 (Europe/Berlin), 8 shifts, 0 of them published; 2 people may hold them; "
        "0 absences; 0 shifts in the 26 weeks before, 0 of them measured. The history goes to 2026-11-18 12:00 UTC.",
        "Forecast for duty (infra): none. The history knows 1 complete week of tickets; a forecast needs at least 8.",
        "Forecast for release: none. The history knows 0 complete weeks of tickets; a forecast needs at least 8.",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BERLIN + TRIAGE_PROMISE + PEOPLE, "describe no role; write a \\[\\[role\\]\\] for each"),
        (BERLIN + TRIAGE_PROMISE + ROLES, "nobody may hold duty, release; name the roles of each \\[\\[person\\]\\]"),
    ],
)
def test_what_cannot_be_planned_is_said(told: Callable[..., Draft], text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        told(text=text)


def test_the_demo_makes_a_problem_that_its_own_rota_answers(demo_store: Path) -> None:
    con = metrics.open_store(demo_store)
    found = draft(con, Asked())
    con.close()
    problem = found.problem
    assert Problem.model_validate_json(problem.model_dump_json(exclude_defaults=True)) == problem
    assert (problem.zone, problem.first_day) == ("America/Los_Angeles", date(2026, 11, 23))
    assert len(problem.history) == 25 and sum(past.measured is not None for past in problem.history) == 24
    as_published = Plan.of(problem, {entry.shift: (entry.person,) for entry in problem.published})
    assert check(as_published).is_lawful and check(as_published).costs.uncovered == 3
    assert any("Over 41 past weeks" in note for note in found.notes)
