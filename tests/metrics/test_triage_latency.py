"""Triage: from entering a queue to the first moment at which the queue's rule holds."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import duckdb
import pytest
from hypothesis import given

import metrics
from metrics.triage_latency import figure, summary
from tests.conftest import OFFICE, History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import (
    EXAMPLES,
    SAID,
    WORLD,
    assert_same,
    calendar_at,
    calendar_of,
    histories,
    instants,
    lives,
    working_seconds,
)

Store = Callable[..., duckdb.DuckDBPyConnection]
BOARD = OFFICE.replace('"github-labels"', '"github-board"')
JIRA = OFFICE.replace('"github", "github-labels"', '"github", "jira"')
RT = OFFICE.replace('"github", "github-labels"', '"github"').replace(
    "[[priorities]]", 'status = { open = "new", working = "active" }\n[[priorities]]'
)


def rule(text: str) -> str:
    return f"[[triage]]\nrule = {text}\n"


def stays(con: duckdb.DuckDBPyConnection, as_of: str = "2026-11-30 00:00", **asked: Any) -> list[dict[str, Any]]:
    return metrics.triage_latency(con, as_of=utc(as_of), **asked).pl().to_dicts()


def triaged_at(con: duckdb.DuckDBPyConnection) -> dict[int, str | None]:
    """The hour of triage by ticket number."""
    return {
        int(stay["key"].removeprefix("infra#")): stay["triaged_at"] and f"{stay['triaged_at']:%H:%M}"
        for stay in stays(con)
    }


Change = tuple[str, str, str, str]
PRESETS: list[tuple[str, str, dict[str, tuple[str | None, list[Change]]]]] = [
    (
        "labelled",
        OFFICE,
        {
            "a label": ("10:00", [("10:00", "label", "+Bug", "ana")]),
            "the author's own label": ("10:00", [("10:00", "label", "+Bug", "asker")]),
            "an owner": ("10:00", [("10:00", "owner", "+ana", "ana")]),
            "a closing": ("10:00", [("10:00", "status", "closed", "ana")]),
            "a comment is not enough": (None, [("10:00", "comment", "+Hm.", "ana")]),
            "a bot's label is not enough": (None, [("10:00", "label", "+Bug", "robot[bot]")]),
            "a bot's closing is not enough": (None, [("10:00", "status", "closed", "robot[bot]")]),
            "a human's beside a bot's": ("11:00", [("10:00", "label", "+a", "r[bot]"), ("11:00", "label", "+b", "bo")]),
        },
    ),
    (
        "board",
        BOARD,
        {
            "leaving New": ("10:00", [("10:00", "column", "New", "ana"), ("10:00", "column", "Triaged", "ana")]),
            "entering New is not": (None, [("10:00", "column", "New", "ana")]),
            "priority alone is not": (None, [("10:00", "label", "+P1", "ana")]),
            "an owner alone is not": (None, [("10:00", "owner", "+ana", "ana")]),
            "priority and owner": ("11:00", [("10:00", "label", "+P1", "ana"), ("11:00", "owner", "+ana", "ana")]),
            "never both at once": (
                None,
                [
                    ("10:00", "label", "+P1", "ana"),
                    ("10:30", "label", "-P1", "ana"),
                    ("11:00", "owner", "+ana", "ana"),
                ],
            ),
            "a bot moves it": (None, [("10:00", "column", "Triaged", "robot[bot]")]),
            "a bot raises what a human had set": (
                "11:00",
                [
                    ("10:00", "label", "+P2", "ana"),
                    ("10:30", "label", "+P0", "r[bot]"),
                    ("11:00", "owner", "+bo", "bo"),
                ],
            ),
            "a bot takes away one of its own two": (
                None,
                [
                    ("10:00", "label", "+P1", "r[bot]"),
                    ("10:00", "label", "+P2", "r[bot]"),
                    ("10:30", "label", "-P1", "r[bot]"),
                    ("11:00", "owner", "+bo", "bo"),
                ],
            ),
        },
    ),
    (
        "duty",
        OFFICE + "default = ['P4']\n",
        {
            "priority, project and a word": (
                "12:00",
                [
                    ("10:00", "label", "+P1", "ana"),
                    ("11:00", "project", "+Racks", "ana"),
                    ("12:00", "comment", "+On it.", "ana"),
                ],
            ),
            "a word that the requester cannot see is one, too": (
                "12:00",
                [
                    ("10:00", "label", "+P1", "ana"),
                    ("11:00", "project", "+Racks", "ana"),
                    ("12:00", "note", "+The vendor knows.", "ana"),
                ],
            ),
            "the author's internal word is not": (
                None,
                [
                    ("10:00", "label", "+P1", "ana"),
                    ("11:00", "project", "+Racks", "ana"),
                    ("12:00", "note", "+Urgent!", "asker"),
                ],
            ),
            "the author's word is not following up": (
                None,
                [
                    ("10:00", "label", "+P1", "ana"),
                    ("11:00", "project", "+Racks", "ana"),
                    ("12:00", "comment", "+Please!", "asker"),
                ],
            ),
            "the default priority is none": (
                None,
                [
                    ("10:00", "label", "+P4", "ana"),
                    ("11:00", "project", "+Racks", "ana"),
                    ("12:00", "owner", "+ana", "ana"),
                ],
            ),
            "an earlier word counts once the rest is there": (
                "12:00",
                [
                    ("10:00", "comment", "+Hm.", "ana"),
                    ("11:00", "project", "+Racks", "ana"),
                    ("12:00", "label", "+P2", "ana"),
                ],
            ),
            "closed without priority": (
                None,
                [("10:00", "project", "+R", "ana"), ("11:00", "status", "closed", "ana")],
            ),
        },
    ),
    (
        "jira",
        JIRA,
        {
            "left the first category": ("10:00", [("10:00", "status", "In Progress", "ana")]),
            "still in the first": (None, [("10:00", "status", "To Do", "ana")]),
            "priority and owner": ("11:00", [("10:00", "priority", "P2", "ana"), ("11:00", "owner", "+bo", "ana")]),
            "an unmapped status": (None, [("10:00", "status", "Mystery", "ana")]),
        },
    ),
    (
        "rt",
        RT,
        {
            "an owner": ("10:00", [("10:00", "owner", "+ana", "ana")]),
            "a status other than new": ("10:00", [("10:00", "status", "working", "ana")]),
            "a label is not enough": (None, [("10:00", "label", "+Bug", "ana")]),
        },
    ),
]


@pytest.mark.parametrize(("preset", "base", "cases"), PRESETS, ids=[name for name, *_ in PRESETS])
def test_each_preset_holds_from_the_right_moment(
    history: History, open_store_of: Store, preset: str, base: str, cases: dict[str, Any]
) -> None:
    for number, (_, changes) in enumerate(cases.values()):
        history.ticket(number, "2026-11-02 09:00", *changes)
    con = open_store_of(history.records, base + rule(f'"{preset}"'))
    assert dict(zip(cases, triaged_at(con).values(), strict=True)) == {name: at for name, (at, _) in cases.items()}


def test_ones_own_rule_joins_conditions_by_any_and_all(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "comment", "+Hm.", "ana"), ("11:00", "label", "+Bug", "ana"))
    history.ticket(2, "2026-11-02 09:00", ("10:00", "comment", "+Hm.", "ana"), ("11:00", "owner", "+ana", "ana"))
    history.ticket(3, "2026-11-02 09:00", ("10:00", "status", "closed", "ana"))
    own = rule('{ any = ["closed", { all = ["commented", "label_set"] }] }')
    assert triaged_at(open_store_of(history.records, OFFICE + own)) == {1: "11:00", 2: None, 3: "10:00"}


def test_the_first_moment_counts_though_the_rule_ceases_to_hold(history: History, open_store_of: Store) -> None:
    flips = [("10:00", "label", "+a", "ana"), ("11:00", "label", "-a", "ana"), ("12:00", "label", "+a", "ana")]
    history.ticket(1, "2026-11-02 09:00", *flips)
    assert triaged_at(open_store_of(history.records)) == {1: "10:00"}


def test_true_and_false_within_one_second_is_true(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+a", "ana"), ("10:00", "label", "-a", "ana"))
    assert triaged_at(open_store_of(history.records)) == {1: "10:00"}


def test_zero_is_an_answer_and_null_is_not_zero(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("09:00", "label", "+Bug", "asker"))
    history.ticket(2, "2026-11-02 09:00")
    labelled, waiting = stays(open_store_of(history.records), as_of="2026-11-02 10:00")
    assert (labelled["latency_seconds"], labelled["latency_working_seconds"]) == (0.0, 0.0)
    assert (waiting["latency_seconds"], waiting["latency_working_seconds"]) == (None, None)
    assert waiting["waited_working_seconds"] == 3600.0


def test_reentering_the_queue_is_a_new_cycle(history: History, open_store_of: Store) -> None:
    """What a human has done still stands when it comes back: triaged on entry."""
    moves = [("10:00", "queue", "access", "ana"), ("11:00", "label", "+Bug", "ana"), ("12:00", "queue", "infra", "ana")]
    history.ticket(1, "2026-11-02 09:00", *moves)
    rows = stays(open_store_of(history.records))
    assert [(row["queue"], row["cycle"], row["latency_seconds"]) for row in rows] == [
        ("infra", 1, None),
        ("access", 1, 3600.0),
        ("infra", 2, 0.0),
    ]


def test_a_stay_waits_no_longer_than_it_lasts(history: History, open_store_of: Store) -> None:
    moves = [("11:00", "queue", "lost", "ana"), ("12:00", "label", "+Bug", "ana")]
    history.ticket(1, "2026-11-02 09:00", *moves)
    left, _ = stays(open_store_of(history.records))
    assert (left["triaged_at"], left["waited_working_seconds"]) == (None, 7200.0)


def test_the_rule_in_force_on_entering_decides(history: History, open_store_of: Store) -> None:
    versions = rule('{ any = ["owner_set"] }') + rule('{ any = ["label_set"] }').replace(
        "[[triage]]", "[[triage]]\nvalid_from = 2026-11-03"
    )
    for number, day in enumerate(("02", "03")):
        history.ticket(number, f"2026-11-{day} 00:00", (f"2026-11-{day} 10:00", "label", "+Bug", "ana"))
    assert triaged_at(open_store_of(history.records, OFFICE + versions)) == {0: None, 1: "10:00"}


def test_a_queue_with_its_own_map_keeps_it_for_what_happened_there(history: History, open_store_of: Store) -> None:
    """The move at 11:00 leaves the triage at 10:00 where it was, though the next queue has no such label."""
    own = OFFICE.replace("[[stages]]", '[[stages]]\nqueues = ["infra"]\nlabel = { ok = "triaged" }\n[[stages]]', 1)
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+ok", "ana"), ("11:00", "queue", "access", "ana"))
    con = open_store_of(history.records, own + rule('{ any = ["left_new"] }'))
    assert [row["latency_seconds"] for row in stays(con)] == [3600.0, None]


def test_without_a_calendar_there_is_wall_time_only(history: History, open_store_of: Store) -> None:
    for number in range(6):
        history.ticket(number, "2026-11-02 09:00", ("10:00", "label", "+Bug", "ana"), queue="lost")
    con = open_store_of(history.records)
    assert {(row["latency_seconds"], row["latency_working_seconds"]) for row in stays(con)} == {(3600.0, None)}
    [row] = summary(metrics.triage_latency(con, as_of=utc("2026-11-30 00:00"))).to_dicts()
    assert (row["triaged_stays"], row["median_working_seconds"]) == (6, None)


def test_the_window_holds_its_first_instant_and_not_its_last(history: History, open_store_of: Store) -> None:
    for number, opened in enumerate(("08:59:59", "09:00", "09:59:59", "10:00")):
        history.ticket(number, f"2026-11-02 {opened}")
    con = open_store_of(history.records)
    rows = stays(con, since=utc("2026-11-02 09:00"), until=utc("2026-11-02 10:00"), queue=["infra"])
    assert [row["key"] for row in rows] == ["infra#1", "infra#2"]
    assert stays(con, queue="access") == []


def test_half_are_triaged_after_the_time_the_median_says(history: History, open_store_of: Store) -> None:
    """Triaged after 1, 2 and 3 hours, two wait for longer: three fifths are triaged by the third hour."""
    for number in range(1, 6):
        triaged = [(f"{9 + number}:00", "label", "+Bug", "ana")] if number < 4 else []
        history.ticket(number, "2026-11-02 09:00", *triaged)
    rows = metrics.triage_latency(open_store_of(history.records), as_of=utc("2026-11-02 13:00"))
    assert summary(rows).select("stays", "triaged_stays", "median_working_seconds").rows() == [(5, 3, 3 * 3600.0)]
    dots = {trace.name: (trace.marker.symbol, trace.y) for trace in figure(rows).data}
    assert dots == {"triaged": ("circle", (1, 2, 3)), "still waiting": ("circle-open", (4, 4))}


@EXAMPLES
@given(history=histories(), as_of=instants())
def test_triage_agrees_with_a_plain_replay(opened: Opened, history: History, as_of: datetime) -> None:
    names = ("ticket_id", "queue", "cycle", "entered_at", "triaged_at", "left_at", "waited_working_seconds")
    with opened(history.records, WORLD) as con:
        rows = metrics.triage_latency(con, as_of=as_of).pl().select(names).rows()
    wanted = []
    for life in lives(SAID, history.records, as_of):
        for stay in life.stays() if life.is_live() else []:
            calendar = calendar_at(SAID, calendar_of(SAID, stay["queue"]), stay["entered_at"])
            end = stay["triaged_at"] or stay["left_at"] or life.as_of
            waited = working_seconds(calendar, stay["entered_at"], end) if calendar else None
            wanted.append((life.ticket.ticket_id, *(stay[name] for name in names[1:6]), waited))
    assert_same(history, as_of, rows, wanted)
