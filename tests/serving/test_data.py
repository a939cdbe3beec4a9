"""Any metric by its address: the same rows in three forms, questions checked, words of trackers harmless."""

import csv
import io
import json
from pathlib import Path

import polars as pl
import pytest

import metrics
from metrics import by_name
from serving import forms
from tests.serving.conftest import Ask

AS_OF = "2026-11-09T00:00Z"


def test_three_forms_tell_the_same_rows(ask: Ask, store: Path) -> None:
    answers = {form: ask(f"/data/slo.{form}", params={"as_of": AS_OF, "queue": "infra"}) for form in forms.FORMS}
    assert {form: answer.headers["content-type"] for form, answer in answers.items()} == forms.MEDIA
    rows = answers["json"].json()
    assert [(row["key"], row["verdict"]) for row in rows] == [
        ("infra#1", "met"), ("infra#2", "met"), ("infra#3", "breached-open")
    ]  # fmt: skip
    assert rows[0]["due_at"] == "2026-11-02T13:00:00Z"
    table = pl.read_parquet(io.BytesIO(answers["parquet"].content))
    assert table["key"].to_list() == [row["key"] for row in rows] and table.columns == list(rows[0])
    lines = list(csv.DictReader(io.StringIO(answers["csv"].text)))
    assert [line["due_at"] for line in lines] == [row["due_at"] for row in rows]


def test_every_metric_has_an_address_and_every_part_answers(ask: Ask, store: Path) -> None:
    told = ask("/data").json()["metrics"]
    assert [entry["name"] for entry in told] == [metric.name for metric in metrics.catalogue()]
    for entry in told:
        for part, parameters in entry["parts"].items():
            question = {"part": part, "as_of": AS_OF} | ({"ticket": "test/infra#1"} if "ticket" in parameters else {})
            answer = ask(f"/data/{entry['name']}.json", params=question)
            assert answer.status_code == 200 and isinstance(answer.json(), list), entry["name"]


def test_the_newest_is_answered_where_no_instant_is_named(ask: Ask, store: Path) -> None:
    assert ask("/data/flow.json").headers["watchbill-as-of"] == "2026-11-09T08:00:00Z"
    assert ask("/data/flow.json", params={"as_of": "2026-11-03T00:00+01:00"}).headers["watchbill-as-of"] == (
        "2026-11-02T23:00:00Z"
    )
    unescaped = ask("/data/flow.json?as_of=2026-11-03T00:00+01:00")
    assert unescaped.headers["watchbill-as-of"] == "2026-11-02T23:00:00Z"


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("as_of=2026-11-09", "as_of=2026-11-09 has no time zone; end it with Z"),
        ("as_of=yesterday", "as_of=yesterday is not an instant"),
        ("as_of=0001-01-01T00:00Z", "is out of range"),
        ("since=2026-11-02", "since=2026-11-02 has no time zone"),
        ("as_of=2026-11-09T00:00Z&as_of=2026-11-09T00:00Z", "as_of stands there twice"),
        ("from=2026-11-09T00:00Z", "there is no parameter 'from'; there are as_of, since, until"),
        ("queue=", "queue is empty"),
        ("part=all", "part=all is none of rows, summary, weekly"),
        ("ticket=test/infra%231", "its rows take no ticket"),
        ("weeks=3", "weeks and zone belong to part=weekly"),
        ("part=weekly&weeks=0", "weeks=0 is not a number from 1 to 520"),
        ("part=weekly&weeks=%C2%B2", "is not a number"),
        ("part=weekly&zone=Nowhere/Town", "zone=Nowhere/Town is no time zone"),
        ("part=weekly&zone=../../etc/passwd", "is no time zone"),
        ("part=weekly&since=2026-11-02T00:00Z", "its weekly take no since"),
    ],
)
def test_a_question_that_makes_no_sense_is_one_sentence(ask: Ask, store: Path, question: str, said: str) -> None:
    answer = ask(f"/data/triage_latency.csv?{question}")
    assert answer.status_code == 400 and said in answer.json()["error"]


def test_what_is_not_there_is_answered_with_what_is(ask: Ask, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = ask("/data/pulse.json")
    assert answer.status_code == 404 and "there are ticket_state, triage_latency" in answer.json()["error"]
    answer = ask("/data/slo.xlsx")
    assert answer.status_code == 404 and "there are json, csv, parquet" in answer.json()["error"]
    monkeypatch.setenv("WATCHBILL_STORE", str(store.with_name("absent")))
    assert ask("/data/slo.json").status_code == 503


def test_an_answer_that_is_known_is_not_told_again(ask: Ask, store: Path) -> None:
    first = ask("/data/slo.json?queue=infra&queue=access&as_of=2026-11-09T00:00Z")
    same = ask("/data/slo.json?as_of=2026-11-09T01:00%2B01:00&queue=access&queue=infra")
    assert first.headers["etag"] == same.headers["etag"], "the same question, however it is spelled"
    others = ("/data/slo.json", "/data/slo.csv?queue=infra&queue=access&as_of=2026-11-09T00:00Z")
    assert first.headers["etag"] not in {ask(path).headers["etag"] for path in others}
    for tag in (first.headers["etag"], f'"x", W/{first.headers["etag"]}'):
        again = ask("/data/slo.json?queue=infra&queue=access&as_of=2026-11-09T00:00Z", headers={"If-None-Match": tag})
        assert again.status_code == 304 and not again.content


def test_words_of_trackers_are_saved_and_never_run(ask: Ask, store: Path) -> None:
    answer = ask("/data/ticket_state.csv", params={"as_of": AS_OF})
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == 'attachment; filename="ticket_state.csv"'
    assert "sandbox" in answer.headers["content-security-policy"]
    assert ask("/data/<script>.json").headers["content-type"] == "application/json"


def test_what_a_spreadsheet_would_run_is_made_text() -> None:
    told = b"".join(forms.csv(pl.DataFrame({"title": ["=cmd()", "@x", "fine"], "n": [-1, 2, 3]})))
    assert told.decode().splitlines() == ["title,n", "'=cmd(),-1", "'@x,2", "fine,3"]


@pytest.mark.parametrize("form", forms.FORMS)
def test_a_long_answer_goes_out_in_pieces_and_whole(store: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "ROWS_AT_ONCE", 2)
    con = metrics.open_store(store)
    answers = [con.sql("SELECT range AS n, NULL::VARCHAR AS word FROM range(5)"), con.sql("SELECT 1 AS n WHERE false")]
    answers[1:] = [answers[0].pl(), con.sql("SELECT 1 AS n, '' AS word WHERE false")]
    whole, framed, empty = (b"".join(forms.FORMS[form](answer)) for answer in answers)
    read = {"json": lambda told: pl.DataFrame(json.loads(told)), "csv": pl.read_csv, "parquet": pl.read_parquet}[form]
    for told in (whole, framed):
        assert read(io.BytesIO(told) if form != "json" else told)["n"].to_list() == [0, 1, 2, 3, 4]
    assert (json.loads(empty) == []) if form == "json" else read(io.BytesIO(empty)).columns == ["n", "word"]
    con.close()


def test_head_tells_the_headers_alone(ask: Ask, store: Path) -> None:
    answer = ask("/data/slo.json", method="HEAD")
    assert answer.status_code == 200 and answer.headers["etag"] and not answer.content
    assert ask("/data/slo.json", method="POST").status_code == 405


def test_the_command_line_asks_through_the_same_door() -> None:
    assert by_name.parts(by_name.find("slo")) == ("rows", "summary", "weekly")
