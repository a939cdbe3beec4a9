"""What is said of files that are not as they should be: the line, the column, what is wrong, and what to write."""

import csv
import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import files

DATA = Path(__file__).parents[1] / "data" / "files"
TICKETS = "key,queue,title,opened_at,author\n"
EVENTS = "key,occurred_at,actor,field,old,new\n"
ONE = "A-1,infra,Disk full,2026-03-02T09:00:00Z,ana\n"


@dataclass
class Told:
    """Two files, and what is said of them."""

    folder: Path
    tickets: str = TICKETS + ONE
    events: str = EVENTS

    def read(self, **options: Any) -> files.Import:
        (self.folder / "tickets.csv").write_text(self.tickets, encoding="utf-8", newline="")
        (self.folder / "events.csv").write_text(self.events, encoding="utf-8", newline="")
        return files.read([self.folder], **options)

    def complaints(self, **options: Any) -> list[str]:
        found = self.read(**options)
        assert not list(found.replies) or not found.problems, "nothing is imported if anything is wrong"
        return found.complaints()


@pytest.fixture
def of(tmp_path: Path) -> Callable[..., Told]:
    return lambda **facts: Told(tmp_path, **facts)


Of = Callable[..., Told]


def event(at: str = "2026-03-03T09:00:00Z", field: str = "status", old: str = "", new: str = "done") -> str:
    return f"A-1,{at},ben,{field},{old},{new}\n"


# --- Rows ----------------------------------------------------------------------------------------------

BAD_TICKETS = [
    (",infra,Disk,2026-03-02T09:00:00Z,ana", "column key: this must not be empty"),
    ("A-2,,Disk,2026-03-02T09:00:00Z,ana", "column queue: this must not be empty"),
    ("A-2,infra, ,2026-03-02T09:00:00Z,ana", "column title: this must not be empty"),
    ("A-2,infra,Disk,,ana", "column opened_at: this must not be empty"),
    ("A-1,infra,Disk,2026-03-02T09:00:00Z,ana", "column key: A-1 stands in line 2 already"),
    ("A-2,infra,Disk,2026-03-02T09:00:00Z", "4 cells where the first line names 5 columns"),
    ("A-2,infra,Disk, full,2026-03-02T09:00:00Z,ana", "6 cells where the first line names 5 columns"),
    (
        "A-2,infra,Disk,02/03/2026 09:00,ana",
        "column opened_at: '02/03/2026 09:00' is not an instant; write it as 2026-11-02T09:00:00Z",
    ),
    (
        "A-2,infra,Disk,2026-03-02,ana",
        "column opened_at: '2026-03-02' is a day, not an instant; write it as 2026-11-02T09:00:00Z",
    ),
    ("A-2,infra,Disk,1772442000,ana", "column opened_at: '1772442000' is not an instant"),
    ("A-2,infra,Disk,2026-02-30T09:00:00Z,ana", "column opened_at: '2026-02-30T09:00:00Z' is not an instant: day"),
    ("A-2,infra,Disk,0026-03-02T09:00:00Z,ana", "column opened_at: 0026-03-02T09:00:00Z is in a year out of reach"),
    (
        "A-2,infra,Disk,2026-03-02 09:00,ana",
        "column opened_at: 2026-03-02 09:00 has no zone; write it as 2026-11-02T09:00:00Z, or say with --zone whose",
    ),
    ('A-2,infra,"Disk" full,2026-03-02T09:00:00Z,ana', "cannot be read as CSV: text stands behind a closing quotation"),
]


@pytest.mark.parametrize(("row", "sentence"), BAD_TICKETS, ids=[sentence for _, sentence in BAD_TICKETS])
def test_a_ticket_that_is_not_well_is_told_with_line_and_column(of: Of, row: str, sentence: str) -> None:
    [complaint] = of(tickets=f"{TICKETS}{ONE}{row}\n").complaints()
    joint = ", " if sentence.startswith("column") else ": "
    assert complaint.startswith(f"tickets.csv, line 3{joint}{sentence}")


BAD_EVENTS = [
    (",2026-03-03T09:00:00Z,ben,status,,done", "column key: this must not be empty"),
    ("A-10,2026-03-03T09:00:00Z,ben,status,,done", "column key: there is no ticket A-10; is it A-1?"),
    ("OPS-7,2026-03-03T09:00:00Z,ben,status,,done", "column key: there is no ticket OPS-7"),
    ("A-1,soon,ben,status,,done", "column occurred_at: 'soon' is not an instant"),
    (
        "A-1,2026-03-02T08:59:59Z,ben,status,,done",
        "column occurred_at: before the ticket was opened, at 2026-03-02T09:00:00Z",
    ),
    ("A-1,2026-03-03T09:00:00Z,ben,,,done", "column field: this must not be empty"),
    ("A-1,2026-03-03T09:00:00Z,ben,Status,,done", "column field: 'Status' is no field; is it 'status'?"),
    ("A-1,2026-03-03T09:00:00Z,ben,labels,,x", "column field: 'labels' is no field; is it 'label'?"),
    ("A-1,2026-03-03T09:00:00Z,ben,zzz,,x", "column field: 'zzz' is no field; it is one of created, status, "),
    ("A-1,2026-03-03T09:00:00Z,ben,custom.,,x", "column field: 'custom.' is no field"),
    ("A-1,2026-03-03T09:00:00Z,ben,status,open,", "column new: a ticket always has a status: this must not be empty"),
    ("A-1,2026-03-03T09:00:00Z,ben,priority,,", "column new: old and new are both empty: nothing changed"),
    ("A-1,2026-03-03T09:00:00Z,ben,label,x,x", "column new: the same as old: nothing changed"),
    ("A-1,2026-03-02T09:00:00Z,ben,created,,x", "column new: created has neither old nor new"),
    ("A-1,2026-03-03T09:00:00Z,ben,created,,", "column occurred_at: created, but the ticket was opened at 2026-03-02T"),
    ("A-1,2026-03-03T09:00:00Z,ben,eta,,soon", "column new: 'soon' is no date or instant"),
    ("A-1,2026-03-03T09:00:00Z,ben,effort,,1h", "column new: '1h' is no number of minutes"),
    ("A-1,2026-03-03T09:00:00Z,ben,link,,A-2", "column new: 'A-2' is no link; write it as the relation and the ticket"),
]


@pytest.mark.parametrize(("row", "sentence"), BAD_EVENTS, ids=[sentence for _, sentence in BAD_EVENTS])
def test_an_event_that_is_not_well_is_told_with_line_and_column(of: Of, row: str, sentence: str) -> None:
    [complaint] = of(events=f"{EVENTS}{event()}{row}\n").complaints()
    assert complaint.startswith(f"events.csv, line 3, {sentence}")


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02T09:00:00Z",
        "2026-03-02T09:00Z",
        "2026-03-02 09:00:00z",
        "2026-03-02 10:00:00+01:00",
        "2026-03-02 10:00:00 +0100",
        "2026-03-02T10:00:00.000+01",
        "2026-03-02T09:00:00,000Z",
    ],
)
def test_an_instant_may_be_written_in_every_way_iso_8601_knows(of: Of, text: str) -> None:
    quoted = f'"{text}"' if "," in text else text
    [reply] = of(tickets=f"{TICKETS}A-1,infra,Disk,{quoted},ana\n").read().replies
    assert '"opened_at": "2026-03-02T09:00:00+00:00"' in reply.body


def test_every_problem_of_both_files_is_told_at_once(of: Of) -> None:
    told = of(tickets=TICKETS + ONE + ",,,,\n,,,x,\n", events=EVENTS + "A-2,x,,y,,\n").complaints()
    assert [complaint.rpartition(":")[0].partition(": ")[0] for complaint in told] == [
        "tickets.csv, line 4, column key",
        "tickets.csv, line 4, column queue",
        "tickets.csv, line 4, column title",
        "tickets.csv, line 4, column opened_at",
        "events.csv, line 2, column key",
        "events.csv, line 2, column occurred_at",
        "events.csv, line 2, column field",
    ]


def test_of_very_many_problems_the_first_fifty_are_told(of: Of) -> None:
    told = of(events=EVENTS + "A-9,2026-03-03T09:00:00Z,ben,status,,done\n" * 60)
    assert len(told.complaints()) == 51 and told.complaints()[-1] == "... and 10 more"
    assert len(told.read().problems) == 50 and told.read().more == 10


# --- Clocks --------------------------------------------------------------------------------------------


def test_an_instant_without_a_zone_is_one_of_the_zone_named(of: Of) -> None:
    naive = of(tickets=f"{TICKETS}A-1,infra,Disk,2026-03-02 09:00,ana\n")
    [reply] = naive.read(zone="Europe/Amsterdam").replies
    assert '"opened_at": "2026-03-02T08:00:00+00:00"' in reply.body


def test_an_instant_with_a_zone_keeps_it(of: Of) -> None:
    [reply] = of().read(zone="Europe/Amsterdam").replies
    assert '"opened_at": "2026-03-02T09:00:00+00:00"' in reply.body


@pytest.mark.parametrize(
    ("local", "sentence"),
    [
        (
            "2026-10-25 02:30",
            "2026-10-25 02:30:00 happened twice, because clocks were set back in Europe/Amsterdam; write it with its "
            "offset, such as 2026-10-25T02:30:00+02:00",
        ),
        (
            "2026-03-29 02:30",
            "2026-03-29 02:30:00 never was, because clocks were set forward in Europe/Amsterdam; write it with its "
            "offset, such as 2026-03-29T02:30:00+01:00",
        ),
    ],
)
def test_a_local_time_that_was_twice_or_never_is_told(of: Of, local: str, sentence: str) -> None:
    [complaint] = of(events=EVENTS + event(at=local)).complaints(zone="Europe/Amsterdam")
    assert complaint == f"events.csv, line 2, column occurred_at: {sentence}"


def test_an_unknown_zone_is_said(of: Of) -> None:
    with pytest.raises(files.FilesError, match="'Mars/Olympus' is not a time zone; write one like"):
        of().read(zone="Mars/Olympus")


# --- Columns -------------------------------------------------------------------------------------------


def test_a_column_that_is_missing_is_told_with_the_one_that_looks_like_it(of: Of) -> None:
    told = of(tickets="key,queue,title,opened,author\n" + ONE).complaints()
    assert told == [
        "tickets.csv, line 1, column opened_at: this column is missing; is it the one called 'opened'?",
        "tickets.csv, line 1, column opened: there is no such column here; the columns are key, queue, title, "
        "opened_at, author, url, type",
    ]


def test_a_column_twice_or_without_a_name_is_told(of: Of) -> None:
    told = of(tickets="key,queue,title,opened_at,author,url,url,\n").complaints()
    assert [complaint.partition(";")[0] for complaint in told] == [
        "tickets.csv, line 1: a column without a name",
        "tickets.csv, line 1, column url: this column is there twice",
    ]


def test_columns_may_stand_in_any_order(of: Of) -> None:
    told = of(tickets="author,opened_at,title,queue,key\nana,2026-03-02T09:00:00Z,Disk full,infra,A-1\n")
    assert [reply.body for reply in told.read().replies] == [reply.body for reply in of().read().replies]


@pytest.mark.parametrize("which", ["tickets", "events"])
@pytest.mark.parametrize("content", ["", "\n\n", "sep=;\n"])
def test_an_empty_file_is_told(of: Of, which: str, content: str) -> None:
    [complaint, *_] = of(**{which: content}).complaints()
    assert complaint.startswith(f"{which}.csv, line 1: the file is empty; its first line should name the columns: key,")


# --- Spreadsheets --------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", [";", "\t"])
@pytest.mark.parametrize("eol", ["\n", "\r\n"])
@pytest.mark.parametrize("first", ["", "\ufeff"])
def test_the_dialects_of_spreadsheets_are_understood(of: Of, mark: str, eol: str, first: str) -> None:
    plain = of(events=EVENTS + event() + event(field="comment", new="x"))
    expected = [reply.body for reply in plain.read().replies]
    spoken = replace(
        plain,
        tickets=first + plain.tickets.replace(",", mark).replace("\n", eol),
        events=first + plain.events.replace(",", mark).replace("\n", eol) + mark * 5 + eol,
    )
    assert [reply.body for reply in spoken.read().replies] == expected


def test_a_line_that_names_the_separator_is_no_header(of: Of) -> None:
    told = of(tickets="sep=;\n" + (TICKETS + "A-1,infra,,,ana\n").replace(",", ";"))
    assert [complaint.partition(", column")[0] for complaint in told.complaints()] == ["tickets.csv, line 3"] * 2


def test_lines_are_counted_as_an_editor_counts_them(of: Of) -> None:
    long = event(field="comment", new='"one\ntwo\r\nthree ""quoted"", and more"')
    assert of(events=EVENTS + long + event(at="x") + long + event(at="y")).complaints() == [
        "events.csv, line 5, column occurred_at: 'x' is not an instant; write it as 2026-11-02T09:00:00Z",
        "events.csv, line 9, column occurred_at: 'y' is not an instant; write it as 2026-11-02T09:00:00Z",
    ]


def test_a_quotation_mark_that_is_never_closed_is_told_where_it_opens(of: Of) -> None:
    [complaint] = of(events=EVENTS + event() + event(field="comment", new='"open') + event() * 3).complaints()
    assert complaint == "events.csv, line 3: cannot be read as CSV: a quotation mark in it is never closed"


def test_a_long_comment_is_no_problem(of: Of) -> None:
    assert of(events=EVENTS + event(field="comment", new="x" * 500_000)).complaints() == []
    assert csv.field_size_limit() == 131_072, "other programs' limit is left as it was"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (
            (TICKETS + ONE).encode() + "A-2,infra,Größe,x,ana\n".encode("cp1252"),
            r"line 3: not UTF-8 text \(byte 0xf6\); save",
        ),
        ((TICKETS + ONE).encode("utf-16"), "this is UTF-16; save it as UTF-8"),
    ],
)
def test_another_encoding_is_said(of: Of, raw: bytes, reason: str) -> None:
    told = of()
    told.read()
    (told.folder / "tickets.csv").write_bytes(raw)
    with pytest.raises(files.FilesError, match=reason):
        files.read([told.folder])


# --- Which files ---------------------------------------------------------------------------------------


def test_two_files_may_be_named_in_either_order(of: Of) -> None:
    told = of(events=EVENTS + event())
    expected = [reply.body for reply in told.read().replies]
    tickets, events = told.folder / "tickets.csv", told.folder / "events.csv"
    for paths in ([tickets, events], [events, tickets]):
        assert [reply.body for reply in files.read(paths).replies] == expected
    other = [told.folder / "a.csv", told.folder / "b.csv"]
    tickets.rename(other[0])
    events.rename(other[1])
    assert [reply.body for reply in files.read(other).replies] == expected


@pytest.mark.parametrize(
    ("paths", "reason"),
    [
        ([], "name a folder with tickets and events, or two files"),
        (["nowhere"], "nowhere: there is no such folder"),
        (["tickets.csv"], "is one file; name the folder, or both"),
        (["tickets.csv", "nowhere.csv"], r"nowhere\.csv: there is no such file"),
        (["tickets.csv", "notes.txt"], r"notes\.txt: cannot tell what it is by its name; it should end in \.csv"),
        (["empty"], r"empty: there is no tickets\.csv in this folder \(nor one ending in \.csv\.gz"),
        (["."], r"both events\.csv and events\.csv\.gz are there; name the two files"),
    ],
)
def test_files_that_are_not_there_or_not_clear_are_said(of: Of, paths: list[str], reason: str) -> None:
    told = of()
    told.read()
    (told.folder / "notes.txt").touch()
    (told.folder / "events.csv.gz").touch()
    (told.folder / "empty").mkdir()
    with pytest.raises(files.FilesError, match=reason):
        files.read([told.folder / path for path in paths])


def test_a_compressed_file_cut_short_is_said(of: Of) -> None:
    told = of(events=EVENTS + event() * 1_000)
    told.read()
    raw = gzip.compress((told.folder / "events.csv").read_bytes())
    (told.folder / "events.csv.gz").write_bytes(raw[:-20])
    with pytest.raises(files.FilesError, match=r"events\.csv\.gz: the compressed file is damaged or cut short"):
        files.read([told.folder / "tickets.csv", told.folder / "events.csv.gz"])


# --- Keeping what is good ------------------------------------------------------------------------------


def test_good_rows_are_kept_where_that_is_asked_for(of: Of) -> None:
    told = of(
        tickets=TICKETS + ONE + "A-2,infra,,2026-03-02T09:00:00Z,ana\n" + ONE.replace("A-1", "A-3"),
        events=EVENTS + event() + event(at="x") + event().replace("A-1", "A-2") + event().replace("A-1", "A-3"),
    )
    assert told.complaints() == [
        "tickets.csv, line 3, column title: this must not be empty",
        "events.csv, line 3, column occurred_at: 'x' is not an instant; write it as 2026-11-02T09:00:00Z",
        "events.csv, line 4, column key: its ticket A-2 is not well (line 3 of the tickets)",
    ]
    kept = told.read(keep_good=True)
    assert kept.complaints() == told.complaints()
    assert (kept.tickets, kept.events) == (2, 2)
    [reply] = kept.replies
    assert '"A-3"' in reply.body and '"A-2"' not in reply.body


def test_without_its_columns_nothing_of_a_file_is_good(of: Of) -> None:
    told = of(tickets=TICKETS.replace("title", "subject") + ONE, events=EVENTS + event())
    assert list(told.read(keep_good=True).replies) == []


# --- Random damage -------------------------------------------------------------------------------------


def example() -> dict[str, list[list[str]]]:
    return {
        name: list(csv.reader(io.StringIO((DATA / f"{name}.csv").read_text(encoding="utf-8"))))
        for name in ("tickets", "events")
    }


def written(rows: list[list[str]]) -> tuple[str, list[int]]:
    """As CSV, and the line at which each row begins."""
    text, begins = "", []
    for row in rows:
        begins.append(text.count("\n") + 1)
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(row)
        text += line.getvalue()
    return text, begins


def _set(column: str, value: str) -> Callable[[list[str], list[str]], list[str]]:
    return lambda header, row: [value if name == column else cell for name, cell in zip(header, row, strict=True)]


DAMAGE: dict[str, dict[str, Callable[[list[str], list[str]], list[str]]]] = {
    "tickets": {
        "no title": _set("title", ""),
        "no queue": _set("queue", " "),
        "a day": _set("opened_at", "2026-03-02"),
        "no zone": _set("opened_at", "2026-03-02T09:00:00"),
        "a cell more": lambda _, row: [*row, "x"],
        "a cell less": lambda _, row: row[:-1],
    },
    "events": {
        "another key": _set("key", "LAMP-99"),
        "no key": _set("key", ""),
        "too early": _set("occurred_at", "2026-01-01T00:00:00Z"),
        "no instant": _set("occurred_at", "yesterday"),
        "no field": _set("field", ""),
        "another field": _set("field", "colour"),
        "nothing": lambda header, row: _set("new", "")(header, _set("field", "status")(header, row)),
        "a cell more": lambda _, row: [*row, "x"],
        "a cell less": lambda _, row: row[:-1],
    },
}
WOUNDS = st.sampled_from([(file, kind) for file, kinds in DAMAGE.items() for kind in kinds])


@given(st.lists(st.tuples(WOUNDS, st.integers(0, 50)), min_size=1, max_size=4))
def test_any_damage_is_told_with_its_line_and_nothing_is_imported(
    tmp_path_factory: pytest.TempPathFactory, wounds: list[tuple[tuple[str, str], int]]
) -> None:
    rows, told = example(), Told(tmp_path_factory.mktemp("files"))
    hurt: set[tuple[str, int]] = set()
    lost: set[str] = set()  # tickets, and with them their events
    for (file, kind), place in wounds:
        number = 1 + place % (len(rows[file]) - 1)
        if (file, number) not in hurt:
            hurt.add((file, number))
            lost |= {rows[file][number][0]} if file == "tickets" else set()
            rows[file][number] = DAMAGE[file][kind](rows[file][0], rows[file][number])
    told.tickets, lines_of_tickets = written(rows["tickets"])
    told.events, lines_of_events = written(rows["events"])
    begins = {"tickets": lines_of_tickets, "events": lines_of_events}
    bad = hurt | {("events", n) for n, row in enumerate(rows["events"]) if row[0] in lost}
    found = told.read()
    assert list(found.replies) == []
    assert {(problem.file, problem.line) for problem in found.problems} == {(f"{f}.csv", begins[f][n]) for f, n in bad}
    kept = told.read(keep_good=True)
    assert kept.problems == found.problems
    assert (kept.tickets, kept.events) == (3 - len(lost), 12 - len([file for file, _ in bad if file == "events"]))
