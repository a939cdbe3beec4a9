"""A post-mortem to begin with: complete, blameless, and with nothing in it that acts."""

from collections.abc import Callable
from dataclasses import replace

import duckdb
import pytest

import metrics
from ingest.records import Ticket
from metrics.incident_story import incident_story
from reports.postmortem import LONGEST_QUOTE, MOST_ENTRIES, draft
from tests.conftest import OFFICE, History, utc

Store = Callable[..., duckdb.DuckDBPyConnection]
AS_OF = utc("2026-11-30 12:00")
RULES = '[[incident]]\npresets = ["labels", "links"]\n'
PEOPLE = '[[person]]\nname = "Ana Muster"\naccounts = ["test/ana"]\n'
HOSTILE = "<b>x</b> [y](javascript:alert(1)) ![z](http://evil.example) `c` **s** @ana # h | p\n# Owned\n- [x] done"
COURSE = (
    ("09:10", "label", "+incident", "ana"), ("09:20", "owner", "+ana", "ana"), ("10:00", "label", "+mitigated", "ana"),
    ("11:00", "comment", "Ana Muster moved the traffic, says @ana muster.", "bo"),
    ("12:00", "status", "closed", "ana"), ("13:00", "comment", "Thanks", "bo"),
)  # fmt: skip


def drafted(con: duckdb.DuckDBPyConnection, ticket: str = "infra#1", zone: str = "Europe/Berlin") -> str:
    story = incident_story(con, as_of=AS_OF, ticket=ticket)
    assert story
    return draft(story, zone)


def test_the_timeline_is_filled_in_on_the_clocks_of_the_team(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", *COURSE, title="Mail is down")
    text = drafted(open_store_of(history.records, OFFICE + RULES + PEOPLE))
    assert text.startswith("# Post-mortem: infra\\#1 Mail is down\n\nTimes are Europe/Berlin, of 2026.")
    for line in (
        "- Began: Mon 2 Nov 10:00",
        "- Ended: Mon 2 Nov 13:00",
        "- Lasted: 3 h",
        "- Mon 2 Nov 10:00 (+0 min): **Detected**",
        "- Mon 2 Nov 10:20 (+20 min): **Taken up**",
        "- Mon 2 Nov 10:20 (+20 min): gave it to somebody",
        "- Mon 2 Nov 11:00 (+1 h): **Mitigated**",
        "- Mon 2 Nov 13:00 (+3 h): **Resolved**",
    ):
        assert line in text.splitlines(), line
    assert "Thanks" not in text, "what is said after the end is not of the incident"
    times = [line[2:17] for line in text.splitlines() if line.startswith("- Mon 2 Nov")]
    assert times == sorted(times)


def test_nobody_is_named(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", *COURSE, title="Mail is down")
    text = drafted(open_store_of(history.records, OFFICE + RULES + PEOPLE))
    assert "said: “\\[somebody\\] moved the traffic, says \\[somebody\\].”" in text
    for name in ("Ana", "Muster", "muster", "asker", "(at)ana", "@"):
        assert name not in text, name


def test_it_has_every_section_that_the_review_asks_for(history: History, open_store_of: Store) -> None:
    """Put into the document as it is, nothing is missing there, and nothing counts as an aspiration."""
    history.ticket(1, "2026-11-02 09:00", *COURSE)
    history.ticket(3, "2026-11-06 09:00", ("10:00", "link", "+action_of test/infra#1", "ana"), title="Second disk")
    text = drafted(open_store_of(history.records, OFFICE + RULES))
    assert "- [ ] infra\\#3 Second disk (open, due Sun 6 Dec; nobody owns it yet)" in text
    link = (("10:00", "label", "+post-mortem", "ana"), ("10:00", "link", "+postmortem_of test/infra#1", "ana"))
    history.ticket(2, "2026-11-03 09:00", *link, ("10:30", "comment", f"+{text}", "ana"))
    con = open_store_of(history.records, OFFICE + RULES)
    assert metrics.postmortems(con, as_of=AS_OF).project("missing_sections, aspirational_items").fetchall() == [
        ("[]", 0)
    ]


def test_a_review_of_its_own_decides_on_the_sections(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", *COURSE[:2])
    own = RULES + '[incident.review]\nsections = ["lessons <b>*", "trigger*"]\n'
    text = drafted(open_store_of(history.records, OFFICE + own))
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings[1:] == ["## Lessons &lt;b&gt;", "## Trigger", "## Timeline", "## Action items"]
    assert "No action item is linked to this incident yet." in text


def test_one_that_goes_on_says_so(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", *COURSE[:2])
    text = drafted(open_store_of(history.records, OFFICE + RULES))
    assert "- Ended: not yet" in text and "so far" in text


@pytest.mark.parametrize("where", ["title", "comment", "label"])
def test_hostile_words_stand_there_as_words(history: History, open_store_of: Store, where: str) -> None:
    kept = {"title": HOSTILE} if where == "title" else {}
    word = [("10:30", where, f"+{HOSTILE}", "eve")] if where != "title" else []
    history.ticket(1, "2026-11-02 09:00", COURSE[0], *word, COURSE[4], **kept)
    text = drafted(open_store_of(history.records, OFFICE + RULES))
    assert "Owned" in text and "\\[y\\](javascript:alert(1))" in text
    for sign in ("<b>", "![", "[y]", "`c`", "**s**", "@ana", "\n# Owned", "\n- [x]"):
        assert sign not in text, sign


def test_it_stays_readable_whatever_came_in(history: History, open_store_of: Store) -> None:
    chatter = [(f"{9 + n // 60:02}:{n % 60:02}", "comment", f"+{n} {'x' * 400}", "bo") for n in range(MOST_ENTRIES)]
    backwards = "\u202egnp.exe \u0007\u200b\ud7a3 end"
    history.ticket(1, "2026-11-02 08:00", ("08:10", "label", "+incident", "ana"), *chatter, title=backwards)
    text = drafted(open_store_of(history.records, OFFICE + RULES))
    assert "more in the ticket" in text and "gnp.exe \ud7a3 end" in text
    assert not any(sign in text for sign in "\u202e\u0007\u200b")
    assert max(map(len, text.splitlines())) < LONGEST_QUOTE + 120


def test_an_address_that_a_browser_would_run_is_left_out(history: History, open_store_of: Store) -> None:

    history.ticket(1, "2026-11-02 09:00", *COURSE)
    seen = [replace(r, url="https://x.example/a> <script>") if isinstance(r, Ticket) else r for r in history.records]
    text = drafted(open_store_of(seen, OFFICE + RULES))
    assert "script" not in text and "- Ticket: infra\\#1\n" in text
