"""The made-up Jira answers as the product does: a careless reader goes wrong with it in all the known ways."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingest.demo.trackers.jira import Jira
from ingest.demo.trackers.wire import Request

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
BASIC = "Basic cmVhZGVyQHdhdGNoYmlsbC5leGFtcGxlOmppcmEtdG9rZW4="
Answer = tuple[int, Any]


def jira_of(edition: Any = "cloud", tickets: int = 5, **more: Any) -> Jira:
    made = Jira(edition=edition, now=T0, **more)
    for n in range(tickets):
        made.open(T0 + timedelta(hours=n), "ana", f"ticket {n}", "text", queue="INFRA")
    return made


def ask(tracker: Jira, path: str, body: Any = None, login: str | None = None, **query: str) -> Answer:
    login = login or (BASIC if tracker.is_cloud else "Bearer jira-token")
    raw = json.dumps(body).encode() if body is not None else b""
    request = Request("POST" if raw else "GET", path, list(query.items()), {"authorization": login}, raw)
    response = tracker.answer(request)
    return response.status, json.loads(response.body)


def search(tracker: Jira, jql: str, **more: Any) -> Answer:
    return ask(tracker, "/rest/api/3/search/jql", {"jql": jql, **more})


def said(answer: Answer) -> str:
    status, told = answer
    assert status >= 400
    return f"{status} {told['errorMessages'][0]}"


def ids(answer: Answer) -> list[int]:
    assert answer[0] == 200, answer
    return [int(issue["id"]) - 10_000 for issue in answer[1]["issues"]]


@pytest.mark.parametrize("version", [2, 3])
def test_trap_1_the_old_search_of_cloud_is_gone(version: int) -> None:
    assert said(ask(jira_of(), f"/rest/api/{version}/search", jql="project = INFRA")).startswith(
        "410 The requested API"
    )


def test_trap_1_an_offset_means_nothing_to_the_new_search() -> None:
    first, second = (search(jira_of(), "project = INFRA", maxResults=2, startAt=start) for start in (0, 2))
    assert ids(first) == ids(second) and "total" not in first[1]


def test_trap_2_nothing_but_ids_is_told_unless_fields_are_asked_for() -> None:
    assert search(jira_of(), "project = INFRA", maxResults=1)[1]["issues"] == [{"id": "10001"}]
    [issue] = search(jira_of(), "project = INFRA", maxResults=1, fields=["summary"])[1]["issues"]
    assert issue["key"] == "INFRA-1" and issue["fields"] == {"summary": "ticket 0"}


@pytest.mark.parametrize("jql", ["", "order by key desc", "ORDER BY updated ASC, id ASC"])
def test_trap_3_a_question_without_bounds_is_refused(jql: str) -> None:
    assert said(search(jira_of(), jql)).startswith("400 Unbounded")


@pytest.mark.parametrize(
    "jql",
    [
        "project = NOWHERE",
        "colour = blue",
        "updated >= yesterday",
        "updated ~ 7",
        "project = INFRA OR project = WEB",
        "id in (99999)",
        "project = INFRA ORDER BY colour",
        "project in (INFRA",
        "project = INFRA ORDER BY " + ", ".join(["key"] * 8),
    ],
)
def test_what_is_not_understood_is_refused(jql: str) -> None:
    assert said(search(jira_of(), jql)).startswith("400")


@pytest.mark.parametrize(
    ("jql", "found"),
    [
        ("project = INFRA", [1, 2, 3, 4, 5]),
        ('project in ("INFRA") ORDER BY updated DESC', [5, 4, 3, 2, 1]),
        ("id in (10002, 10004) ORDER BY key ASC", [2, 4]),
        ("key = INFRA-3 and project = infra", [3]),
        ("created >= 1772449200000 AND created < 1772456400000", [3, 4]),
        ("project = INFRA AND updated > 1772449200000", [4, 5]),
    ],
)
def test_questions_are_carried_out(jql: str, found: list[int]) -> None:
    assert ids(search(jira_of(), jql)) == found


def test_trap_4_a_date_in_quotes_is_read_in_the_zone_of_the_account() -> None:
    asked = 'updated >= "2026-03-02 10:00"'
    assert ids(search(jira_of(zone="UTC"), asked)) == [2, 3, 4, 5]
    assert ids(search(jira_of(zone="America/New_York"), asked)) == []
    assert ids(search(jira_of(zone="Asia/Tokyo"), asked)) == [1, 2, 3, 4, 5]
    number = "updated >= 1772445600000"
    assert {tuple(ids(search(jira_of(zone=zone), number))) for zone in ("UTC", "Asia/Tokyo")} == {(2, 3, 4, 5)}


def test_trap_6_an_embedded_history_is_the_newest_forty_and_the_newest_first() -> None:
    tracker = jira_of(tickets=1)
    for n in range(50):
        tracker.rename(T0 + timedelta(hours=n), "ben", "INFRA-1", f"name {n}")
    told = search(tracker, "project = INFRA", fields=["summary"], expand="changelog")[1]["issues"][0]["changelog"]
    names = [history["items"][0]["toString"] for history in told["histories"]]
    assert told["total"] == 50 and names == [f"name {n}" for n in reversed(range(10, 50))]


def test_trap_7_a_bulk_fetch_tells_instants_in_milliseconds() -> None:
    tracker = jira_of(tickets=1)
    tracker.rename(T0 + timedelta(milliseconds=429), "ben", "INFRA-1", "name")
    told = ask(tracker, "/rest/api/3/changelog/bulkfetch", {"issueIdsOrKeys": ["INFRA-1"]})[1]
    assert told["issueChangeLogs"][0]["changeHistories"][0]["created"] == 1_772_442_000_429


def test_one_issue_may_be_spread_over_several_pages_of_a_bulk_fetch() -> None:
    tracker = jira_of(tickets=2)
    for n in range(4):
        tracker.rename(T0 + timedelta(hours=n + 2), "ben", f"INFRA-{1 + n % 2}", f"name {n}")
    body: dict[str, Any] = {"issueIdsOrKeys": ["10001", "INFRA-2"], "maxResults": 3}
    first = ask(tracker, "/rest/api/3/changelog/bulkfetch", body)[1]
    second = ask(tracker, "/rest/api/3/changelog/bulkfetch", body | {"nextPageToken": first["nextPageToken"]})[1]
    counts = [
        [(log["issueId"], len(log["changeHistories"])) for log in page["issueChangeLogs"]] for page in (first, second)
    ]
    assert counts == [[("10001", 2), ("10002", 1)], [("10002", 1)]] and "nextPageToken" not in second


def test_trap_10_one_save_is_one_history_and_some_items_have_no_field_id() -> None:
    tracker = jira_of(tickets=1)
    tracker.close(T0, "ben", "INFRA-1", "declined")
    tracker.chatter(T0, "ben", "INFRA-1")
    closing, noise = tracker.issue("INFRA-1").histories
    assert [item["field"] for item in closing.items] == ["resolution", "status"]
    assert all("fieldId" in item for item in closing.items) and not any("fieldId" in item for item in noise.items)


def test_trap_11_a_search_is_behind_and_can_be_told_to_look() -> None:
    tracker = jira_of(tickets=1, lag=60)
    tracker.rename(T0 + timedelta(hours=1), "ben", "INFRA-1", "new")
    asked = {"jql": "project = INFRA", "fields": ["summary"]}
    titles = [
        search(tracker, **asked, **more)[1]["issues"][0]["fields"]["summary"]
        for more in ({}, {"reconcileIssues": [10_001]})
    ]
    assert titles == ["ticket 0", "new"]


def test_trap_12_a_token_belongs_to_its_question_and_dies_after_seven_days() -> None:
    tracker = jira_of()
    token = search(tracker, "project = INFRA", maxResults=2)[1]["nextPageToken"]
    assert ids(search(tracker, "project = INFRA", maxResults=2, nextPageToken=token)) == [3, 4]
    assert said(search(tracker, "project = INFRA ORDER BY key", nextPageToken=token)).startswith("400")
    tracker.now += timedelta(days=8)
    assert "expired" in said(search(tracker, "project = INFRA", nextPageToken=token))


def test_rows_are_capped_at_a_hundred_with_fields_and_at_five_thousand_without() -> None:
    tracker = jira_of(tickets=120)
    assert len(ids(search(tracker, "project = INFRA", maxResults=5_000, fields=["summary"]))) == 100
    assert len(ids(search(tracker, "project = INFRA", maxResults=5_000))) == 120
    assert len(ids(search(tracker, "project = INFRA"))) == 50


def test_trap_13_a_deleted_issue_is_gone_without_a_word() -> None:
    tracker = jira_of()
    tracker.hide(T0 + timedelta(days=1), "INFRA-3")
    assert ids(search(tracker, "project = INFRA")) == [1, 2, 4, 5]
    assert said(ask(tracker, "/rest/api/3/issue/INFRA-3")).startswith("404")


def test_trap_14_an_old_key_leads_to_the_issue_under_its_new_one() -> None:
    tracker = jira_of()
    tracker.requeue(T0 + timedelta(days=1), "ben", "INFRA-3", "WEB")
    assert ask(tracker, "/rest/api/3/issue/INFRA-3")[1]["key"] == "WEB-1"
    assert ids(search(tracker, "project = WEB")) == [3]


def test_trap_17_bodies_are_adf_on_cloud_and_text_on_data_center() -> None:
    for edition, kind in (("cloud", dict), ("datacenter", str)):
        tracker = jira_of(edition, tickets=1)
        version = 3 if edition == "cloud" else 2
        told = ask(tracker, f"/rest/api/{version}/issue/INFRA-1")[1]["fields"]["description"]
        assert isinstance(told, kind)


@pytest.mark.parametrize("edition", ["cloud", "datacenter"])
def test_nobody_is_answered_without_the_right_token_but_for_what_the_server_is(edition: Any) -> None:
    tracker = jira_of(edition)
    assert said(ask(tracker, f"/rest/api/{3 if edition == 'cloud' else 2}/myself", login="Bearer wrong")).startswith(
        "401"
    )
    assert ask(tracker, "/rest/api/2/serverInfo", login="none")[0] == 200


def test_data_center_has_offsets_and_totals_and_no_page_of_histories() -> None:
    tracker = jira_of("datacenter")
    status, told = ask(
        tracker, "/rest/api/2/search", jql="project = INFRA", startAt="3", maxResults="1000", expand="changelog"
    )
    assert (status, told["total"], told["maxResults"], len(told["issues"])) == (200, 5, 100, 2)
    assert said(ask(tracker, "/rest/api/2/issue/INFRA-1/changelog")).startswith("404 null for uri")


def test_data_center_tells_people_by_name_and_key() -> None:
    tracker = jira_of("datacenter", tickets=1)
    creator = ask(tracker, "/rest/api/2/issue/INFRA-1")[1]["fields"]["creator"]
    assert (creator["name"], creator["key"]) == ("ana", "JIRAUSER10101") and "accountId" not in creator
