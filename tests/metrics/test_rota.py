"""Who was on duty when: overlapping entries, covers, runs, and the settings of a role."""

from datetime import datetime

import pytest
from hypothesis import given

import settings
from ingest.records import Account, Record, Shift
from metrics.columns import ask
from metrics.ended_shifts import duty
from metrics.rota import role_versions
from metrics.runs import held_shifts, in_a_row
from metrics.runs import weeks as weeks_of_run
from tests.conftest import OFFICE, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import EXAMPLES, WORLD, instants, naive
from tests.metrics.rota_oracle import ROTA, duties, rotas, stretches

DUTY = OFFICE + '[[role]]\nname = "duty"\n'
PIECES = "SELECT person, from_at, until_at FROM duty($as_of) ORDER BY from_at, person"


def shifts(*told: tuple[str, str, str], role: str = "duty") -> list[Record]:
    """Shifts as (login, from, until)."""
    records: list[Record] = [Account(f"test/{login}", "test", login, None, False) for login, _, _ in told]
    for n, (login, starts, ends) in enumerate(told):
        records.append(Shift(f"cal/{role}/{n}", "cal", role, f"test/{login}", utc(starts), utc(ends)))
    return records


def pieces(opened: Opened, records: list[Record], text: str = DUTY, as_of: str = "2027-01-01 00:00") -> list[str]:
    """Who did the duty when, as "ana 02-09"."""
    with opened(records, text) as con:
        rows = ask(con, PIECES, as_of=naive(utc(as_of))).fetchall()
    return [f"{person} {start:%d}-{end:%d}" for person, start, end in rows]


def test_two_entries_of_one_person_that_overlap_are_one_shift(opened: Opened) -> None:
    """Two calendars tell of the same week, and one of them of a day more."""
    twice = shifts(("ana", "2026-11-02", "2026-11-09"), ("ana", "2026-11-08", "2026-11-10"))
    assert pieces(opened, twice) == ["ana 02-10"]


def test_entries_that_only_touch_stay_two_shifts(opened: Opened) -> None:
    weeks = shifts(("ana", "2026-11-02", "2026-11-09"), ("ana", "2026-11-09", "2026-11-16"))
    assert pieces(opened, weeks) == ["ana 02-09", "ana 09-16"]


def test_a_cover_takes_over_and_gives_back(opened: Opened) -> None:
    """Bo covers for Ana from Wednesday to Friday: three pieces, and Ana's week is two days short."""
    covered = shifts(("ana", "2026-11-02", "2026-11-09"), ("bo", "2026-11-04", "2026-11-06"))
    assert pieces(opened, covered) == ["ana 02-04", "bo 04-06", "ana 06-09"]


def test_a_cover_within_a_cover(opened: Opened) -> None:
    nested = [
        ("ana", "2026-11-02", "2026-11-09"),
        ("bo", "2026-11-04", "2026-11-07"),
        ("cy", "2026-11-05", "2026-11-06"),
    ]
    assert pieces(opened, shifts(*nested)) == ["ana 02-04", "bo 04-05", "cy 05-06", "bo 06-07", "ana 07-09"]


def test_equals_share_the_duty_and_so_do_those_who_overlap_at_handover(opened: Opened) -> None:
    """Neither of two equally long entries covers the other; nor does one that reaches beyond."""
    together = shifts(("ana", "2026-11-02", "2026-11-09"), ("bo", "2026-11-02", "2026-11-09"))
    assert pieces(opened, together) == ["ana 02-09", "bo 02-09"]
    overlapping = shifts(("ana", "2026-11-02", "2026-11-09"), ("bo", "2026-11-08", "2026-11-15"))
    assert pieces(opened, overlapping) == ["ana 02-09", "bo 08-15"]


def test_where_two_are_asked_for_one_inside_the_other_is_no_cover(opened: Opened) -> None:
    helped = shifts(("ana", "2026-11-02", "2026-11-09"), ("bo", "2026-11-04", "2026-11-06"))
    assert pieces(opened, helped, DUTY + "people = 2\n") == ["ana 02-09", "bo 04-06"]


def test_of_a_role_that_nobody_described_every_entry_counts(opened: Opened) -> None:
    covered = shifts(("ana", "2026-11-02", "2026-11-09"), ("bo", "2026-11-04", "2026-11-06"))
    assert pieces(opened, covered, OFFICE) == ["ana 02-09", "bo 04-06"]


def test_a_shift_exists_once_it_has_begun_and_counts_as_far_as_is_known(opened: Opened) -> None:
    week = shifts(("ana", "2026-11-02", "2026-11-09"))
    assert pieces(opened, week, as_of="2026-11-02 00:00") == []
    assert pieces(opened, week, as_of="2026-11-05 00:00") == ["ana 02-05"]
    assert pieces(opened, week, as_of="2026-11-09 00:00") == ["ana 02-09"]


def test_bots_and_shifts_without_length_hold_nothing(opened: Opened) -> None:
    told = shifts(
        ("ana", "2026-11-02", "2026-11-02"), ("bo", "2026-11-03", "2026-11-02"), ("pager", "2026-11-02", "2026-11-09")
    )
    assert pieces(opened, told, 'bots = ["test/pager"]\n' + DUTY) == []


def test_an_account_that_is_nobodys_stands_for_itself_by_its_login(opened: Opened) -> None:
    nobody: list[Record] = [Shift("s", "cal", "duty", "cal/dee", utc("2026-11-02"), utc("2026-11-09"))]
    assert pieces(opened, nobody) == ["dee 02-09"]


def runs_of(opened: Opened, *told: tuple[str, str, str]) -> list[int]:
    """The weeks that each of Ana's runs counts for."""
    with opened(shifts(*told), DUTY) as con:
        held = held_shifts(duty(con, naive(utc("2027-01-01"))))
    runs = in_a_row(held, "role", "person_id").filter(person="ana").group_by("run").agg(weeks=weeks_of_run())
    return runs.sort("run")["weeks"].to_list()


@pytest.mark.parametrize(
    ("told", "weeks"),
    [
        pytest.param([("02", "09"), ("09", "16")], [2], id="two weeks from Monday to Monday"),
        pytest.param([("02", "09"), ("09", "16"), ("16", "23")], [3], id="three of them"),
        pytest.param([("02", "09"), ("16", "23")], [1, 1], id="a free week lies between"),
        pytest.param([("02", "07"), ("09", "14"), ("16", "21")], [3], id="Mondays to Fridays, weekends free"),
        pytest.param([("07", "09"), ("14", "16"), ("21", "23")], [3], id="weekends, nobody else between"),
        pytest.param([("02", "03"), ("09 23:59:59", "11")], [2], id="a second less than a free week"),
        pytest.param([("02", "03"), ("10", "12")], [1, 1], id="a day, a free week, two days"),
        pytest.param([(f"{d:02}", f"{d + 1:02}") for d in range(2, 10)], [1], id="eight days in a row are a week"),
        pytest.param([(f"{d:02}", f"{d + 1:02}") for d in range(2, 11)], [2], id="nine are two"),
        pytest.param([("02", "09 12:00")], [1], id="a week with a long handover"),
    ],
)
def test_weeks_in_a_row(opened: Opened, told: list[tuple[str, str]], weeks: list[int]) -> None:
    assert runs_of(opened, *(("ana", f"2026-11-{start}", f"2026-11-{end}") for start, end in told)) == weeks


def test_a_day_a_week_is_no_run_where_others_take_the_other_days(opened: Opened) -> None:
    days = [("ana" if d % 7 == 2 else "bo", f"2026-11-{d:02}", f"2026-11-{d + 1:02}") for d in range(2, 24)]
    assert runs_of(opened, *days) == [1, 1, 1, 1]


def test_who_helps_while_one_has_it_takes_nothing_between(opened: Opened) -> None:
    """Ana and Bo share one weekend and the next."""
    weekends = [(name, f"2026-11-{d:02}", f"2026-11-{d + 2:02}") for name in ("ana", "bo") for d in (7, 14)]
    assert runs_of(opened, *weekends) == [2]


def test_who_had_it_before_or_has_it_after_takes_nothing_between(opened: Opened) -> None:
    weekends = [("ana", "2026-11-07", "2026-11-09"), ("ana", "2026-11-14", "2026-11-16")]
    around = [("bo", "2026-11-02", "2026-11-06"), ("bo", "2026-11-17", "2026-11-20")]
    assert runs_of(opened, *weekends, *around) == [2]


def test_runs_are_those_of_one_person_whatever_others_hold(opened: Opened) -> None:
    """Aaron, who comes first by name, has a week after both of Ana's."""
    others = ("aaron", "2026-11-23", "2026-11-30")
    assert runs_of(opened, ("ana", "2026-11-02", "2026-11-09"), ("ana", "2026-11-16", "2026-11-23"), others) == [1, 1]


def test_a_shift_of_which_others_do_the_middle_lasts_from_its_beginning_to_its_end(opened: Opened) -> None:
    weeks = [("ana", "2026-11-02", "2026-11-09"), ("ana", "2026-11-09", "2026-11-16")]
    covers = [("bo", "2026-11-03", "2026-11-08"), ("bo", "2026-11-10", "2026-11-15")]
    assert runs_of(opened, *weeks, *covers) == [2]


@pytest.mark.parametrize(("until", "weeks"), [("05 23:59:59", [1, 1]), ("06", [1, 1]), ("06 00:00:01", [2])])
def test_four_free_days_while_somebody_else_has_it_are_a_break(opened: Opened, until: str, weeks: list[int]) -> None:
    """Ana from the 2nd, Bo from the 7th, Ana again on the 10th."""
    told = [
        ("ana", "2026-11-02", f"2026-11-{until}"),
        ("bo", "2026-11-07", "2026-11-08"),
        ("ana", "2026-11-10", "2026-11-12"),
    ]
    assert runs_of(opened, *told) == weeks


def test_what_a_role_says_travels_with_the_store(opened: Opened) -> None:
    with opened([], DUTY + 'queues = ["in*"]\ncalendar = "office"\n') as con:
        [version] = role_versions(con)
    assert version.definition["queues"] == ["in*"]
    assert version.definition["calendar"] == "office"


def test_a_role_needs_a_calendar_that_exists() -> None:
    with pytest.raises(settings.SettingsError, match="role 'duty': calendar 'offise' is not defined"):
        settings.parse(DUTY + 'calendar = "offise"\n', "here")


@EXAMPLES
@given(records=rotas(), as_of=instants())
def test_duties_agree_with_looking_at_every_half_hour(opened: Opened, records: list[Record], as_of: datetime) -> None:
    with opened(records, WORLD + ROTA) as con:
        sql = "SELECT shift_id, role, person, starts_at, ends_at, from_at, until_at FROM duty($as_of)"
        rows = ask(con, sql, as_of=naive(as_of)).fetchall()
    wanted = [
        (held.shift_id, held.role, held.person, held.starts, held.ends, *stretch)
        for held in duties(records, naive(as_of))
        for stretch in stretches(held.slots)
    ]
    assert sorted(rows) == sorted(wanted)


@EXAMPLES
@given(records=rotas(), as_of=instants())
def test_shifts_that_begin_later_change_nothing(opened: Opened, records: list[Record], as_of: datetime) -> None:
    begun = [r for r in records if not isinstance(r, Shift) or r.starts_at < as_of]
    told = []
    for known in (begun, records):
        with opened(known, WORLD + ROTA) as con:
            told.append(sorted(map(repr, ask(con, "FROM duty($as_of)", as_of=naive(as_of)).fetchall())))
    assert told[0] == told[1]
