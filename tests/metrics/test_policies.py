"""Policies: the first whose patterns match a queue decides; the version in force at the time."""

from collections.abc import Callable
from datetime import datetime

import duckdb
import pytest

from metrics import policies
from tests.conftest import OFFICE, TRIAGE_PROMISE, History

Store = Callable[..., duckdb.DuckDBPyConnection]
ALWAYS = datetime(1, 1, 1)  # noqa: DTZ001 - instants in the store are UTC without a zone


def rules(con: duckdb.DuckDBPyConnection, queue: str, source: str = "test") -> list[tuple[str, str, str]]:
    return [
        (policies.triage_condition(v.definition), f"{v.valid_from:%m-%d}", f"{v.valid_until:%m-%d}")
        for v in policies.deciding(policies.versions(con, "triage"), source, queue)
    ]


def triage(condition: str, queues: str = "", valid_from: str = "") -> str:
    queues = f'queues = ["{queues}"]\n' if queues else ""
    since = f"valid_from = {valid_from}\n" if valid_from else ""
    return f'[[triage]]\n{queues}{since}rule = {{ any = ["{condition}"] }}\n'


def test_the_first_match_decides(history: History, open_store_of: Store) -> None:
    text = OFFICE + triage("closed", "infra-*") + triage("owner_set", "infra?x") + triage("label_set")
    con = open_store_of(history.records, text)
    told = {queue: rules(con, queue)[0][0] for queue in ("infra-x", "infra-net", "infra_x", "access", "")}
    assert told == {
        "infra-x": "(closed)",
        "infra-net": "(closed)",
        "infra_x": "(owner_set)",
        "access": "(label_set)",
        "": "(label_set)",
    }


def test_the_first_match_of_source_and_queue_decides(history: History, open_store_of: Store) -> None:
    theirs = triage("closed", "infra").replace("[[triage]]", '[[triage]]\nsources = ["rt", "phorge*"]')
    con = open_store_of(history.records, OFFICE + theirs + triage("owner_set"))
    asked = [("rt", "infra"), ("phorge-2", "infra"), ("rt", "access"), ("github", "infra")]
    told = [rules(con, queue, source)[0][0] for source, queue in asked]
    assert told == ["(closed)", "(closed)", "(owner_set)", "(owner_set)"]


def test_tables_of_other_sources_are_no_versions_of_each_other(history: History, open_store_of: Store) -> None:
    later = triage("closed", valid_from="2026-11-03").replace("[[triage]]", '[[triage]]\nsources = ["rt"]')
    con = open_store_of(history.records, OFFICE + later + triage("owner_set"))
    assert rules(con, "infra", "rt") == [("(owner_set)", "01-01", "11-03"), ("(closed)", "11-03", "12-31")]
    assert rules(con, "infra", "github") == [("(owner_set)", "01-01", "12-31")]


def test_a_queue_nobody_configures_has_no_rule(history: History, open_store_of: Store) -> None:
    assert rules(open_store_of(history.records, OFFICE + triage("closed", "access")), "infra") == []


def test_versions_follow_one_another_whatever_their_order(history: History, open_store_of: Store) -> None:
    later, first = triage("closed", valid_from="2026-11-03"), triage("owner_set")
    for text in (first + later, later + first):
        con = open_store_of(history.records, OFFICE + text)
        assert rules(con, "infra") == [("(owner_set)", "01-01", "11-03"), ("(closed)", "11-03", "12-31")]


def test_before_a_policy_begins_the_next_that_matches_decides(history: History, open_store_of: Store) -> None:
    text = triage("closed", "infra", "2026-11-03") + triage("owner_set") + triage("label_set", valid_from="2026-11-02")
    con = open_store_of(history.records, OFFICE + text)
    assert rules(con, "infra") == [
        ("(owner_set)", "01-01", "11-02"),
        ("(label_set)", "11-02", "11-03"),
        ("(closed)", "11-03", "12-31"),
    ]


def test_versions_of_a_promise_share_its_name(history: History, open_store_of: Store) -> None:
    second = TRIAGE_PROMISE.split("[[slo]]")[1].replace("[[slo]]", "").replace("4h", "2h")
    con = open_store_of(history.records, OFFICE + TRIAGE_PROMISE + "[[slo]]\nvalid_from = 2026-11-03" + second)
    [chain] = policies.versions(con, "slo", by_name=True)
    assert [v.key for v in chain] == ["Triage@1-01-01T00:00", "Triage@2026-11-03T00:00"]
    assert chain[0].valid_until == chain[1].valid_from
    assert (chain[0].valid_from, chain[1].valid_until) == (ALWAYS, policies.FOREVER)


def test_only_known_conditions_become_sql() -> None:
    assert policies.triage_condition({"all": ["closed", {"any": ["owner_set"]}]}) == "(closed AND (owner_set))"
    with pytest.raises(ValueError, match="not a triage condition"):
        policies.triage_condition("true) OR (1 = 1")


def test_calendars_know_their_versions_and_days(history: History, open_store_of: Store) -> None:
    half_day = '[[team]]\nname = "x"\ncalendar = "office"\nqueues = ["x"]\n'
    special = OFFICE.replace("[calendar.hours]", 'special_days = { "2026-11-04" = ["09:00-12:00"] }\n[calendar.hours]')
    calendars = policies.calendars(open_store_of(history.records, special + half_day))
    assert {name.split("@")[0] for name in calendars} == {"office", "always"}
    [office] = [calendar for name, calendar in calendars.items() if name.startswith("office")]
    span = office.day_span(datetime.fromisoformat("2026-11-04").date())
    assert span
    assert (span[1] - span[0]).total_seconds() == 3 * 3600
