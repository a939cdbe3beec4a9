"""Shifts and absences from files: what a row means, what is wrong with one, and what a corrected file replaces."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import files
from ingest.files.rota import Rota, spans
from ingest.files.rows import FilesError
from ingest.records import Absence, Account, Record, Shift
from rotation.feeds.table import table
from rotation.plan import Plan
from settings.sources import Site
from tests.ingest.ical_words import take_in
from tests.rotation.problems import team

SHIFTS = "role,person,starts_at,ends_at\n"
ABSENCES = "person,starts_at,ends_at\n"
ONE = "duty,ana,2026-11-02T08:00:00Z,2026-11-09T08:00:00Z\n"
Read = Callable[..., Rota]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def of(shifts: str | None = None, absences: str | None = None, **options: Any) -> Rota:
        for name, head, rows in (("shifts", SHIFTS, shifts), ("absences", ABSENCES, absences)):
            (tmp_path / f"{name}.csv").unlink(missing_ok=True)
            if rows is not None:
                (tmp_path / f"{name}.csv").write_text(head + rows, encoding="utf-8", newline="")
        return files.read_rota([tmp_path], **options)

    return of


def records(rota: Rota) -> list[Record]:
    assert not rota.problems, rota.complaints()
    site = Site.model_construct(name="files")
    return [record for reply in rota.replies for record in files.parse(json.loads(reply.body), site)]


def stored(*rotas: Rota) -> list[tuple[str, str, str]]:
    """What the store holds after these imports: role or "away", person, day."""
    store: dict[str, Record] = {}
    for rota in rotas:
        take_in(store, records(rota))
    return sorted(
        (getattr(one, "role", "away"), one.account_id.removeprefix("files/"), f"{one.starts_at:%m-%d}")
        for one in store.values()
        if isinstance(one, Shift | Absence)
    )


# --- What a row means -------------------------------------------------------------------------------


def test_a_row_is_a_shift_of_an_account_of_this_source(read: Read) -> None:
    account, shift = (one for one in records(read(ONE)) if isinstance(one, Account | Shift))
    assert account == Account("files/ana", "files", "ana", "ana", False)
    assert shift == Shift(
        "files/shift/duty/2026-11-02/080000.000000/ana", "files", "duty", "files/ana",
        datetime(2026, 11, 2, 8, tzinfo=UTC), datetime(2026, 11, 9, 8, tzinfo=UTC),
    )  # fmt: skip


def test_an_e_mail_address_tells_whose_account_it_is(read: Read) -> None:
    found = records(read(ONE.replace("ana", "Ana@acme.example")))
    [account] = [one for one in found if isinstance(one, Account)]
    assert (account.login, account.name, account.email) == ("Ana@acme.example", None, "ana@acme.example")


def test_a_day_is_its_midnight_in_the_zone_and_the_end_is_not_part_of_it(read: Read) -> None:
    rota = read("duty,ana,2026-10-19,2026-10-26\n", "bo,2026-11-02,2026-11-03\n", zone="Europe/Berlin")
    shift, absence = (one for one in records(rota) if isinstance(one, Shift | Absence))
    assert (shift.starts_at, shift.ends_at) == (
        datetime(2026, 10, 18, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC),
    )  # fmt: skip
    assert absence == Absence(
        "files/absence/2026-11-01/230000.000000/bo", "files", "files/bo",
        datetime(2026, 11, 1, 23, tzinfo=UTC), datetime(2026, 11, 2, 23, tzinfo=UTC),
    )  # fmt: skip
    assert rota.found == {"shift": 1, "absence": 1}


@pytest.mark.parametrize("name", ["=cmd()", "+1", "-Ana", "@ana", "'quoted"])
def test_the_apostrophe_that_keeps_spreadsheets_from_computing_is_no_part_of_a_name(read: Read, name: str) -> None:
    [shift] = [one for one in records(read(ONE.replace("ana", f"'{name}"))) if isinstance(one, Shift)]
    assert shift.account_id == f"files/{name}"


def test_vacant_seats_and_people_who_look_on_are_passed_over(tmp_path: Path) -> None:
    text = "role,person,starts_at,ends_at,kind,shift\n"
    for person, kind in (("ana", "holds"), ("", "vacant"), ("cy", "shadows"), ("bo", "")):
        text += f"duty,{person},2026-11-02T08:00:00Z,2026-11-09T08:00:00Z,{kind},duty/2026-11-02\n"
    (tmp_path / "shifts.csv").write_text(text, encoding="utf-8")
    assert stored(files.read_rota([tmp_path])) == [("duty", "ana", "11-02"), ("duty", "bo", "11-02")]


# --- A plan, written and read -----------------------------------------------------------------------


@given(data=st.data())
def test_a_plan_written_as_csv_reads_back_as_the_same_shifts(data: st.DataObject, own_folder: Any) -> None:
    names = ["Ana", "=cmd()", "O'Hara", "'Bo'", "Zoë, the 2nd", 'Cy "C" Dee']
    roles = [{"name": "duty", "people": 2}, {"name": "desk", "pattern": "weekday/weekend", "starts_at": "09:30"}]
    zone = data.draw(st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Chatham"]))
    problem = team(*names, weeks=3, zone=zone, first_day=date(2026, 10, 14), roles=roles)
    some = st.lists(st.sampled_from(names), max_size=2, unique=True)
    plan = Plan.of(problem, {shift.id: tuple(data.draw(some)) for shift in problem.shifts})
    with own_folder() as folder:
        (folder / "plan.csv").write_text(table(plan), encoding="utf-8", newline="")
        found = records(files.read_rota([folder / "plan.csv"]))
    told = {(s.role, s.account_id[6:], s.starts_at, s.ends_at) for s in found if isinstance(s, Shift)}
    assert told == {(row.role, person, row.since, row.until) for row in plan.shifts for person in row.people}


# --- A corrected file -------------------------------------------------------------------------------


def weeks(*people: str, role: str = "duty", first: date = date(2026, 11, 2)) -> str:
    days = [first + timedelta(weeks=n) for n in range(len(people) + 1)]
    return "".join(f"{role},{who},{days[n]}T08:00Z,{days[n + 1]}T08:00Z\n" for n, who in enumerate(people))


def test_a_file_imported_again_changes_nothing_and_a_corrected_one_replaces_it(read: Read) -> None:
    first = read(weeks("ana", "bo", "cy"))
    assert stored(first, first) == stored(first)
    assert stored(first, read(weeks("ana", "cy", "bo"))) == [
        ("duty", "ana", "11-02"), ("duty", "bo", "11-16"), ("duty", "cy", "11-09"),
    ]  # fmt: skip


def test_a_file_says_nothing_of_days_before_and_after_it(read: Read) -> None:
    whole = read(weeks("ana", "bo", "cy", "dee"))
    middle = read(weeks("eli", first=date(2026, 11, 9)))
    assert [who for _, who, _ in sorted(stored(whole, middle), key=lambda row: row[2])] == ["ana", "eli", "cy", "dee"]


def test_a_file_says_nothing_of_other_roles_and_one_of_shifts_nothing_of_absences(read: Read) -> None:
    found = stored(read(weeks("ana"), "bo,2026-11-02T00:00Z,2026-11-03T00:00Z\n"), read(weeks("cy", role="desk")))
    assert found == [("away", "bo", "11-02"), ("desk", "cy", "11-02"), ("duty", "ana", "11-02")]


days = st.dates(date(2024, 1, 1), date(2028, 12, 31))


@given(days, days, days)
def test_the_prefixes_cover_the_days_of_the_file_and_no_other(first: date, last: date, day: date) -> None:
    found = list(spans(first, last))
    assert sum(f"{day:%Y-%m-%d}/".startswith(prefix) for prefix in found) == (first <= day <= last)
    assert len(found) <= 30 + 11 + 5 + 11 + 30


# --- What is wrong ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",ana,2026-11-02T08:00Z,2026-11-09T08:00Z", "line 2, column role: this must not be empty"),
        ("duty,,2026-11-02T08:00Z,2026-11-09T08:00Z", "line 2, column person: this must not be empty"),
        ("duty,ana,,2026-11-09T08:00Z", "line 2, column starts_at: this must not be empty"),
        ("duty,ana,2026-11-02,2026-11-09T08:00Z", "column starts_at: 2026-11-02 is a day; say with --zone"),
        ("duty,ana,2026-11-02T08:00,2026-11-09T08:00Z", "column starts_at: 2026-11-02T08:00 has no zone"),
        ("duty,ana,02/11/2026,2026-11-09T08:00Z", "'02/11/2026' is not an instant"),
        ("duty,ana,2026-11-09T08:00Z,2026-11-09T08:00Z", "column ends_at: 2026-11-09T08:00:00+00:00 is not after"),
        ("duty,ana,2026-11-09T08:00Z,2029-11-09T08:00Z", "is more than two years after starts_at"),
        ("duty,ana,2026-11-09T08:00Z", "3 cells where the first line names 4 columns"),
        (ONE + ONE.strip(), "line 3, column person: ana stands in line 2 already, from the same instant"),
    ],
)
def test_a_row_that_is_not_well_is_told_with_line_and_column(read: Read, row: str, said: str) -> None:
    rota = read(row + "\n")
    assert len(rota.complaints()) == 1
    assert said in rota.complaints()[0]
    assert rota.replies == []


def test_good_rows_are_kept_where_that_is_asked_for(read: Read) -> None:
    rota = read(ONE + "duty,bo,soon,later\n", keep_good=True)
    assert (len(rota.problems), rota.found) == (2, {"shift": 1})
    assert len(rota.replies) == 1


def test_a_file_without_rows_says_nothing(read: Read) -> None:
    rota = read("")
    assert (records(rota), rota.found) == ([], {"shift": 0})


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], "neither shifts.csv nor absences.csv"),
        (["nothing.csv"], "nothing.csv: there is no such file"),
        (["rota.xlsx"], "cannot tell what it is by its name"),
        (["a.csv", "b.csv"], "are both files of shifts; import one after the other"),
    ],
)
def test_files_that_are_not_there_or_not_clear_are_said(tmp_path: Path, names: list[str], said: str) -> None:
    for name in ("rota.xlsx", "a.csv", "b.csv"):
        (tmp_path / name).write_text(SHIFTS, encoding="utf-8")
    with pytest.raises(FilesError, match=said):
        files.read_rota([tmp_path / name for name in names] or [tmp_path])
