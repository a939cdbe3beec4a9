"""An address shows the same page to everybody; one that cannot be read says so and shows the default."""

from datetime import UTC, datetime

import pytest

from metrics.teams import Team
from views._address import TREND, instant_text, read

INFRA = Team("infra", "America/Los_Angeles", True, ("infra",), 3)
TEAMS = (Team("idle", "UTC", True, (), 0), INFRA)
UNTIL = datetime(2026, 11, 16, 16, 30, tzinfo=UTC)


def test_without_parameters_it_is_the_last_complete_week_as_of_the_newest_data() -> None:
    address = read({}, TEAMS, UNTIL)
    assert (address.team, address.week.name, address.as_of, address.complaints) == (INFRA, "2026-W46", UNTIL, ())


def test_a_past_week_is_shown_as_of_its_own_end() -> None:
    assert read({"week": "2026-W40"}, TEAMS, UNTIL).as_of == datetime(2026, 10, 5, 7, tzinfo=UTC)
    assert read({"week": "2026-W47"}, TEAMS, UNTIL).as_of == UNTIL


def test_an_address_read_again_is_the_same_page() -> None:
    address = read({"week": "2026-W40", "promise": "Triage"}, TEAMS, UNTIL)
    assert read(address.parameters, TEAMS, UNTIL) == address
    assert address.parameters["as_of"] == "2026-10-05T07:00Z"


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"team": "<b>nobody</b>"}, "no team “<b>nobody</b>”"),
        ({"week": "last"}, "week=“last” is not a week"),
        ({"week": "2026-W99"}, "not a week"),
        ({"week": "0001-W01"}, "not a week"),
        ({"week": "9999-W52"}, "not a week"),
        ({"week": "2026-W50"}, "begins after"),
        ({"as_of": "yesterday"}, "not an instant"),
        ({"as_of": "2026-11-16T16:30"}, "not an instant"),
        ({"as_of": "9999-12-31T23:59-12:00"}, "not an instant"),
    ],
)
def test_what_cannot_be_used_is_said_and_the_default_shown(parameters: dict[str, str], complaint: str) -> None:
    address = read(parameters, TEAMS, UNTIL)
    assert len(address.complaints) == 1 and complaint in address.complaints[0]
    assert (address.team, address.week.name) == (INFRA, "2026-W46")


def test_beyond_the_data_is_allowed_but_said() -> None:
    address = read({"as_of": "2026-11-20T00:00Z"}, TEAMS, UNTIL)
    assert address.as_of == datetime(2026, 11, 20, tzinfo=UTC)
    assert "the data end" in address.complaints[0]


def test_instants_are_spelled_as_short_as_they_are_exact() -> None:
    assert instant_text(datetime(2026, 8, 16, 21, 45, 50, tzinfo=UTC)) == "2026-08-16T21:45:50Z"
    assert instant_text(datetime(2026, 8, 16, 21, 45, 50, 5, tzinfo=UTC)) == "2026-08-16T21:45:50.000005Z"


TREND_TEAM = Team("infra", "America/Los_Angeles", True, ("infra", "access"), 3)


def test_a_trend_ends_with_the_week_of_its_instant() -> None:
    address = read({"weeks": "4", "week": "2026-W01"}, TEAMS, UNTIL, TREND)
    assert [week.name for week in address.shown_weeks] == ["2026-W44", "2026-W45", "2026-W46", "2026-W47"]
    assert address.since == datetime(2026, 10, 26, 7, tzinfo=UTC)
    assert address.parameters == {"team": "infra", "weeks": "4", "as_of": "2026-11-16T16:30Z"}


def test_a_trend_as_of_the_end_of_a_week_ends_with_that_week() -> None:
    assert read({"as_of": "2026-10-05T07:00Z"}, TEAMS, UNTIL, TREND).week.name == "2026-W40"


@pytest.mark.parametrize("weeks", ["0", "-3", "105", "many", "٣", "9" * 5000, "1.5"])
def test_a_window_that_is_none_is_said(weeks: str) -> None:
    address = read({"weeks": weeks}, TEAMS, UNTIL, TREND)
    assert address.weeks == 12 and "is not a number from 1 to 104" in address.complaints[0]


def test_a_queue_is_one_of_the_teams() -> None:
    chosen = read({"queue": "access"}, (TREND_TEAM,), UNTIL)
    assert chosen.queues == ["access"] and not chosen.complaints
    unknown = read({"queue": "<b>"}, (TREND_TEAM,), UNTIL)
    assert unknown.queues == ["infra", "access"] and "no queue “<b>”" in unknown.complaints[0]
