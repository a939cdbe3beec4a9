"""A real Request Tracker, and the made-up one beside it: the same people do the same things at both.

What is read of the real one is what was done, and both tell the same story in the same shapes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from ingest import rt
from ingest.client import Client
from ingest.demo.trackers.rt import RequestTracker
from ingest.demo.trackers.rt.queries import literal
from ingest.demo.trackers.wire import session
from ingest.records import Account, Census, Event, Gone, Record, Rejected, Status, Ticket
from settings.sources import RequestTracker as Site
from tests.ingest.ledger import PEOPLE, Act, Did, perform
from tests.ingest.rt_reading import ADDRESS, Reading, client, differences, expected, read, shape
from tests.servers.request_tracker import ZONE, RealDesk, Server, running

pytestmark = pytest.mark.rt

ACTS = [
    Act("open", 0, "ana", "one", 0),
    Act("open", 0, "ben", "two words", 0),
    Act("prioritise", 0, "cleo", "one", 0),
    Act("label", 0, "cleo", "ünï ☃", 0),
    Act("assign", 0, "dev", "two words", 0),
    Act("comment", 0, "ben", "ünï ☃", 0),
    Act("note", 0, "ben", "<b>bold</b> & 'quoted'", 0),
    Act("move", 0, "ben", "two words", 0),
    Act("open", 0, "robot", "=1+1", 0),
    Act("assign", 0, "cleo", "=1+1", 0),
    Act("move", 0, "ben", "ünï ☃", 0),
    Act("label", 0, "robot", "two words", 0),
    Act("unlabel", 0, "cleo", "ünï ☃", 0),
    Act("close", 0, "ben", "one", 0),
    Act("comment", 0, "ana", "two words", 0),
    Act("reopen", 0, "ana", "one", 0),
    Act("rename", 1, "ben", "<b>bold</b> & 'quoted'", 0),
    Act("close", 1, "ben", "=1+1", 0),
    Act("reopen", 1, "dev", "one", 0),
    Act("unassign", 0, "ana", "one", 0),
    Act("prioritise", 0, "ana", "=1+1", 0),
    Act("comment", 2, "robot", "one", 0),
    Act("note", 2, "dev", "ünï ☃", 0),
]


def second_half(desk: Any) -> None:
    """What the ledger has no words for, done the same way at either desk."""
    now = desk.now
    born = desk.open(
        now, "ana", "Born rich", "x", queue="infra", owner="ben", priority="P1", tags=("x", "y"), minutes=7
    )
    moved = desk.open(now, "ben", "On the move", "x", queue="infra")
    doomed = desk.open(now, "ben", "Doomed", "x", queue="access", owner="cleo")
    twin = desk.open(now, "cleo", "A twin", "x", queue="access", tags=("t",))
    saved = desk.open(now, "dev", "Saved", "x", queue="access")
    desk.take(now, "cleo", moved)
    desk.steal(now, "dev", moved)
    desk.requeue(now, "dev", moved, "access")
    desk.comment(now, "ben", moved, "Half an hour.", minutes=30)
    desk.comment(now, "ben", moved, "Five minutes.", is_internal=True, minutes=5)
    desk.work(now, "ben", moved, 20)
    for relation in ("DependsOn", "RefersTo", "MemberOf"):
        desk.tie(now, "ana", born, relation, moved)
    desk.tie(now, "ana", born, "RefersTo", moved, is_on=False)
    desk.label(now, "ana", born, "x", is_on=False)
    for severity in ("high", "low", ""):
        desk.fill(now, "ana", born, "Severity", severity)
    desk.fill(now, "ana", born, "Impact start", "2026-11-20 13:30:00")
    desk.promise(now, "ana", born, datetime(2026, 12, 24, 17, tzinfo=UTC))
    desk.promise(now, "ana", moved, datetime(2026, 12, 24, 17, tzinfo=UTC))
    desk.promise(now, "ana", moved, None)
    desk.hide(now, doomed)
    desk.hide(now, saved)
    desk.reopen(now, "ana", saved)
    desk.comment(now, "ana", twin, "Is it the same?")
    desk.merge(now, "dev", twin, moved)
    desk.comment(now, "ana", twin, "It was.")


@dataclass
class Story:
    server: Server
    made: RequestTracker
    done: list[Did]
    spans: list[tuple[datetime, datetime]]  # when each of them began and ended
    increments: Reading  # read after the first half, and again after the second
    fresh: Reading

    def client(self, who: str = "ingest") -> Client:
        return rt.connect(self.site, self.server.tokens[who])

    @property
    def site(self) -> Site:
        return Site(kind="rt", url=self.server.address)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with running(tmp_path_factory.mktemp("rt")) as server:
        real, made = RealDesk(server), RequestTracker()
        made.add_queue("infra"), made.add_queue("access")
        done = perform(real, ACTS)
        perform(made, ACTS)
        told = Story(server, made, done, list(real.spans), Reading(), Reading())
        told.increments.site = told.fresh.site = told.site
        told.increments.ask(told.client())
        second_half(real)
        second_half(made)
        told.increments.ask(told.client())
        told.fresh.ask(told.client())
        yield told


def without_instants(reading: Reading) -> list[tuple[Any, ...]]:
    """The story as the records tell it, without when, and without what the two trackers call their rows."""
    kept = reading.store().values()
    events = [record for record in kept if isinstance(record, Event)]
    events.sort(key=lambda e: (e.ticket_id, e.seq, e.event_id if not e.seq else e.event_id.partition("/")[2]))
    return [*((e.ticket_id, e.field, e.old, e.new, e.actor_id, e.origin) for e in events), *_others(kept)]


def _others(records: Any) -> Iterator[tuple[Any, ...]]:
    told: list[tuple[Any, ...]] = []
    for record in records:
        match record:
            case Ticket():
                told.append(
                    ("ticket", record.ticket_id, record.key, record.title, record.author_id, record.description)
                )
            case Gone():
                told.append(("gone", record.ticket_id, record.reason))
            case Account():
                told.append(("account", record.account_id, record.name, record.email, record.is_bot))
            case Status():
                told.append(("status", record.status, record.stage))
    yield from sorted(told, key=str)


def test_what_is_read_of_the_real_one_is_what_was_done_there(story: Story) -> None:
    dated = [replace(did, at=begin) for did, (begin, _) in zip(story.done, story.spans, strict=False)]
    wanted = [change for change in expected(dated) if change[3] != "created"]
    tickets = {change[1] for change in wanted}
    events = sorted((e for e in story.fresh.events() if e.ticket_id in tickets), key=lambda e: e.seq)
    assert [(e.ticket_id, e.actor_id, e.field, e.old, e.new) for e in events] == [change[1:] for change in wanted]
    ends = dict(story.spans)
    for event, (begin, *_) in zip(events, wanted, strict=True):
        assert begin - timedelta(seconds=1) < event.occurred_at <= ends[begin]


def test_every_opening_at_the_real_one_is_told_with_its_author(story: Story) -> None:
    opened = {did.ticket: did.who for did in story.done if did.field == "created"}
    births = {e.ticket_id: e.actor_id for e in story.fresh.records() if isinstance(e, Event) and e.field == "created"}
    assert {f"rt/{ticket}": f"rt/{who}" for ticket, who in opened.items()}.items() <= births.items()


def test_increments_at_the_real_one_add_up_to_a_fresh_load(story: Story) -> None:
    assert story.increments.store() == story.fresh.store()


def test_the_made_up_one_tells_the_same_story(story: Story) -> None:
    assert without_instants(story.fresh) == without_instants(read(story.made))


def test_both_count_the_same_tickets(story: Story) -> None:
    real, made = (
        [r for r in reading.records() if isinstance(r, Census)] for reading in (story.fresh, read(story.made))
    )
    assert [census.ids for census in real] == [census.ids for census in made]


def test_nothing_of_the_real_one_is_rejected_or_unknown(story: Story) -> None:
    records: list[Record] = list(story.fresh.records())
    assert not [record for record in records if isinstance(record, Rejected)]
    assert all(rt.is_known(e.new or "") for e in records if isinstance(e, Event) and e.field == "other")


def test_a_run_without_news_asks_the_real_one_a_handful_of_questions(story: Story) -> None:
    reading = replace(story.fresh, pages=[])
    assert reading.ask(story.client()).requests == 6
    assert not reading.pages


def test_an_account_that_sees_one_queue_reads_that_queue_and_the_made_up_one_agrees(story: Story) -> None:
    reading = Reading(story.site).ask(story.client("limited"))
    made = story.made
    made.db.unseen.update({1, made.add_queue("infra")})
    try:
        assert without_instants(reading) == without_instants(read(made))
    finally:
        made.db.unseen.clear()
    titles = {record.title for record in reading.store().values() if isinstance(record, Ticket)}
    assert titles == {"On the move", "Doomed", "A twin", "Saved"}


def test_the_doctor_finds_the_real_one_well_but_not_an_account_without_a_zone(story: Story) -> None:
    assert all(is_well for is_well, _ in rt.examine(story.client(), story.site))
    [wrong] = [text for is_well, text in rt.examine(story.client("homeless"), story.site) if not is_well]
    assert "homeless has no time zone of its own" in wrong
    [wrong] = [text for is_well, text in rt.examine(story.client("tokyo"), story.site) if not is_well]
    assert "tokyo has the time zone Asia/Tokyo" in wrong


LISTED = "Queue,Subject,Status,Owner,Creator,Requestor,Priority,Created,Due,LastUpdated,Type,EffectiveId,CustomFields"
ROW = "Type,Field,OldValue,NewValue,Data,Creator,Created,TimeTaken,ObjectType,ObjectId"
TICKET_ROWS = '[{"field": "ObjectType", "value": "RT::Ticket"}]'
QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("rt", {}),
    ("queues/all", {"fields": "Name,Lifecycle,Disabled"}),
    ("customfields", {"query": '[{"field": "id", "operator": ">", "value": 0}]', "fields": "Name,Type,MaxValues"}),
    ("tickets", {"query": "id > 0", "fields": LISTED, "fields[Owner]": "id,Name", "per_page": 2, "page": 2}),
    ("tickets", {"query": "id > 0 AND EffectiveId > 0", "fields": "Status"}),
    ("tickets", {"query": "Status = 'deleted'"}),
    ("tickets", {"query": "Status = '__Active__' OR Queue = 'access'", "fields": "Status"}),
    ("tickets", {"query": "id > 0", "orderby": "Nope"}),
    ("tickets", {"query": "Foo = 'bar'"}),
    ("tickets", {}),
    ("tickets", {"query": "id > 0", "page": 99}),
    ("transactions", {"query": TICKET_ROWS, "fields": ROW, "fields[Creator]": "id,Name,RealName,EmailAddress"}),
    ("transactions", {"query": "ObjectType = 'RT::Ticket' AND Type = 'Status'", "fields": ROW}),
    ("transactions", {"query": '[{"field": "Nope", "value": "x"}]'}),
    ("transactions", {"query": '[{"field":'}),
    ("transactions", {}),
    ("attachments", {"query": '[{"field": "id", "operator": ">", "value": 0}]', "fields": "ContentType,Content"}),
    ("attachments", {"query": '[{"field": "id", "operator": ">", "value": 0}]', "fields": "Parent"}),
    ("ticket/1/history", {"fields": ROW}),
    ("ticket/99999/history", {}),
    ("ticket/99999", {}),
    ("user/99999", {}),
    ("queue/99999", {}),
    ("nope", {}),
]


@pytest.mark.parametrize(("path", "asked"), QUESTIONS, ids=[f"{path} {asked}"[:60] for path, asked in QUESTIONS])
def test_both_answer_the_same_question_in_the_same_shape(story: Story, path: str, asked: dict[str, Any]) -> None:
    real = story.server.ask("ingest", "GET", path, params=asked)
    token = client(story.made).secrets[0]
    headers = {"Authorization": f"token {token}", "User-Agent": "watchbill"}
    made = session({ADDRESS: story.made}).get(f"{ADDRESS}/REST/2.0/{path}", params=asked, headers=headers)
    assert (made.status_code, bool(made.content)) == (real.status_code, bool(real.content))
    if real.content:
        assert not differences(shape(real.json()), shape(made.json()))


def test_both_count_and_order_alike(story: Story) -> None:
    made_client, real_client = client(story.made), story.client()
    for query in ("Queue = 'access'", "Status != 'new' AND (Queue = 3 OR id > 5)", "EffectiveId > 0", "Owner = 'dev'"):
        asked = {"query": query, "orderby": "LastUpdated", "order": "DESC", "fields": "Status", "per_page": 100}
        real, made = (one.get("tickets", asked).json() for one in (real_client, made_client))
        assert {row["id"] for row in real["items"]} == {row["id"] for row in made["items"]}, query
        assert (real["total"], real["pages"]) == (made["total"], made["pages"])


@pytest.mark.parametrize(("who", "zone"), [("ingest", "UTC"), ("homeless", None), ("tokyo", "Asia/Tokyo")])
def test_02_the_real_one_takes_an_instant_for_what_the_made_up_one_takes_it_for(
    story: Story, who: str, zone: str | None
) -> None:
    """Without a zone of its own an account has the server's, which is the same in both."""
    assert ZONE == "America/New_York"
    count = partial(_created_after, story, who)
    opened = [r.opened_at for r in story.fresh.store().values() if isinstance(r, Ticket) and not _is_gone(story, r)]
    for hours in (-15, -10, -6, -1, 1, 6, 10, 15):
        moment = datetime.now(UTC) + timedelta(hours=hours)
        for form in (
            "%Y-%m-%d %H:%M:%S",
            "%Y-%m-%dT%H:%M:%SZ",
            "%Y-%m-%d %H:%M:%S UTC",
            "%Y-%m-%dT%H:%M:%S+00:00",
            "%s",
        ):
            text = moment.strftime(form)
            assert count(text) == sum(at > literal(text, zone) for at in opened), text


def _created_after(story: Story, who: str, text: str) -> int:
    answer = story.server.ask(who, "GET", "tickets", params={"query": f"Created > '{text}'", "per_page": 1})
    return int(answer.json()["total"])


def _is_gone(story: Story, ticket: Ticket) -> bool:
    return ("gone", ticket.ticket_id) in story.fresh.store()


def test_everybody_of_the_ledger_has_an_account_there(story: Story) -> None:
    assert set(PEOPLE) <= set(story.server.tokens)
