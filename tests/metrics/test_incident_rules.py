"""Patterns and lines as the store's database understands them."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.incident_rules import line, pattern
from metrics.priority_words import spelled_out

CON = duckdb.connect()
TEXTS = st.text(st.sampled_from("aB[]!-\\*?.+^(){}|$ é☃:"), max_size=6)


@pytest.mark.parametrize(
    ("written", "value", "is_like"),
    [
        (None, "anything", True),
        ("debrief*", "Debrief held", True),
        ("SEV?", "sev1", True),
        ("SEV?", "sev10", False),
        ("[INC] *", "[inc] mail", True),
        ("[INC] *", "i mail", False),
        ("a\\b", "a\\b", True),
        ("a*", "a\nb", True),
    ],
)
def test_only_star_and_question_mark_have_a_meaning(written: str | None, value: str, is_like: bool) -> None:
    assert CON.execute("SELECT lower(?) GLOB ?", [value, pattern(written)]).fetchall() == [(is_like,)]


@given(text=TEXTS)
def test_every_text_is_like_itself(text: str) -> None:
    assert CON.execute("SELECT lower(?) GLOB ?", [text, pattern(text)]).fetchall() == [(True,)]


@given(key=TEXTS.map(lambda text: text.replace(":", "").strip()).filter(bool))
def test_a_line_is_found_by_any_key(key: str) -> None:
    told = f"Hello\r\n- **{key.upper()}:** now\r\nBye"
    assert CON.execute("SELECT regexp_extract(?, ?, 1)", [told, line(key)]).fetchall() == [("now\r",)]


def test_a_number_by_itself_beats_the_ranges_around_it() -> None:
    told = spelled_out({"2": "P0", "1-3": "P3", "3-4": "P1", "Low": "P3"})
    assert told == {"1": "P3", "2": "P0", "3": "P1", "4": "P1", "Low": "P3"}
