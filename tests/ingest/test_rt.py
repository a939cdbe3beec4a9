"""Request Tracker into records: what each transaction means, and what is made of what RT does not tell.

The numbers in brackets are those of the traps in the list of what was observed of RT 5.0.3.
"""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest import rt
from ingest.client import ClientError, RefusedError, UnavailableError
from ingest.demo.trackers.rt import RequestTracker
from ingest.demo.trackers.rt.desk import TAGS
from ingest.demo.trackers.wire import Request, Response
from ingest.records import Account, Census, Event, Gone, Rejected, Status, Ticket, UnreadableError
from ingest.rt.text import plain
from settings.sources import RequestTracker as Site
from tests.ingest.rt_reading import SITE, Asked, Reading, client, read

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk() -> RequestTracker:
    made = RequestTracker()
    for login in ("ana", "ben", "cleo"):
        made.enrol(login, login.title(), email=f"{login}@example.org")
    return made


def opened(desk: RequestTracker, title: str = "The pump leaks", **born: Any) -> str:
    return desk.open(AT, "ana", title, "It drips.", **{"queue": "infra", **born})


def told(reading: Reading, *fields: str, ticket: str = "rt/1") -> list[tuple[str, str | None, str | None]]:
    return [(event.field, event.old, event.new) for event in reading.events(*fields, ticket=ticket)]


def gone(reading: Reading) -> list[Gone]:
    return [record for record in reading.store().values() if isinstance(record, Gone)]


def ticket(reading: Reading, number: int) -> Ticket:
    found = reading.store()[f"rt/{number}"]
    assert isinstance(found, Ticket)
    return found


# --- The ticket and its opening ---------------------------------------------------------------------


def test_a_ticket_is_named_by_its_number(desk: RequestTracker) -> None:
    opened(desk)
    assert ticket(read(desk), 1) == Ticket(
        ticket_id="rt/1",
        source="rt",
        key="#1",
        url="https://rt.example/Ticket/Display.html?id=1",
        title="The pump leaks",
        opened_at=AT,
        author_id="rt/ana",
        description="It drips.",
    )


def test_a_site_may_bear_another_name_and_be_given_by_the_address_of_its_api(desk: RequestTracker) -> None:
    opened(desk, owner="ben")
    site = Site(kind="rt", name="helpdesk", url="https://rt.example/REST/2.0/")
    assert client(desk, site=site).base == "https://rt.example/REST/2.0"
    pages = read(desk).pages
    ids = {record.ticket_id for page in pages for record in rt.parse(page, site) if isinstance(record, Event)}
    owners = {e.new for page in pages for e in rt.parse(page, site) if isinstance(e, Event) and e.field == "owner"}
    assert (ids, owners) == ({"helpdesk/1"}, {"helpdesk/ben"})


def test_14_what_a_ticket_was_born_with_is_replayed_from_the_first_change_of_each_field(desk: RequestTracker) -> None:
    opened(desk, owner="ben", priority="P2", tags=("leak", "roof"))
    desk.rename(AT, "ben", "1", "The roof leaks")
    desk.rename(AT, "ben", "1", "The roof is fine")
    desk.requeue(AT, "ben", "1", "building")
    desk.assign(AT, "ben", "1", "cleo")
    desk.prioritise(AT, "ben", "1", "P0")
    desk.label(AT, "ben", "1", "leak", is_on=False)
    desk.label(AT, "ben", "1", "dry")
    desk.close(AT, "ben", "1")
    assert read(desk).opening("rt/1") == {
        "created": [None],
        "status": ["new"],
        "title": ["The pump leaks"],
        "queue": ["infra"],
        "priority": ["40"],
        "owner": ["rt/ben"],
        "label": ["leak", "roof"],
    }


def test_14_a_field_that_never_changed_is_what_it_was(desk: RequestTracker) -> None:
    opened(desk, owner="ben", priority="P1", tags=("leak",))
    born = read(desk).opening("rt/1")
    assert (born["owner"], born["priority"], born["label"]) == (["rt/ben"], ["70"], ["leak"])


def test_what_is_replayed_is_inferred_and_what_is_told_is_recorded(desk: RequestTracker) -> None:
    opened(desk)
    origins = {e.field: e.origin for e in read(desk).records() if isinstance(e, Event)}
    assert origins == {
        "created": "recorded",
        "status": "inferred",
        "title": "inferred",
        "queue": "inferred",
        "priority": "inferred",
    }


def test_a_change_between_the_ticket_and_its_history_is_not_taken_for_its_opening(desk: RequestTracker) -> None:
    """The ticket is asked for before its history."""
    opened(desk)

    def meanwhile(request: Request) -> Response | None:
        if request.path.endswith("/tickets") and "EffectiveId" in dict(request.query)["query"]:
            answer = desk.answer(request)
            desk.prioritise(AT + MINUTE, "ben", "1", "P0")
            desk.label(AT + MINUTE, "ben", "1", "late")
            return answer
        return None

    born = Reading().run(Asked(desk, meanwhile)).opening("rt/1")
    assert (set(born["priority"]), born.get("label")) == ({"0"}, None)


# --- Every kind that changes a ticket ---------------------------------------------------------------


def test_06_an_owner_who_changes_in_two_rows_changes_once(desk: RequestTracker) -> None:
    opened(desk)
    desk.assign(AT, "ben", "1", "ben")
    desk.assign(AT, "cleo", "1", "cleo")
    desk.assign(AT, "cleo", "1", None)
    desk.assign(AT, "cleo", "1", "cleo")
    assert told(read(desk), "owner") == [
        ("owner", None, "rt/ben"),
        ("owner", "rt/ben", None),
        ("owner", None, "rt/cleo"),
        ("owner", "rt/cleo", None),
        ("owner", None, "rt/cleo"),
    ]


@pytest.mark.parametrize("kind", ["Take", "Untake", "Steal", "Give", "Force", "SetWatcher"])
def test_06_owners_of_older_and_newer_releases_are_told_in_other_kinds(desk: RequestTracker, kind: str) -> None:
    opened(desk)
    desk.assign(AT, "ben", "1", "ben")
    [page] = [page for page in read(desk).pages if page["kind"] == "tickets"]
    page["transactions"] = [row for row in page["transactions"] if row["Type"] != "SetWatcher"]
    for row in page["transactions"]:
        row["Type"] = kind if row["Type"] == "Set" else row["Type"]
    owners = [e for e in rt.parse(page, SITE) if isinstance(e, Event) and e.field == "owner"]
    assert [(e.old, e.new) for e in owners] == [(None, "rt/ben")]


def test_06_a_tie_is_told_on_both_tickets_each_from_its_side(desk: RequestTracker) -> None:
    opened(desk), opened(desk)
    for relation in ("DependsOn", "RefersTo", "MemberOf"):
        desk.tie(AT, "ben", "1", relation, "2")
    desk.tie(AT, "ben", "1", "RefersTo", "2", is_on=False)
    reading = read(desk)
    assert told(reading, "link") == [
        ("link", None, "blocked_by rt/2"),
        ("link", None, "refers_to rt/2"),
        ("link", None, "child_of rt/2"),
        ("link", "refers_to rt/2", None),
    ]
    assert told(reading, "link", ticket="rt/2") == [
        ("link", None, "blocks rt/1"),
        ("link", None, "referred_to_by rt/1"),
        ("link", None, "parent_of rt/1"),
        ("link", "referred_to_by rt/1", None),
    ]


def test_a_tie_that_is_cut_without_having_been_made_was_there_from_the_opening(desk: RequestTracker) -> None:
    opened(desk), opened(desk)
    desk.tie(AT, "ben", "2", "DependsOn", "1", is_on=False)
    assert read(desk).opening("rt/2")["link"] == ["blocked_by rt/1"]


def test_a_tie_to_somewhere_else_keeps_its_address(desk: RequestTracker) -> None:
    opened(desk)
    row = desk._write(AT, desk.db.tickets[1], 27, "AddLink", "RefersTo", "", "https://wiki.example/pumps")
    assert row.id and told(read(desk)) == [("link", None, "refers_to https://wiki.example/pumps")]


def test_comments_are_notes_and_correspondence_is_comments(desk: RequestTracker) -> None:
    opened(desk)
    desk.comment(AT, "ben", "1", "Which pump?")
    desk.comment(AT, "cleo", "1", "The old one.", is_internal=True)
    assert told(read(desk), "comment", "note") == [("comment", None, "Which pump?"), ("note", None, "The old one.")]


def test_15_a_reply_opens_a_closed_ticket_and_its_author_did_it(desk: RequestTracker) -> None:
    opened(desk)
    desk.close(AT, "ben", "1")
    desk.comment(AT + MINUTE, "cleo", "1", "Not yet.")
    events = read(desk).events("status")
    assert [(e.old, e.new, e.actor_id) for e in events] == [
        ("new", "resolved", "rt/ben"),
        ("resolved", "open", "rt/cleo"),
    ]


def test_15_mails_between_a_reply_and_its_effect_do_not_hide_who_did_it(desk: RequestTracker) -> None:
    opened(desk)
    desk.db.sees_mail = True
    desk.comment(AT, "ben", "1", "Soon.")
    reading = read(desk)
    assert told(reading) == [("comment", None, "Soon."), ("other", None, "EmailRecord"), ("status", "new", "open")]
    assert [e.actor_id for e in reading.events("status")] == ["rt/ben"]


def test_15_what_the_system_does_long_after_a_reply_it_did_itself(desk: RequestTracker) -> None:
    opened(desk)
    desk.move(AT, "cleo", "1", "active")
    desk.comment(AT, "ben", "1", "Soon.")
    desk._set_status(AT + timedelta(days=9), desk.db.tickets[1], 1, "resolved")
    assert [(e.new, e.actor_id) for e in read(desk).events("status")] == [
        ("open", "rt/cleo"),
        ("resolved", "rt/RT_System"),
    ]


def test_work_is_told_in_minutes_wherever_it_is_written_down(desk: RequestTracker) -> None:
    opened(desk, minutes=7)
    desk.comment(AT, "ben", "1", "Done.", minutes=5)
    desk.comment(AT, "ben", "1", "Checked.", is_internal=True, minutes=10)
    desk.work(AT, "ben", "1", 60)
    desk.work(AT, "ben", "1", 45)
    events = read(desk).events("effort")
    assert [event.new for event in events] == ["7", "5", "10", "38", "-15"]
    assert len({event.event_id for event in events}) == 5


def test_08_a_date_that_is_unset_is_1970_or_nothing(desk: RequestTracker) -> None:
    opened(desk)
    due = datetime(2026, 12, 24, 17, tzinfo=UTC)
    desk.promise(AT, "ben", "1", due)
    desk.promise(AT, "ben", "1", None)
    reading = read(desk)
    assert told(reading) == [("eta", None, "2026-12-24T17:00:00Z"), ("eta", "2026-12-24T17:00:00Z", None)]
    assert "eta" not in reading.opening("rt/1")
    desk._write(AT, desk.db.tickets[1], 27, "Set", "Due", "2026-12-24 17:00:00", "")
    assert told(read(desk))[-1] == ("eta", "2026-12-24T17:00:00Z", None)


def test_08_a_ticket_may_be_born_with_a_date(desk: RequestTracker) -> None:
    opened(desk)
    desk.db.tickets[1].due = datetime(2026, 12, 24, 17, tzinfo=UTC)
    assert read(desk).opening("rt/1")["eta"] == ["2026-12-24T17:00:00Z"]


def test_custom_fields_go_by_their_names_and_one_of_them_holds_labels(desk: RequestTracker) -> None:
    opened(desk)
    desk.fill(AT, "ben", "1", "Severity", "high")
    desk.fill(AT, "ben", "1", "Severity", "low")
    desk.fill(AT, "ben", "1", "Severity", "")
    desk.fill(AT, "ben", "1", "Impact start", "2026-11-20 13:30:00")
    desk.label(AT, "ben", "1", "leak")
    assert told(read(desk)) == [
        ("custom.Severity", None, "high"),
        ("custom.Severity", "high", "low"),
        ("custom.Severity", "low", None),
        ("custom.Impact start", None, "2026-11-20T13:30:00Z"),
        ("label", None, "leak"),
    ]
    by_severity = Site(kind="rt", url=SITE.url, labels="Severity")
    assert told(read(desk, by_severity), "label") == [
        ("label", None, "high"),
        ("label", "high", None),
        ("label", None, "low"),
        ("label", "low", None),
    ]


def test_a_custom_field_that_was_emptied_or_is_a_picture_has_no_value_at_the_opening(desk: RequestTracker) -> None:
    opened(desk, tags=("leak",))
    reading = read(desk)
    [page] = [page for page in reading.pages if page["kind"] == "tickets"]
    page["tickets"][0]["CustomFields"][1]["values"] = [None, {"filename": "pump.png"}]
    assert set(reading.opening("rt/1")) == {"created", "status", "title", "queue", "priority", "label"}


def test_a_custom_field_that_went_from_nothing_to_nothing_changed_nothing(desk: RequestTracker) -> None:
    opened(desk)
    desk._write(AT, desk.db.tickets[1], 27, "CustomField", "3", "", "")
    assert told(read(desk)) == []


def test_watchers_and_kinds_that_nobody_knows_are_kept_by_name(desk: RequestTracker) -> None:
    opened(desk)
    desk.watch(AT, "ben", "1", "cleo", "AdminCc")
    desk._write(AT, desk.db.tickets[1], 27, "Set", "TimeEstimated", "0", "30")
    desk._write(AT, desk.db.tickets[1], 27, "Yawn", "Keeper", "", "")
    kinds = [new or "" for _, _, new in told(read(desk))]
    assert kinds == ["AddWatcher AdminCc", "Set TimeEstimated", "Yawn Keeper"]
    assert [rt.is_known(kind) for kind in kinds] == [True, True, False]
    assert rt.is_known("EmailRecord") and rt.is_known("AddLink MergedInto") and not rt.is_known("Set Mood")


def test_a_queue_goes_by_its_name_even_one_that_cannot_be_listed(desk: RequestTracker) -> None:
    opened(desk)
    desk.requeue(AT, "ben", "1", "attic")
    desk.requeue(AT, "ben", "1", "infra")
    desk.db.unseen.add(desk.add_queue("attic"))
    infra, attic = desk.add_queue("infra"), desk.add_queue("attic")
    assert (infra, attic) == (3, 4)
    assert told(read(desk)) == [("queue", "infra", "4"), ("queue", "4", "infra")]
    desk.db.unseen.clear()
    assert told(read(desk)) == [("queue", "infra", "attic"), ("queue", "attic", "infra")]


# --- Deleted, merged, ghosts ------------------------------------------------------------------------


def test_04_a_deleted_ticket_is_gone_from_the_instant_of_its_deletion(desk: RequestTracker) -> None:
    opened(desk), opened(desk)
    desk.assign(AT, "ben", "1", "ben")
    desk.hide(AT + MINUTE, "1")
    reading = read(desk)
    assert gone(reading) == [Gone("rt/1", AT + MINUTE, "deleted")]
    assert ticket(reading, 1).title == "The pump leaks"
    assert told(reading, "status") == [("status", "new", "deleted")]


def test_04_a_ticket_that_comes_back_from_deletion_is_not_gone(desk: RequestTracker) -> None:
    opened(desk)
    desk.hide(AT, "1")
    reading = read(desk)
    desk.reopen(AT + MINUTE, "ben", "1")
    assert gone(reading) and not gone(reading.run(desk))


def test_04_a_merged_ticket_is_a_duplicate_and_moved_and_keeps_its_own_words(desk: RequestTracker) -> None:
    opened(desk), opened(desk, "The tap drips", owner="cleo", queue="building")
    desk.merge(AT + MINUTE, "ben", "2", "1")
    reading = read(desk)
    assert gone(reading) == [Gone("rt/2", AT + MINUTE, "moved")]
    assert told(reading, "duplicate", ticket="rt/2") == [("duplicate", None, "rt/1")]
    born = reading.opening("rt/2")
    assert (born["title"], born["owner"], born["queue"]) == (["The tap drips"], ["rt/cleo"], ["building"])
    assert (reading.opening("rt/1")["title"], reading.opening("rt/1").get("owner")) == (["The pump leaks"], None)


def test_04_a_merge_shows_even_where_its_transaction_does_not(desk: RequestTracker) -> None:
    opened(desk), opened(desk)
    desk.merge(AT + MINUTE, "ben", "2", "1")
    [page] = [page for page in read(desk).pages if page["kind"] == "tickets"]
    page["transactions"] = [row for row in page["transactions"] if row["Field"] != "MergedInto"]
    assert [one for one in rt.parse(page, SITE) if isinstance(one, Gone)] == [Gone("rt/2", AT + MINUTE, "moved")]


def test_04_a_merged_ticket_that_is_not_listed_is_not_mistaken_for_the_one_that_answers(desk: RequestTracker) -> None:
    opened(desk), opened(desk)
    desk.merge(AT, "ben", "2", "1")

    def without_merged_ones(request: Request) -> Response | None:
        query = [(name, value.replace("EffectiveId > 0", "id > 0")) for name, value in request.query]
        return desk.answer(replace(request, query=query)) if request.path.endswith("/tickets") else None

    reading = Reading().run(Asked(desk, without_merged_ones))
    [page] = [page for page in reading.pages if page["kind"] == "tickets"]
    assert [one["id"] for one in page["tickets"]] == ["1"]


def test_05_merged_tickets_share_a_history_and_each_keeps_its_own_part(desk: RequestTracker) -> None:
    opened(desk), opened(desk)
    desk.comment(AT, "ben", "1", "first")
    desk.comment(AT, "ben", "2", "second")
    desk.merge(AT, "ben", "2", "1")
    desk.comment(AT, "ben", "2", "to the second, so to the first")
    reading = read(desk)
    assert told(reading, "comment") == [
        ("comment", None, "first"),
        ("comment", None, "to the second, so to the first"),
    ]
    assert told(reading, "comment", ticket="rt/2") == [("comment", None, "second")]


def test_a_merge_of_a_merged_ticket_moves_it_once(desk: RequestTracker) -> None:
    opened(desk), opened(desk), opened(desk)
    desk.merge(AT, "ben", "3", "2")
    desk.merge(AT + MINUTE, "ben", "2", "1")
    assert {(one.ticket_id, one.gone_at) for one in gone(read(desk))} == {("rt/3", AT), ("rt/2", AT + MINUTE)}


def test_07_ghosts_of_rows_that_may_not_be_seen_are_no_rows(desk: RequestTracker) -> None:
    opened(desk), opened(desk, queue="secret")
    desk.merge(AT, "ben", "2", "1")
    desk.db.unseen.add(desk.add_queue("secret"))
    reading = read(desk)
    assert {e.ticket_id for e in reading.records() if isinstance(e, Event)} == {"rt/1"}
    assert not [record for record in reading.records() if isinstance(record, Rejected)]


def test_a_ticket_moved_out_of_sight_is_found_missing_at_the_next_count(desk: RequestTracker) -> None:
    opened(desk), opened(desk)
    reading = read(desk)
    desk.requeue(AT + MINUTE, "ben", "1", "secret")
    desk.db.unseen.add(desk.add_queue("secret"))
    assert not gone(reading.run(desk))
    desk.now += timedelta(days=8)
    assert gone(reading.run(desk)) == [Gone("rt/1", desk.now, "hidden")]


def test_tickets_are_counted_on_the_first_load_and_once_a_week(desk: RequestTracker) -> None:
    opened(desk)
    reading, counted = Reading(), []
    for _ in range(20):
        reading.run(desk)
        counted.append(sum(page["kind"] == "census" for page in reading.pages))
        desk.now += timedelta(days=1)
    assert counted == [1] * 7 + [2] * 7 + [3] * 6


def test_no_count_is_taken_where_rt_leaves_tickets_out_of_its_answers(desk: RequestTracker) -> None:
    """With `UseSQLForACLChecks` off, /tickets tells no total, and a short page is not the last."""
    opened(desk)

    def without_total(request: Request) -> Response | None:
        answer = desk.answer(request)
        if not request.path.endswith("/tickets"):
            return answer
        told = {**json.loads(answer.body), "total": None, "pages": None}
        return Response(200, json.dumps(told).encode(), answer.headers)

    reading = Reading().run(Asked(desk, without_total))
    assert [page["kind"] for page in reading.pages] == ["queues", "tickets"]


# --- What is asked ----------------------------------------------------------------------------------


def test_01_pages_that_are_short_or_empty_end_nothing(desk: RequestTracker) -> None:
    """Hundreds of rows that may not be seen lie before, between and after those that may."""
    secret = desk.add_queue("secret")
    desk.db.unseen.add(secret)
    for n in range(3):
        opened(desk, f"seen {n}")
        hidden = opened(desk, queue="secret")
        for _ in range(170):
            desk.comment(AT, "ben", hidden, "unseen")
            desk.comment(AT, "ben", str(2 * n + 1), "seen")
    reading = read(desk)
    stored = reading.store().values()
    assert len([record for record in stored if isinstance(record, Ticket)]) == 3
    assert [len(told(reading, "comment", ticket=f"rt/{n}")) for n in (1, 3, 5)] == [170, 170, 170]
    desk.comment(AT, "ben", "3", "one more")
    assert len(told(reading.run(desk), "comment", ticket="rt/3")) == 170 * 2 + 1


def test_01_comments_that_may_not_be_seen_among_a_tickets_own_rows_end_nothing(desk: RequestTracker) -> None:
    opened(desk)
    for n in range(150):
        desk.comment(AT, "ben", "1", f"{n}")  # each sends a mail, which may not be seen
    opened(desk)
    assert len(told(read(desk), "comment")) == 150


def test_01_more_unseen_rows_than_anybody_turns_over_are_gone_around(desk: RequestTracker) -> None:
    opened(desk)
    hidden = opened(desk, queue="secret")
    desk.db.unseen.add(desk.add_queue("secret"))
    for _ in range(1_100):
        desk.comment(AT, "ben", hidden, "unseen", is_internal=True)
    reading = read(desk)
    assert reading.since["cursor"] == 5 and ticket(reading, 1)


def test_01_a_superuser_who_sees_everything_and_is_told_totals_reads_the_same(desk: RequestTracker) -> None:
    opened(desk)
    desk.assign(AT, "ben", "1", "ben")
    before = read(desk).store()
    desk.db.is_superuser = True
    assert read(desk).store() == before


@pytest.mark.parametrize("zone", ["UTC", None, "Asia/Tokyo"])
def test_02_the_zone_of_the_account_that_reads_changes_nothing(zone: str | None) -> None:
    desk = RequestTracker(user_zone=zone)
    desk.enrol("ana", "Ana")
    opened(desk)
    asked = Asked(desk)
    reading = Reading().run(asked)
    desk.comment(AT + MINUTE, "ana", "1", "Any news?")
    reading.run(asked)
    assert told(reading, "comment") == [("comment", None, "Any news?")]
    questions = [str(request.query) + request.body.decode() for request in asked.requests]
    assert not [question for question in questions if "2026" in question], "no question names an instant"


def test_03_every_window_asks_for_both_of_its_bounds(desk: RequestTracker) -> None:
    opened(desk)
    asked = Asked(desk)
    Reading().run(asked)
    searches = [json.loads(request.body) for request in asked.requests if request.body]
    windows = [one for search in searches for one in search if one.get("operator") == "<="]
    assert windows and all(one["entry_aggregator"] == "AND" for one in windows)


def test_09_changes_are_read_from_lists_never_from_a_transaction_alone(desk: RequestTracker) -> None:
    opened(desk)
    desk.fill(AT, "ben", "1", "Severity", "high")
    asked = Asked(desk)
    Reading().run(asked)
    alone = {request.path.split("/")[3] for request in asked.requests if request.path.count("/") == 4}
    assert alone <= {"ticket", "user", "queue"}


def test_10_11_12_nothing_is_asked_that_rt_stumbles_over(desk: RequestTracker) -> None:
    opened(desk), opened(desk)
    desk.hide(AT, "2")
    asked = Asked(desk)
    Reading().run(asked).run(asked)
    for request in asked.requests:
        names = dict(request.query)
        assert "Parent" not in names.get("fields", "") and "if-modified-since" not in request.headers
        assert names.get("orderby", "id") in ("id", "LastUpdated")
        assert names.get("query", "asked") and (request.method == "POST" or "page" not in names)


def test_13_a_token_that_is_not_accepted_is_believed_at_once(desk: RequestTracker) -> None:
    asking = client(desk, token="1-14-" + "f" * 32)
    with pytest.raises(RefusedError, match="is the token right"):
        list(rt.fetch(asking, SITE, {}))
    assert asking.requests == 1


def test_13_without_a_token_nothing_is_asked() -> None:
    with pytest.raises(ClientError, match="WATCHBILL_RT_TOKEN"):
        rt.connect(SITE, None)


def test_an_empty_answer_with_500_is_asked_again_and_then_given_up(desk: RequestTracker) -> None:
    asked = Asked(desk, lambda _: Response(500, b"", {"Content-Type": "application/json"}))
    with pytest.raises(UnavailableError, match="HTTP 500; asked 6 times"):
        Reading().run(asked)


def test_an_answer_without_a_list_is_no_request_tracker(desk: RequestTracker) -> None:
    asked = Asked(desk, lambda _: Response(200, b"{}", {"Content-Type": "application/json"}))
    with pytest.raises(UnavailableError, match="is this the address of a Request Tracker"):
        Reading().run(asked)


def test_a_run_without_news_asks_a_handful_of_questions(desk: RequestTracker) -> None:
    for n in range(300):
        opened(desk)
        desk.comment(AT, "ben", str(n + 1), "Soon.")
    reading = read(desk)
    assert reading.requests < 100
    pages = len(reading.pages)
    assert reading.run(desk).requests == 6 and len(reading.pages) == pages


def test_a_few_changes_are_read_in_a_few_questions(desk: RequestTracker) -> None:
    for _ in range(300):
        opened(desk)
    reading = read(desk)
    desk.comment(AT + MINUTE, "ben", "150", "Soon.")
    desk.hide(AT + MINUTE, "151")
    assert reading.run(desk).requests <= 15
    assert {one.ticket_id for one in gone(reading)} == {"rt/151"}


def test_transactions_that_are_committed_late_are_not_missed(desk: RequestTracker) -> None:
    """Their numbers lie below the cursor, and were not there when it was set."""
    opened(desk)
    desk.comment(AT, "ben", "1", "early")
    late = desk.db.transactions.pop(6), desk.db.about[1].pop(1)
    assert late[0] is late[1] and late[0].type == "Correspond"
    reading = read(desk)
    assert not told(reading, "comment")
    desk.db.transactions[6] = late[0]
    desk.db.about[1].append(late[0])
    assert told(reading.run(desk), "comment") == [("comment", None, "early")]


def test_the_tickets_of_a_queue_that_comes_into_sight_are_read_once(desk: RequestTracker) -> None:
    opened(desk), opened(desk, "hidden so far", queue="secret")
    secret = desk.add_queue("secret")
    desk.db.unseen.add(secret)
    for _ in range(250):
        desk.comment(AT, "ben", "1", "noise", is_internal=True)
    reading = read(desk)
    assert "rt/2" not in reading.store()
    desk.db.unseen.clear()
    assert ticket(reading.run(desk), 2).title == "hidden so far"
    assert reading.run(desk).requests == 6
    assert reading.store() == read(desk).store()


def test_of_chosen_queues_every_ticket_is_read_that_ever_was_there(desk: RequestTracker) -> None:
    for queue in ("infra", "building", "infra", "building"):
        opened(desk, queue=queue)
    desk.requeue(AT, "ben", "3", "building")
    desk.requeue(AT, "ben", "4", "infra")
    site = Site(kind="rt", url=SITE.url, queues=["infra"])
    reading = read(desk, site)
    assert {one.ticket_id for one in reading.store().values() if isinstance(one, Ticket)} == {"rt/1", "rt/3", "rt/4"}
    assert not reading.troubles
    reading.site = Site(kind="rt", url=SITE.url, queues=["infra", "building"])
    assert "rt/2" in reading.run(desk).store(), "other settings: everything is read anew"


def test_a_chosen_queue_that_is_not_there_is_a_trouble_and_the_others_are_read(desk: RequestTracker) -> None:
    opened(desk)
    reading = read(desk, Site(kind="rt", url=SITE.url, queues=["infra", "nowhere"]))
    assert [trouble.place for trouble in reading.troubles] == ["queue nowhere"]
    assert "rt/1" in reading.store()


def test_a_first_load_that_was_killed_goes_on_behind_its_last_page(desk: RequestTracker) -> None:
    for _ in range(250):
        opened(desk)
    reading, asking = Reading(), client(desk)
    for fetched in rt.fetch(asking, SITE, {}):
        reading._keep(fetched)
        if len(reading.pages) == 3:
            break
    assert reading.since["loading"] == {"after": 200, "last": 250}
    reading.run(desk)
    places = [page["tickets"][0]["id"] for page in reading.pages if page["kind"] == "tickets"]
    assert places == ["1", "101", "201"]
    assert reading.store() == read(desk).store()


def test_a_tracker_restored_from_a_backup_is_read_on_from_what_it_has(desk: RequestTracker) -> None:
    opened(desk)
    for _ in range(300):
        desk.comment(AT, "ben", "1", "lost", is_internal=True)
    reading = read(desk)
    for number in range(10, max(desk.db.transactions) + 1):
        del desk.db.transactions[number]
    desk.db.about[1] = [row for row in desk.db.about[1] if row.id < 10]
    desk.db.said_with = {n: rows for n, rows in desk.db.said_with.items() if n < 10}
    reading.run(desk)
    assert reading.since["cursor"] == 9
    desk.comment(AT + MINUTE, "ben", "1", "after the restore")
    assert ("comment", None, "after the restore") in told(reading.run(desk), "comment")


# --- People, statuses, texts ------------------------------------------------------------------------


def test_people_go_by_their_logins_with_what_the_tracker_tells_of_them(desk: RequestTracker) -> None:
    opened(desk, owner="cleo")
    desk.hide(AT, "1")
    accounts = [record for record in read(desk).records() if isinstance(record, Account)]
    assert accounts == [
        Account("rt/ana", "rt", "ana", "Ana", False, "ana@example.org"),
        Account("rt/cleo", "rt", "cleo", "Cleo", False, "cleo@example.org"),
        Account("rt/root", "rt", "root", "Enoch Root", False, "root@localhost"),
    ]


def test_the_system_is_a_bot_and_nobody_is_no_account(desk: RequestTracker) -> None:
    opened(desk)
    desk._set_status(AT, desk.db.tickets[1], 1, "open")
    accounts = {record.login: record.is_bot for record in read(desk).records() if isinstance(record, Account)}
    assert accounts == {"ana": False, "RT_System": True}


def test_an_owner_whom_the_tracker_forgot_keeps_the_number(desk: RequestTracker) -> None:
    opened(desk)
    desk.assign(AT, "ana", "1", "ben")
    desk.assign(AT, "ana", "1", None)
    del desk.db.people[29]
    assert told(read(desk)) == [("owner", None, "rt/29"), ("owner", "rt/29", None)]


def test_every_account_that_an_event_names_is_told(desk: RequestTracker) -> None:
    opened(desk)
    desk.assign(AT, "ana", "1", "ben")
    desk.assign(AT, "ana", "1", "cleo")
    desk.comment(AT, "cleo", "1", "Soon.")
    records = list(read(desk).records())
    named = {e.actor_id for e in records if isinstance(e, Event)}
    named |= {name for e in records if isinstance(e, Event) and e.field == "owner" for name in (e.old, e.new)}
    assert named - {None} <= {one.account_id for one in records if isinstance(one, Account)}


def test_rts_own_lifecycle_tells_what_its_statuses_mean_and_others_do_not(desk: RequestTracker) -> None:
    opened(desk)
    statuses = {record.status: record.stage for record in read(desk).records() if isinstance(record, Status)}
    assert statuses == {
        "new": "new",
        "open": "active",
        "stalled": "waiting",
        "resolved": "done",
        "rejected": "done",
        "deleted": "done",
    }
    for queue in desk.db.queues.values():
        queue.lifecycle = "orders"
    assert not [record for record in read(desk).records() if isinstance(record, Status)]


def test_html_is_told_as_words_and_plain_text_comes_before_it(desk: RequestTracker) -> None:
    opened(desk)
    desk.comment(AT, "ben", "1", "<p>Soon &amp; <b>well</b></p>")
    [first, second] = desk.db.attachments.values()
    second.content_type = "text/html"
    assert told(read(desk), "comment") == [("comment", None, "Soon & well")]
    number = len(desk.db.attachments) + 1
    both = type(first)(number, second.transaction, "text/plain", "Soon", AT, 29)
    desk.db.attachments[number] = both
    desk.db.said_with[second.transaction].append(both)
    assert told(read(desk), "comment") == [("comment", None, "Soon")]


def test_files_are_not_fetched_and_a_reply_without_a_text_is_empty(desk: RequestTracker) -> None:
    opened(desk)
    desk.comment(AT, "ben", "1", "x")
    desk.db.attachments[2].filename = "pump.txt"
    assert told(read(desk), "comment") == [("comment", None, "")]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("<style>p { color: red }</style><script>alert(1)</script>seen", "seen"),
        ("a &lt;b&gt;\n  c", "a <b> c"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ("", ""),
        ("<unclosed", "<unclosed"),
    ],
)
def test_html_becomes_lines_of_words(html: str, text: str) -> None:
    assert plain(html) == text


# --- Pages that are not what they should be ---------------------------------------------------------


@pytest.mark.parametrize("page", [{}, {"kind": "wiki"}, {"kind": "tickets"}, {"kind": "census", "numbers": [1]}])
def test_a_page_that_is_none_is_unreadable(page: dict[str, Any]) -> None:
    with pytest.raises(UnreadableError):
        list(rt.parse(page, SITE))


def test_a_ticket_that_cannot_be_read_is_rejected_and_the_others_are_taken_in(desk: RequestTracker) -> None:
    opened(desk), opened(desk), opened(desk)
    [page] = [page for page in read(desk).pages if page["kind"] == "tickets"]
    page["tickets"][1]["Created"] = "some day"
    del page["tickets"][0]["Subject"]
    records = list(rt.parse(page, SITE))
    assert [record.place for record in records if isinstance(record, Rejected)] == ["ticket 1", "ticket 2"]
    assert [record.ticket_id for record in records if isinstance(record, Ticket)] == ["rt/3"]


def test_a_ticket_without_a_subject_has_an_empty_title(desk: RequestTracker) -> None:
    opened(desk)
    [page] = [page for page in read(desk).pages if page["kind"] == "tickets"]
    page["tickets"][0]["Subject"] = None
    assert [record.title for record in rt.parse(page, SITE) if isinstance(record, Ticket)] == [""]


def test_the_same_page_gives_the_same_records_in_the_same_order(desk: RequestTracker) -> None:
    opened(desk, owner="ben", tags=("b", "a"))
    desk.merge(AT, "ben", opened(desk), "1")
    reading = read(desk)
    assert list(reading.records()) == list(reading.records())


def test_a_page_needs_nothing_but_itself_and_the_name_of_its_source(desk: RequestTracker) -> None:
    """A source that was taken out of the settings can still be parsed."""
    opened(desk, tags=("leak",))
    bare = Site.model_construct(name="rt", kind="rt", labels="Tags", queues=[])
    reading = read(desk)
    assert [list(rt.parse(page, bare)) for page in reading.pages] == [
        list(rt.parse(page, SITE)) for page in reading.pages
    ]


def test_the_census_names_live_tickets_only(desk: RequestTracker) -> None:
    opened(desk), opened(desk), opened(desk)
    desk.hide(AT, "1")
    desk.merge(AT, "ben", "2", "3")
    [census] = [record for record in read(desk).records() if isinstance(record, Census)]
    assert census == Census("ticket", "rt/", ("rt/3",), desk.now)


# --- The doctor -------------------------------------------------------------------------------------


def test_the_doctor_finds_a_healthy_tracker_well(desk: RequestTracker) -> None:
    opened(desk)
    assert list(rt.examine(client(desk), SITE)) == [
        (True, "Request Tracker 5.0.3+dfsg-3~deb12u6 answers"),
        (True, "the account ingest has the time zone UTC"),
        (True, "the account sees tickets up to #1"),
    ]


@pytest.mark.parametrize(
    ("zone", "words"), [("Asia/Tokyo", "has the time zone Asia/Tokyo"), (None, "has no time zone of its own")]
)
def test_02_the_doctor_warns_of_an_account_in_another_time_zone(zone: str | None, words: str) -> None:
    findings = list(rt.examine(client(RequestTracker(user_zone=zone)), SITE))
    [warning] = [text for is_well, text in findings if not is_well and "zone" in text]
    assert words in warning and "set it to UTC" in warning


def test_the_doctor_misses_rights_and_queues(desk: RequestTracker) -> None:
    findings = list(rt.examine(client(desk), Site(kind="rt", url=SITE.url, queues=["nowhere"])))
    wrong = [text for is_well, text in findings if not is_well]
    assert wrong == [
        "there is no queue nowhere, or this account lacks SeeQueue there",
        "the account sees no ticket; grant it ShowTicket",
    ]


def test_the_doctor_knows_an_old_tracker_and_a_token_that_names_nobody(desk: RequestTracker) -> None:
    old = Asked(desk, lambda r: Response(200, b'{"Version": "4.4.4"}') if r.path.endswith("/rt") else None)
    assert next(iter(rt.examine(client(old), SITE))) == (False, "Request Tracker 4.4.4 answers; version 5 is needed")
    nameless = RequestTracker(token="secret")
    findings = list(rt.examine(client(nameless, token="secret"), SITE))
    assert "does not tell whose it is" in findings[1][1]


# --- Recorded of a real one -------------------------------------------------------------------------


@pytest.fixture
def recorded(shared: Path) -> dict[str, Any]:
    """The tickets that were recorded whole, with all transactions of their tracker."""
    folder = shared / "recorded" / "rt"

    def answer(name: str) -> Any:
        return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))

    def body(name: str) -> Any:
        return answer(name)["json"]

    tickets = [*body("tickets_fields_p1")["items"], *body("tickets_fields_p2")["items"], body("ticket_37")]
    rows = [row for row in answer("all_transactions_root") if row["ObjectType"] == "RT::Ticket"]
    people = {"6": {"Name": "Nobody"}, "29": {"Name": "bob"}, "27": {"Name": "alice"}, "31": {"Name": "carol"}}
    return {
        "kind": "tickets",
        "tickets": tickets,
        "transactions": rows,
        "attachments": [*body("attachments_39")["items"], *body("attachments_bulk_txn")["items"]],
        "people": people,
        "queues": {row["id"]: row for row in body("queues_fields")["items"]},
        "customfields": {row["id"]: row for row in body("customfields")["items"]},
    }


@pytest.mark.shared
def test_every_recorded_transaction_of_a_recorded_ticket_is_told(recorded: dict[str, Any]) -> None:
    numbers = {str(one["id"]) for one in recorded["tickets"]}
    rows = [row for row in recorded["transactions"] if row["ObjectId"] in numbers]
    events = [e for e in rt.parse(recorded, SITE) if isinstance(e, Event) and not e.event_id.startswith("opened/")]
    silent = {row["id"] for row in rows if row["Type"] in ("Create", "SetWatcher")}
    assert {e.event_id.split("/")[0] for e in events} == {row["id"] for row in rows} - silent
    assert not [record for record in rt.parse(recorded, SITE) if isinstance(record, Rejected)]


@pytest.mark.shared
def test_recorded_owners_are_counted_once(recorded: dict[str, Any]) -> None:
    numbers = {str(one["id"]) for one in recorded["tickets"]}
    rows = Counter(r["Type"] for r in recorded["transactions"] if r["Field"] == "Owner" and r["ObjectId"] in numbers)
    gains = [e for e in rt.parse(recorded, SITE) if isinstance(e, Event) and e.field == "owner" and e.new]
    gains = [e for e in gains if not e.event_id.startswith("opened/")]
    assert len(gains) == rows["Set"] == rows["SetWatcher"]


@pytest.mark.shared
def test_recorded_lives_end_where_the_tickets_are_now(recorded: dict[str, Any]) -> None:
    events = [event for event in rt.parse(recorded, SITE) if isinstance(event, Event)]
    for one in recorded["tickets"]:
        own = sorted((e for e in events if e.ticket_id == f"rt/{one['id']}"), key=lambda e: e.seq)
        last = {event.field: event.new for event in own}
        assert (last["status"], last["title"]) == (one["Status"], one["Subject"])
        assert last["queue"] == recorded["queues"][one["Queue"]["id"]]["Name"]
        assert last["priority"] == one["Priority"]


@pytest.mark.shared
def test_a_recorded_deletion_and_recorded_replies_are_understood(recorded: dict[str, Any]) -> None:
    records = list(rt.parse(recorded, SITE))
    assert Gone("rt/37", datetime(2026, 9, 6, 1, 29, tzinfo=UTC), "deleted") in records
    by_system = [e for e in records if isinstance(e, Event) and e.field == "status" and e.actor_id == "rt/RT_System"]
    replies = [row for row in recorded["transactions"] if row["Type"] == "Correspond"]
    assert len(by_system) < len(replies) / 2, "most replies opened their ticket within the minute"


def test_tags_are_the_custom_field_of_the_made_up_tracker(desk: RequestTracker) -> None:
    assert desk.db.fields[TAGS].name == SITE.labels
