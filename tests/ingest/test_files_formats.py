"""CSV, JSONL and Parquet say the same; what typed files may hold, and what is said where they may not."""

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import files

Rows = dict[str, list[dict[str, str | None]]]
COLUMNS = {
    "tickets": ("key", "queue", "title", "opened_at", "author", "url", "type"),
    "events": ("key", "occurred_at", "actor", "field", "old", "new"),
}
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12).map(str.strip)
OPENED = datetime(2026, 3, 2, 9, tzinfo=UTC)


@st.composite
def histories(draw: st.DrawFn) -> Rows:
    tickets = [
        {
            "key": f"A-{n}",
            "queue": draw(st.sampled_from(["infra", "ünï, code"])),
            "title": draw(TEXT.filter(bool)),
            "opened_at": (OPENED + timedelta(seconds=n)).isoformat(),
            "author": draw(st.sampled_from(["ana", None])),
            "url": draw(st.sampled_from([f"https://desk.example/A-{n}", None])),
            "type": draw(st.sampled_from(["Fault", None])),
        }
        for n in range(draw(st.integers(1, 3)))
    ]
    events = [
        {
            "key": draw(st.sampled_from(tickets))["key"],
            "occurred_at": (OPENED + timedelta(microseconds=draw(st.integers(10**7, 10**12)))).isoformat(),
            "actor": draw(st.sampled_from(["ben", None])),
            "field": draw(st.sampled_from(["priority", "label", "custom.x", "comment"])),
            "old": None,
            "new": draw(TEXT) or "x",
        }
        for _ in range(draw(st.integers(0, 6)))
    ]
    return {"tickets": tickets, "events": events}


def write(folder: Path, rows: Rows, kind: str) -> None:
    for name, found in rows.items():
        table = pl.DataFrame(found, schema=dict.fromkeys(COLUMNS[name], pl.String))
        instants = [column for column in COLUMNS[name] if column.endswith("_at")]
        match kind:
            case "csv":
                table.write_csv(folder / f"{name}.csv")
            case "csv.gz":
                (folder / f"{name}.csv.gz").write_bytes(gzip.compress(table.write_csv().encode()))
            case "jsonl":
                table.write_ndjson(folder / f"{name}.jsonl")
            case "jsonl.gz":
                lines = "".join(json.dumps({k: v for k, v in row.items() if v}) + "\n" for row in found)
                (folder / f"{name}.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
            case "parquet":
                table.write_parquet(folder / f"{name}.parquet")
            case "typed parquet":
                typed = pl.col(*instants).str.to_datetime("%+", time_zone="UTC", time_unit="us")
                there = typed.dt.convert_time_zone("Asia/Tokyo")
                table.with_columns(there).write_parquet(folder / f"{name}.parquet")


def bodies(folder: Path, **options: Any) -> list[str]:
    found = files.read([folder], **options)
    assert found.complaints() == []
    return [reply.body for reply in found.replies]


@given(histories())
def test_every_format_says_the_same(tmp_path_factory: pytest.TempPathFactory, rows: Rows) -> None:
    said = {}
    for kind in ("csv", "csv.gz", "jsonl", "jsonl.gz", "parquet", "typed parquet"):
        folder = tmp_path_factory.mktemp("files")
        write(folder, rows, kind)
        said[kind] = bodies(folder)
    assert all(found == said["csv"] for found in said.values())
    assert [json.loads(body)["tickets"] for body in said["csv"]] == [rows["tickets"]]


def typed(folder: Path, tickets: dict[str, list[Any]], events: dict[str, list[Any]] | None = None) -> Path:
    plain = {"key": ["7"], "queue": ["infra"], "title": ["Disk"], "opened_at": [OPENED], "author": ["ana"]}
    pl.DataFrame(plain | tickets).write_parquet(folder / "tickets.parquet")
    quiet: dict[str, list[Any]] = {column: [] for column in COLUMNS["events"]}
    pl.DataFrame(events or quiet).write_parquet(folder / "events.parquet")
    return folder


def test_numbers_become_the_text_a_person_would_write(tmp_path: Path) -> None:
    at = [OPENED + timedelta(hours=n) for n in range(1, 5)]
    fields = ["priority", "custom.points", "custom.vip", "custom.none"]
    events = {"key": [7, 7, 7, 7], "occurred_at": at, "actor": ["ben"] * 4, "field": fields}
    folder = typed(
        tmp_path, {"key": [7]}, {**events, "old": [1.0, 2.5, None, 3.0], "new": [2.0, 3.0, 4.0, float("nan")]}
    )
    [page] = [json.loads(body) for body in bodies(folder)]
    assert page["tickets"][0]["key"] == "7"
    assert [(event["old"], event["new"]) for event in page["events"]] == [
        ("1", "2"),
        ("2.5", "3"),
        (None, "4"),
        ("3", None),
    ]


def test_json_numbers_and_truth_become_text_too(tmp_path: Path) -> None:
    ticket = {"key": 7, "queue": "infra", "title": "Disk", "opened_at": "2026-03-02T09:00:00Z"}
    event = {"key": 7, "occurred_at": "2026-03-02T10:00:00Z", "field": "custom.vip", "new": True}
    (tmp_path / "tickets.jsonl").write_text(json.dumps(ticket))
    (tmp_path / "events.jsonl").write_text("\n" + json.dumps(event) + "\n\n")
    [page] = [json.loads(body) for body in bodies(tmp_path)]
    assert (page["tickets"][0]["key"], page["events"][0]["new"]) == ("7", "true")


def test_half_a_character_becomes_a_replacement(tmp_path: Path) -> None:
    ticket = '{"key": "7", "queue": "infra", "title": "Disk \\ud83d", "opened_at": "2026-03-02T09:00:00Z"}'
    (tmp_path / "tickets.jsonl").write_text(ticket)
    (tmp_path / "events.jsonl").touch()
    assert "Disk \ufffd" in bodies(tmp_path)[0]


def test_a_typed_instant_may_be_of_any_zone_and_precision(tmp_path: Path) -> None:
    there = OPENED.astimezone(ZoneInfo("Asia/Tokyo"))
    for unit in ("ms", "us", "ns"):
        column = pl.Series([there]).dt.cast_time_unit(unit)  # type: ignore[arg-type]
        assert '"opened_at": "2026-03-02T09:00:00+00:00"' in bodies(typed(tmp_path, {"opened_at": column}))[0]  # type: ignore[dict-item]


def test_a_typed_instant_without_zone_needs_one(tmp_path: Path) -> None:
    folder = typed(tmp_path, {"opened_at": [OPENED.replace(tzinfo=None)]})
    [complaint] = files.read([folder]).complaints()
    assert complaint.startswith(
        "tickets.parquet, line 1, column opened_at: 2026-03-02 09:00:00 has no zone; write it as"
    )
    assert '"opened_at": "2026-03-02T08:00:00+00:00"' in bodies(folder, zone="Europe/Amsterdam")[0]


def test_a_typed_day_is_no_instant(tmp_path: Path) -> None:
    [complaint] = files.read([typed(tmp_path, {"opened_at": [date(2026, 3, 2)]})]).complaints()
    assert "column opened_at: '2026-03-02' is a day, not an instant" in complaint


def test_lists_and_objects_are_told(tmp_path: Path) -> None:
    [complaint] = files.read([typed(tmp_path, {"title": [["Disk", "full"]]})]).complaints()
    assert complaint == "tickets.parquet, line 1, column title: ['Disk', 'full'] is neither text nor a number"


def test_columns_of_parquet_are_checked_as_those_of_csv(tmp_path: Path) -> None:
    complaints = files.read([typed(tmp_path, {"subject": ["Disk"]})]).complaints()
    assert complaints[0].startswith("tickets.parquet, line 1, column subject: there is no such column here")


def test_a_damaged_parquet_file_is_said(tmp_path: Path) -> None:
    folder = typed(tmp_path, {})
    (folder / "tickets.parquet").write_bytes((folder / "tickets.parquet").read_bytes()[:-30])
    with pytest.raises(files.FilesError, match=r"tickets\.parquet: not a Parquet file, or a damaged one"):
        files.read([folder])


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("[1]", "line 2: not a JSON object; each line should be one"),
        ('{"key": ', "line 2: not a JSON object"),
        ('{"key": "A-2"}', "line 2, column queue: this must not be empty"),
        ('{"key": "A-2", "titel": "x"}', "line 2, column titel: there is no such column here"),
    ],
)
def test_a_line_of_json_that_is_not_well_is_told(tmp_path: Path, line: str, sentence: str) -> None:
    good = '{"key": "A-1", "queue": "infra", "title": "Disk", "opened_at": "2026-03-02T09:00:00Z", "author": null}'
    (tmp_path / "tickets.jsonl").write_text(f"{good}\n{line}\n")
    (tmp_path / "events.jsonl").touch()
    found = files.read([tmp_path])
    assert found.complaints()[0].startswith(f"tickets.jsonl, {sentence}")
    assert list(found.replies) == []


def test_many_rows_of_parquet_are_numbered_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.files.rows.BATCH", 7)
    titles = ["Disk"] * 40 + [""]
    keys, same = [f"A-{n}" for n in range(41)], {"queue": ["infra"] * 41, "author": ["ana"] * 41}
    folder = typed(tmp_path, {"key": keys, "title": titles, "opened_at": [OPENED] * 41, **same})
    assert files.read([folder]).complaints() == ["tickets.parquet, line 41, column title: this must not be empty"]
