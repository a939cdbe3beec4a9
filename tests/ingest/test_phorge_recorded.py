"""Answers of real Phorges, replayed: what the parser makes of them, and that the made-up Phorge answers alike."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ingest import phorge
from ingest.demo.trackers.phorge import Phorge
from ingest.demo.trackers.wire import Request
from ingest.label_names import held
from ingest.phorge.rows import of_tasks
from ingest.records import Absence, Event, Record, Rejected, Shift, Ticket
from settings.sources import Duty
from settings.sources import Phorge as Site
from tests.ingest.ledger import BEGIN
from tests.ingest.phorge_reader import ADDRESS, TOKEN

SIX = json.loads((Path(__file__).parents[1] / "data" / "phorge" / "six_tasks.json").read_text(encoding="utf-8"))
SITE = Site(kind="phorge", url=ADDRESS, queues=["Support desk", "Platform"], eta="acme.due")
CALENDAR = SITE.model_copy(
    update={"calendar": [Duty(role="duty", title="Duty: *"), Duty(title="*vacation*"), Duty(role="rota", title="[x]*")]}
)
Json = dict[str, Any]


def recorded(shared: Path, name: str) -> Any:
    found = json.loads((shared / "recorded" / "phorge" / f"{name}.json").read_text(encoding="utf-8"))
    return json.loads(found["response"])["result"]


def everything(shared: Path) -> Json:
    """One page of all 145 tasks."""
    searched = {
        "tasks": ["maniphest.search.oldest.p1", "maniphest.search.oldest.p2"],
        "told": ["transaction.search.bulk1000.p1", "transaction.search.bulk1000.p2"],
        "users": ["user.search.p1", "user.search.p2", "user.search.p3"],
        "projects": ["project.search.status-all"],
        "columns": ["project.column.search"],
        "statuses": ["maniphest.status.search"],
        "priorities": ["maniphest.priority.search"],
    }
    page: Json = {
        key: [row for name in names for row in recorded(shared, name)["data"]] for key, names in searched.items()
    }
    return {**page, "raw": None, "objects": list(recorded(shared, "phid.query").values())}


def by_id(records: list[Record]) -> dict[tuple[str, str], Event]:
    return {(event.ticket_id, event.event_id): event for event in records if isinstance(event, Event)}


def last(records: list[Record]) -> dict[tuple[str, str], str | None]:
    """The last value of each field of each task."""
    events = sorted((e for e in records if isinstance(e, Event)), key=lambda e: (e.occurred_at, e.seq))
    return {(event.ticket_id, event.field): event.new for event in events}


# --- Both APIs --------------------------------------------------------------------------------------


def test_either_api_tells_the_same_events_under_the_same_names() -> None:
    """The newer one keeps two transactions to itself: a mark beside a merge, and a subtype."""
    both = by_id(list(phorge.parse(SIX, SITE)))
    searched = by_id(list(phorge.parse({**SIX, "raw": None}, SITE)))
    differing = {key for key in both.keys() | searched.keys() if both.get(key) != searched.get(key)}
    assert differing == {("phorge/T15", "116"), ("phorge/T80", "722"), ("phorge/T80", "opened/type")}
    assert [searched[key].new for key in sorted(differing)] == ["hidden", "hidden", "incident"]


def test_the_frozen_call_alone_tells_the_same_events_but_for_who_removed_a_comment() -> None:
    alone = by_id(list(phorge.parse({**SIX, "told": []}, SITE)))
    assert by_id(list(phorge.parse(SIX, SITE))).keys() - alone.keys() == {("phorge/T42", "310/1")}


def test_a_release_without_meta_tells_the_same_but_for_fields_subtasks_and_marks() -> None:
    """Before November 2024 an edge and a field have no name; what was chosen at birth is grouped by the newer API."""
    raw = {number: [{**row, "meta": None} for row in rows] for number, rows in SIX["raw"].items()}
    old, new = by_id(list(phorge.parse({**SIX, "raw": raw}, SITE))), by_id(list(phorge.parse(SIX, SITE)))
    differing = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    assert {ticket for ticket, _ in differing} == {"phorge/T80"}
    assert {new[key].field for key in differing & new.keys()} == {
        "custom.acme.customer", "custom.acme.effort", "custom.acme.reviewers", "custom.acme.severity",
        "custom.acme.sla", "eta",
    }  # fmt: skip


@pytest.mark.shared
def test_an_installed_release_tells_through_the_frozen_call_what_the_newest_tells(shared: Path) -> None:
    """The stable release of July 2026 hides column moves from transaction.search."""
    folder = "older-releases/stable-2026-07-28"
    raw = recorded(shared, f"{folder}/maniphest.gettasktransactions")
    names = ("boardhop", "dupB", "multi")
    told = [row for name in names for row in recorded(shared, f"{folder}/transaction.search.{name}")["data"]]
    tasks = [task for task in SIX["tasks"] if str(task["id"]) in raw]
    stable = by_id(list(phorge.parse({**SIX, "tasks": tasks, "raw": raw, "told": told}, SITE)))
    assert any(row["type"] is None for row in told)
    newest = by_id(list(phorge.parse({**SIX, "tasks": tasks}, SITE)))
    assert stable == newest


# --- A whole Phorge ---------------------------------------------------------------------------------


@pytest.mark.shared
def test_the_history_of_every_task_ends_where_the_task_is(shared: Path) -> None:
    page = everything(shared)
    records = list(phorge.parse(page, SITE))
    ends = last(records)
    for task in page["tasks"]:
        name, fields = f"phorge/T{task['id']}", task["fields"]
        assert ends[name, "status"] == fields["status"]["value"], name
        assert ends[name, "title"] == fields["name"], name
        assert ends[name, "priority"] == fields["priority"]["name"], name
        assert ends.get((name, "owner")) == owner(page, fields["ownerPHID"]), name


def owner(page: Json, phid: str | None) -> str | None:
    return next((f"phorge/{user['fields']['username']}" for user in page["users"] if user["phid"] == phid), None)


@pytest.mark.shared
def test_every_task_ends_in_its_projects_and_in_its_column(shared: Path) -> None:
    page = everything(shared)
    records = list(phorge.parse(page, SITE))
    ends, names = last(records), {row["phid"]: row["fields"]["name"] for row in page["projects"]}
    seen = 0
    for task in page["tasks"]:
        name = f"phorge/T{task['id']}"
        holds = held([e for e in records if isinstance(e, Event) and e.ticket_id == name], "project")
        assert len(holds) == len(task["attachments"]["projects"]["projectPHIDs"]), name
        boards = task["attachments"]["columns"]["boards"] or {}
        shown = {names[phid]: board["columns"][0]["name"] for phid, board in boards.items() if phid in names}
        queue = ends[name, "queue"]
        if queue in shown:
            seen += 1
            assert ends[name, "column"] == shown[queue], name
    assert seen > 50


@pytest.mark.shared
def test_of_a_whole_phorge_only_hidden_transactions_stay_unknown(shared: Path) -> None:
    records = list(phorge.parse(everything(shared), SITE))
    other = Counter(e.new for e in records if isinstance(e, Event) and e.field == "other")
    assert {kind for kind in other if kind and not phorge.is_known(kind)} == {"hidden"}
    assert 20 < other["hidden"] < 60
    assert sum(isinstance(record, Ticket) for record in records) == 145
    names = list(by_id(records))
    assert len(names) == sum(isinstance(record, Event) for record in records)


@pytest.mark.shared
def test_parsing_twice_gives_the_same_records_and_leaves_the_page_alone(shared: Path) -> None:
    page = everything(shared)
    before = json.dumps(page)
    assert list(phorge.parse(page, SITE)) == list(phorge.parse(page, SITE))
    assert json.dumps(page) == before


@pytest.mark.shared
def test_the_recorded_calendar_gives_shifts_by_the_dates_people_see(shared: Path) -> None:
    """Viewed from Berlin, the epochs are two hours before midnight UTC; cancelled weeks are not there."""
    invited = {
        name: {row["phid"] for row in recorded(shared, f"calendar.event.search.phids.invited-{name}")["data"]}
        for name in ("ola", "mira", "joao")
    }
    users = {user["fields"]["username"]: user["phid"] for user in everything(shared)["users"]}
    events = recorded(shared, "calendar.event.search.phids.active")["data"]
    page = {
        "calendar": events,
        "who": {e["phid"]: [users[n] for n, phids in invited.items() if e["phid"] in phids] for e in events},
        "users": everything(shared)["users"],
        "recurring": ["Duty: repeated"],
        "is_whole": True,
        "taken_at": 1_795_291_300,
    }
    records = list(phorge.parse(page, CALENDAR))
    shifts = {r.shift_id: r for r in records if isinstance(r, Shift)}
    first = shifts["phorge/E2/mira"]
    assert (f"{first.starts_at:%m-%d %H:%M}", f"{first.ends_at:%m-%d %H:%M}") == ("10-05 00:00", "10-12 00:00")
    assert "phorge/E13/ola" not in shifts
    assert {shift_id for shift_id in shifts if "/E16/" in shift_id}, "a project was invited: everybody in it is"
    assert not any(isinstance(record, Absence) for record in records), "the guest of the vacation was not asked about"
    assert [record.place for record in records if isinstance(record, Rejected)] == ["calendar, Duty: repeated"]


# --- The made-up Phorge answers alike ---------------------------------------------------------------

ALIKE = (
    "bad-cursor", "bad-order", "bad-status-constraint", "constraint-list-expected", "constraint-type",
    "constraints-not-map", "invalid-attachment", "invalid-constraint", "json-content-type", "modifiedStart-zero",
    "no-token", "page-size", "params-not-json", "short-token", "trailing-slash", "transaction.both",
    "transaction.constraint", "transaction.cursor", "transaction.list", "transaction.none", "unknown-method",
    "unknown-parameter",
)  # fmt: skip


def asked(found: Json) -> Request:
    body = str(found["request_body"]).replace("api-REDACTED", TOKEN)
    return Request("POST", found["path"], [], {"content-type": found["content_type"]}, body.encode())


@pytest.mark.shared
@pytest.mark.parametrize("name", ALIKE)
def test_what_is_refused_there_is_refused_here_with_the_same_code(shared: Path, name: str) -> None:
    found = json.loads((shared / "recorded" / "phorge" / f"error.{name}.json").read_text(encoding="utf-8"))
    answer = Phorge(token=TOKEN, now=BEGIN).answer(asked(found))
    assert answer.status == found["status"]
    assert answer.headers["Content-Type"].startswith(found["response_content_type"].partition(";")[0])
    if found["response"].startswith("{"):
        assert json.loads(answer.body)["error_code"] == json.loads(found["response"])["error_code"]


def eventful() -> Phorge:
    tracker = Phorge(token=TOKEN, now=BEGIN)
    tracker.enrol("ana", "Ana")
    one = tracker.open(BEGIN, "ana", "one", "text", queue="infra", kind="incident")
    other = tracker.open(BEGIN, "ana", "two", "text", queue="infra")
    tracker.assign(BEGIN, "ana", one, "ana")
    tracker.prioritise(BEGIN, "ana", one, "P0")
    tracker.move(BEGIN, "ana", one, "waiting")
    tracker.rename(BEGIN, "ana", one, "two")
    tracker.comment(BEGIN, "ana", one, "words")
    tracker.edit_comment(BEGIN, "ana", one, 0, "other words")
    tracker.subtask(BEGIN, "ana", one, other)
    tracker.set_points(BEGIN, "ana", one, 0.5)
    tracker.set_field(BEGIN, "ana", one, "acme.severity", "s1")
    tracker.merge(BEGIN, "ana", other, one)
    tracker.hide(BEGIN, other)
    tracker.show(BEGIN, other)
    tracker.schedule(BEGIN, "ana", "Duty: Ana", BEGIN.date(), BEGIN.date(), ["ana"])
    return tracker


def ask(tracker: Phorge, method: str, body: str) -> Any:
    request = Request("POST", f"/api/{method}", [], {}, f"api.token={TOKEN}&{body}".encode())
    answer = json.loads(tracker.answer(request).body)
    assert answer["error_code"] is None, answer
    return answer["result"]


def shape(row: Any) -> Any:
    """The keys, all the way down; what stands under a PHID or a custom field is anybody's."""
    if not isinstance(row, dict):
        return None
    return {key: shape(value) for key, value in row.items() if not key.startswith(("PHID-", "custom.", "std:"))}


ROWS = (
    ("maniphest.search.all-attachments", "maniphest.search",
     "attachments[columns]=1&attachments[projects]=1&attachments[subscribers]=1&attachments[dependsOn]=1"
     "&attachments[dependedOnBy]=1"),
    ("user.search.p1", "user.search", ""),
    ("project.column.search", "project.column.search", ""),
    ("maniphest.priority.search", "maniphest.priority.search", ""),
    ("calendar.event.search.list", "calendar.event.search", "constraints[display]=list"),
)  # fmt: skip


@pytest.mark.shared
@pytest.mark.parametrize(("name", "method", "body"), ROWS, ids=lambda value: str(value)[:40])
def test_rows_have_the_same_shape(shared: Path, name: str, method: str, body: str) -> None:
    there, here = recorded(shared, name), ask(eventful(), method, body)
    assert shape(here["data"][0]) == shape(there["data"][0])
    assert set(here) == set(there) and set(here.get("cursor", {})) == set(there.get("cursor", {}))


@pytest.mark.shared
def test_transactions_of_each_type_have_the_same_shape_in_both_apis(shared: Path) -> None:
    tracker = eventful()
    there = {row["type"]: shape(row) for row in recorded(shared, "transaction.search.bulk1000.p2")["data"]}
    here = {row["type"]: shape(row) for row in ask(tracker, "transaction.search", "objectType=TASK")["data"]}
    policy = recorded(shared, "transaction.search.admin.adminonly")["data"]
    there |= {row["type"]: shape(row) for row in policy}
    assert set(here) >= {"status", "owner", "priority", "core:columns", "mergedinto", "core:customfield", None}
    assert here == {kind: there[kind] for kind in here}
    raw_there = {r["transactionType"]: set(r) for rows in SIX["raw"].values() for r in rows}
    raw_here = ask(tracker, "maniphest.gettasktransactions", "ids[0]=1&ids[1]=2&ids[2]=99")
    assert {r["transactionType"]: set(r) for r in raw_here["1"]}["status"] == raw_there["status"]
    assert set(raw_here) == {"1", "2"}


@pytest.mark.shared
def test_column_moves_are_told_with_the_same_details(shared: Path) -> None:
    there = next(r for r in recorded(shared, "transaction.search.boardhop")["data"] if r["type"] == "core:columns")
    here = ask(eventful(), "transaction.search", "objectType=TASK")["data"]
    moved = next(row for row in here if row["type"] == "core:columns")
    assert set(moved["fields"]["new"][0]) == set(there["fields"]["new"][0])


def test_form_fields_and_json_parameters_are_the_same_question() -> None:
    """Both encodings that Conduit takes."""
    tracker = eventful()
    form = ask(tracker, "maniphest.search", "constraints[ids][0]=2&order=oldest")
    told = json.dumps({"constraints": {"ids": [2]}, "order": "oldest", "__conduit__": {"token": TOKEN}})
    request = Request("GET", "/api/maniphest.search", [("params", told), ("output", "json")], {})
    assert json.loads(tracker.answer(request).body)["result"] == form


def test_every_recorded_row_belongs_to_a_task() -> None:
    assert {number: len(rows) for number, rows in of_tasks(SIX["raw"], SIX["told"]).items()} == {
        "15": 7, "42": 9, "52": 16, "61": 7, "64": 9, "80": 12,
    }  # fmt: skip
