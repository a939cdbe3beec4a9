"""Tickets and events from files into records: what the columns mean, and that importing again changes nothing."""

import json
import re
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import files
from ingest.files import sorting as files_sorted
from ingest.files.checks import FIELDS
from ingest.records import Account, Event, Record, Ticket, UnreadableError
from ingest.source import Parser
from settings.sources import Site

DATA = Path(__file__).parents[1] / "data" / "files"
TICKETS = "key,queue,title,opened_at,author\n"
EVENTS = "key,occurred_at,actor,field,old,new\n"
ONE = "A-1,infra,Disk full,2026-03-02T09:00:00Z,ana\n"


def told(tickets: str, events: str = "", folder: Path | None = None, **options: Any) -> files.Import:
    assert folder is not None
    (folder / "tickets.csv").write_text(TICKETS + tickets, encoding="utf-8", newline="")
    (folder / "events.csv").write_text(EVENTS + events, encoding="utf-8", newline="")
    return files.read([folder], **options)


def records(found: files.Import) -> list[Record]:
    assert not found.problems, found.complaints()
    parsed: list[Record] = []
    for reply in found.replies:
        assert (reply.source, reply.kind, reply.since) == (reply.source, "files", "")
        parsed += files.parse(json.loads(reply.body), Site.model_construct(name=reply.source), reply.scope)
    return parsed


def events(found: list[Record], *fields: str) -> list[Event]:
    return [one for one in found if isinstance(one, Event) and (not fields or one.field in fields)]


def changes(found: list[Record], *fields: str) -> list[tuple[str, str | None, str | None]]:
    """What changed after the opening, in the order in which the store has it."""
    after = [event for event in events(found, *fields) if not event.event_id.startswith("opened/")]
    return [(event.field, event.old, event.new) for event in sorted(after, key=lambda e: (e.occurred_at, e.seq))]


def opening(found: list[Record], ticket_id: str) -> dict[str, str | None]:
    born = [event for event in events(found) if event.ticket_id == ticket_id and event.seq == 0]
    assert all(event.event_id == f"opened/{event.field}" for event in born)
    return {event.field: event.new for event in born}


def test_it_keeps_the_promise_of_a_parser() -> None:
    promised: Parser = files
    assert promised.NAME == "files" and files.is_known("anything")


# --- The example ---------------------------------------------------------------------------------------


def test_the_example_is_read() -> None:
    found = files.read([DATA])
    assert (found.tickets, found.events, found.complaints()) == (3, 12, [])
    told = records(found)
    assert told[0] == Ticket(
        ticket_id="files/LAMP-1",
        source="files",
        key="LAMP-1",
        url="https://lamps.example/LAMP-1",
        title="The lamp on the north pier is dim",
        opened_at=datetime(2026, 3, 2, 8, tzinfo=UTC),
        author_id="files/maren",
        type="Fault",
    )
    assert changes(told) == [
        ("priority", None, "P2"),
        ("owner", None, "files/odile"),
        ("comment", None, "It needs a new wick.\nI have ordered one."),
        ("status", "open", "waiting"),
        ("label", None, "charts"),
        ("status", "waiting", "resolved"),
        ("owner", None, "files/maren"),
        ("owner", "files/maren", None),
        ("owner", None, "files/odile"),
        ("link", None, "follows files/LAMP-1"),
        ("queue", "harbour", "lights"),
        ("title", "Fog horn: silent", "Fog horn on the north pier is silent"),
        ("custom.severity", None, "major"),
    ]


def test_the_example_shows_every_column_that_the_docstring_names() -> None:
    for name in ("tickets", "events"):
        header = (DATA / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
        assert all(column in (files.__doc__ or "") for column in header)


def test_a_field_is_one_of_those_the_schema_names() -> None:
    schema = (Path(files.__file__).parent.with_name("schema.sql")).read_text(encoding="utf-8")
    [listed] = re.findall(r"-- field: (.*?)\n-- old/new", schema, re.DOTALL)
    plain, _, last = re.sub(r"\([^()]*\)|--", " ", listed.replace("\n", " ")).partition(" and `")
    named = {name.strip() for name in plain.split(",") if name.strip()} | {last.partition("`")[0]}
    assert named == {*FIELDS, "custom.NAME"}


# --- What a ticket is born with -----------------------------------------------------------------------


def test_a_ticket_without_events_opens_as_open_under_its_title_in_its_queue(tmp_path: Path) -> None:
    found = records(told(ONE, folder=tmp_path))
    assert opening(found, "files/A-1") == {"created": None, "status": "open", "title": "Disk full", "queue": "infra"}
    assert {(event.actor_id, event.occurred_at) for event in events(found)} == {
        ("files/ana", datetime(2026, 3, 2, 9, tzinfo=UTC))
    }


def test_it_opens_with_what_its_first_changes_leave(tmp_path: Path) -> None:
    found = records(
        told(
            ONE,
            "A-1,2026-03-03T09:00:00Z,ben,status,new,triaged\n"
            "A-1,2026-03-03T09:00:00Z,ben,title,Disk,Disk full\n"
            "A-1,2026-03-04T09:00:00Z,ben,title,Disk full,Disk of db1 is full\n"
            "A-1,2026-03-03T09:00:00Z,ben,queue,inbox,infra\n"
            "A-1,2026-03-03T09:00:00Z,ben,type,Question,Fault\n",
            tmp_path,
        )
    )
    assert opening(found, "files/A-1") == {
        "created": None,
        "status": "new",
        "title": "Disk",
        "queue": "inbox",
        "type": "Question",
    }
    [ticket] = [one for one in found if isinstance(one, Ticket)]
    assert (ticket.title, ticket.type) == ("Disk of db1 is full", "Fault"), "as last seen"


def test_the_order_of_lines_of_different_instants_does_not_matter(tmp_path: Path) -> None:
    rows = ["A-1,2026-03-04T09:00:00Z,ben,status,triaged,done\n", "A-1,2026-03-03T09:00:00Z,ben,status,new,triaged\n"]
    one = records(told(ONE, "".join(rows), tmp_path))
    assert one == records(told(ONE, "".join(reversed(rows)), tmp_path))
    assert opening(one, "files/A-1")["status"] == "new"


def test_an_opening_that_the_file_tells_is_not_told_twice(tmp_path: Path) -> None:
    at = "2026-03-02T09:00:00Z"
    rows = f"A-1,{at},ana,created,,\nA-1,{at},ana,status,,new\nA-1,{at},ana,queue,,inbox\nA-1,{at},ana,title,,Disk\n"
    found = records(told(ONE, rows, tmp_path))
    assert opening(found, "files/A-1") == {}
    assert changes(found) == [
        ("created", None, None),
        ("status", None, "new"),
        ("queue", None, "inbox"),
        ("title", None, "Disk"),
    ]


def test_a_first_change_that_leaves_nothing_to_be_known_follows_upon_open(tmp_path: Path) -> None:
    found = records(told(ONE, "A-1,2026-03-03T09:00:00Z,ben,status,,done\n", tmp_path))
    assert opening(found, "files/A-1")["status"] == "open"


# --- Changes -------------------------------------------------------------------------------------------


def test_lines_of_one_instant_happen_in_the_order_of_the_file(tmp_path: Path) -> None:
    at = "2026-03-03T09:00:00Z"
    rows = f"A-1,{at},ben,priority,,P3\nA-1,{at},ben,priority,P3,P1\nA-1,{at},ben,priority,P1,P2\n"
    assert [new for _, _, new in changes(records(told(ONE, rows, tmp_path)))] == ["P3", "P1", "P2"]


@pytest.mark.parametrize("field", ["label", "project", "milestone"])
def test_a_value_among_several_that_takes_anothers_place_is_a_loss_and_a_gain(tmp_path: Path, field: str) -> None:
    found = records(told(ONE, f"A-1,2026-03-03T09:00:00Z,ben,{field},a,b\n", tmp_path))
    assert changes(found) == [(field, "a", None), (field, None, "b")]
    lost, gained = events(found, field)
    assert gained.event_id == f"{lost.event_id}/1" and lost.seq < gained.seq


def test_a_field_with_one_value_keeps_old_and_new_in_one_event(tmp_path: Path) -> None:
    rows = "A-1,2026-03-03T09:00:00Z,ben,priority,P3,P1\nA-1,2026-03-03T10:00:00Z,ben,custom.team,a,\n"
    assert changes(records(told(ONE, rows, tmp_path))) == [("priority", "P3", "P1"), ("custom.team", "a", None)]


def test_logins_become_accounts(tmp_path: Path) -> None:
    rows = "A-1,2026-03-03T09:00:00Z,robot[bot],owner,,Ben@acme.example\nA-1,2026-03-03T09:00:00Z,,owner,,cleo\n"
    found = records(told(ONE, rows, tmp_path))
    assert [one for one in found if isinstance(one, Account)] == [
        Account("files/ana", "files", "ana", None, False),
        Account("files/robot[bot]", "files", "robot[bot]", None, True),
        Account("files/Ben@acme.example", "files", "Ben@acme.example", None, False, "ben@acme.example"),
        Account("files/cleo", "files", "cleo", None, False),
    ]
    assert [event.actor_id for event in events(found, "owner")] == ["files/robot[bot]", None]


def test_links_within_the_files_name_the_ticket_by_its_id(tmp_path: Path) -> None:
    two = ONE + ONE.replace("A-1", "A-2")
    rows = "".join(f"A-1,2026-03-03T09:00:00Z,ben,link,,{link}\n" for link in ("child_of A-2", "child_of phorge/T7"))
    assert [new for _, _, new in changes(records(told(two, rows, tmp_path)))] == [
        "child_of files/A-2",
        "child_of phorge/T7",
    ]


def test_everything_may_belong_to_another_name(tmp_path: Path) -> None:
    found = told(ONE, "A-1,2026-03-03T09:00:00Z,ben,owner,,ben\n", tmp_path, name="old-desk")
    parsed = records(found)
    assert {one.source for one in parsed if isinstance(one, Ticket | Account)} == {"old-desk"}
    assert changes(parsed) == [("owner", None, "old-desk/ben")]


def test_a_name_that_cannot_begin_ids_is_refused(tmp_path: Path) -> None:
    with pytest.raises(files.FilesError, match="'Old Desk' cannot begin ids"):
        told(ONE, "", tmp_path, name="Old Desk")


# --- Pages ---------------------------------------------------------------------------------------------


def test_a_page_holds_whole_tickets_with_all_their_events(tmp_path: Path) -> None:
    tickets = "".join(ONE.replace("A-1", f"A-{n}") for n in range(450))
    rows = "".join(f"A-{n},2026-03-03T09:00:00Z,ben,comment,,{n}\n" for n in (*range(450), *range(0, 450, 3)))
    replies = list(told(tickets, rows, tmp_path).replies)
    assert [reply.place for reply in replies] == [
        "tickets.csv, tickets 1 to 200",
        "tickets.csv, tickets 201 to 400",
        "tickets.csv, tickets 401 to 450",
    ]
    for reply in replies:
        page = json.loads(reply.body)
        assert {event["key"] for event in page["events"]} == {ticket["key"] for ticket in page["tickets"]}
    assert sum(len(json.loads(reply.body)["events"]) for reply in replies) == 600


def test_tickets_beyond_the_first_stride_keep_their_events(tmp_path: Path) -> None:
    tickets = "".join(ONE.replace("A-1", f"A-{n}") for n in range(4_300))
    found = records(told(tickets, "A-4299,2026-03-03T09:00:00Z,ben,comment,,last\n", tmp_path))
    [comment] = events(found, "comment")
    assert comment.ticket_id == "files/A-4299"
    assert [one.key for one in found if isinstance(one, Ticket)] == [f"A-{n}" for n in range(4_300)]


def test_no_tickets_are_no_pages(tmp_path: Path) -> None:
    assert list(told("", "", tmp_path).replies) == []


def test_what_memory_does_not_hold_comes_back_from_disk_in_the_same_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets = "".join(ONE.replace("A-1", f"A-{n}") for n in range(30))
    rows = "".join(f"A-{n % 30},2026-03-03T09:00:00Z,ben,comment,,{n}\n" for n in range(100))
    held = records(told(tickets, rows, tmp_path))
    for batch in (7, 99):
        monkeypatch.setattr(files_sorted, "BATCH", batch)
        assert records(told(tickets, rows, tmp_path)) == held


def test_nothing_is_left_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = tmp_path / "room"
    room.mkdir()
    (tmp_path / "in").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(room))
    monkeypatch.setattr(files_sorted, "BATCH", 1)
    found = told(ONE, "", tmp_path / "in")
    assert list(room.iterdir())
    assert records(found)
    del found
    assert list(room.iterdir()) == []
    told(ONE, "A-2,x,,,,\n", tmp_path / "in")
    assert list(room.iterdir()) == []


@pytest.mark.parametrize(
    "page", [{}, {"tickets": []}, {"tickets": [{"key": 1}], "events": []}, {"tickets": 1, "events": 2}]
)
def test_a_page_of_another_kind_is_refused(page: dict[str, Any]) -> None:
    with pytest.raises(UnreadableError):
        list(files.parse(page, Site.model_construct(name="files")))


# --- Importing again -----------------------------------------------------------------------------------

INSTANTS = [f"2026-03-{day:02}T09:00:00Z" for day in range(2, 6)]
ROW = st.builds(
    lambda key, at, field, old, new: f"{key},{at},ben,{field},{old},{new}\n",
    st.sampled_from(["A-1", "A-2"]),
    st.sampled_from(INSTANTS),
    st.sampled_from(["priority", "label", "custom.x"]),
    st.sampled_from(["", "a", "b"]),
    st.sampled_from(["c", "d"]),
)


def by_key(found: Iterable[Record]) -> dict[tuple[str, str], Record]:
    return {(one.ticket_id, one.event_id): one for one in found if isinstance(one, Event)}


@given(st.lists(ROW, max_size=12))
def test_a_file_read_twice_gives_the_same_and_every_event_has_its_own_id(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str]
) -> None:
    folder, two = tmp_path_factory.mktemp("files"), ONE + ONE.replace("A-1", "A-2")
    once = records(told(two, "".join(rows), folder))
    assert once == records(told(two, "".join(rows), folder))
    assert len(by_key(once)) == len(events(once))


@given(st.lists(ROW, max_size=10), st.lists(ROW, max_size=5), st.randoms())
def test_a_longer_file_adds_only_what_is_new(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str], more: list[str], chance: Any
) -> None:
    """Wherever the new rows stand; only the place of others at the very same instant may move."""
    folder, two = tmp_path_factory.mktemp("files"), ONE + ONE.replace("A-1", "A-2")
    longer = list(rows)
    for row in more:
        longer.insert(chance.randint(0, len(longer)), row)
    before = by_key(records(told(two, "".join(rows), folder)))
    after = by_key(records(told(two, "".join(longer), folder)))
    moved = {row.split(",")[1] for row in more}
    assert before.keys() <= after.keys()
    for key, event in before.items():
        assert isinstance(event, Event)
        assert after[key] == event or event.occurred_at.isoformat().replace("+00:00", "Z") in moved
    appended = by_key(records(told(two, "".join(rows + more), folder)))
    assert before.items() <= appended.items()
