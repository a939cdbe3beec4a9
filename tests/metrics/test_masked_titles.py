"""Titles as patterns, words and names."""

import duckdb
import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import masked_titles

CON = duckdb.connect()


def told(expression: str, title: str) -> object:
    [(value,)] = CON.execute(f"SELECT {expression}", [title]).fetchall()
    return value


@pytest.mark.parametrize(
    ("title", "pattern"),
    [
        ("Disk full on web-01", "disk full on #"),
        ("  DISK  full -- on db-ams-7.example!", "disk full on #"),
        ("Re: [web] [P1] AW: disk full on web-01", "disk full on #"),
        ("Disk 91 % full", "disk # full"),
        ("web-01, web-02 and web-03 are slow", "# and # are slow"),
        ("Build 3f2a9c1e-aaaa-4bbb-8ccc-0123456789ab failed", "build # failed"),
        ("Commit 9fceb02 breaks mail", "commit # breaks mail"),
        ("Patch day 2026-11-02 at 10:15", "patch day # at #"),
        ("Patch day on Monday, 2 November", "patch day on #"),
        ("Mail from ana@asker.example", "mail from #"),
        ("Open https://asker.example/a?b=1 please", "open # please"),
        ("Issue #12 in C#", "issue # in c"),
        ("Überprüfung шлюз-02", "überprüfung #"),
        ("[urgent]", None),
        ("4711", None),
        ("?!", None),
        ("", None),
        ("[request for access", "request for access"),
        ("Rewrite: the docs", "rewrite the docs"),
        ("Mondays are slow", "mondays are slow"),
    ],
)
def test_what_differs_within_a_kind_is_masked(title: str, pattern: str | None) -> None:
    assert told(masked_titles.pattern("$1"), title) == pattern


def test_to_compare_titles_the_tag_is_kept_and_the_reply_mark_is_not() -> None:
    assert (
        told(masked_titles.words("$1"), "Re: [eu-north] webhooks: error rate 2 %") == "eu north webhooks error rate #"
    )
    assert told(masked_titles.words("$1"), "[urgent]") == "urgent"


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Disk of web-01 at 91 %, 300ms, 2.5 GB, on the 3rd", ["web-01"]),
        ("web-02. and WEB-01: web-01", ["web-01", "web-02"]),
        ("Order 1234 of 2026-11-02 10:15, 2026-11-02T10:15Z", ["1234"]),
        ("At 10:15:30 from 198.51.100.64/27 to mail.asker.example", ["198.51.100.64/27", "mail.asker.example"]),
        ("Order 123 again", []),
        ("nothing here", []),
    ],
)
def test_names_are_what_is_masked_but_for_times_and_small_numbers(title: str, names: list[str]) -> None:
    assert told(masked_titles.names("$1"), title) == names


@hypothesis.settings(max_examples=25)
@given(
    words=st.lists(st.sampled_from(["disk", "full", "mail", "größe", "is"]), min_size=1, max_size=5),
    numbers=st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)),
    place=st.integers(0, 5),
    mark=st.sampled_from(["{}", "web-{}", "v{}.0", "({})", "{}:", "a{}b"]),
)
def test_tickets_that_differ_in_a_number_have_one_pattern(
    words: list[str], numbers: tuple[int, int], place: int, mark: str
) -> None:
    one, other = (" ".join([*words[:place], mark.format(number), *words[place:]]) for number in numbers)
    asked = f"SELECT {masked_titles.pattern('title')} FROM (VALUES ($1), ($2)) AS told(title)"
    [(found,), (found_too,)] = CON.execute(asked, [one, other]).fetchall()
    assert found == found_too
    assert set(words) <= set(found.split()) <= {*words, "#"}
