"""What to write into watchbill.toml so that words of trackers and accounts mean something: lines to paste.

A stage that is guessed from a word, and a name that is guessed from a login, are marked as guesses: a person decides.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl

from metrics import policies
from metrics.columns import ask
from metrics.findings import Kind

_GUESSES = (
    ("done", r"done|clos|resolv|fixed|reject|cancel|invalid|wont|released|merged"),
    ("waiting", r"wait|hold|block|stall|pend|need.?info|feedback|snooz"),
    ("active", r"progress|doing|active|review|testing|started|working|deploy"),
    ("triaged", r"triag|todo|to do|backlog|accept|confirm|assign|ready|next|selected|planned"),
)
_PLACES = """
SELECT DISTINCT s.field, s.value, q.source, q.queue FROM fact.spell AS s JOIN fact.queue_span AS q USING (ticket_id)
WHERE q.queue <> '' AND s.field IN ('status', 'column') AND list_contains($values, s.value)
    AND (q.until_at IS NULL OR q.until_at > s.from_at) AND (s.until_at IS NULL OR s.until_at > q.from_at)
ORDER BY ALL
"""
_ACCOUNTS = """
SELECT person_id, p.name, list(account_id ORDER BY account_id)
FROM store.account_setting JOIN store.person AS p USING (person_id) GROUP BY ALL
"""
_NAMES = "SELECT source, login, account_id, name FROM store.account WHERE list_contains($logins, login)"


@dataclass(frozen=True, slots=True)
class Paste:
    """Lines for watchbill.toml, and what to do with them."""

    what: str
    lines: str


@dataclass(frozen=True, slots=True)
class _Word:
    field: str
    value: str
    source: str
    queue: str


def stage_lines(con: duckdb.DuckDBPyConnection, *, kinds: Sequence[Kind]) -> tuple[Paste, ...]:
    """One for each stage map that lacks words, or for the queues that have none."""
    unmapped = pl.concat([kind.rows for kind in kinds if kind.name.startswith("unmapped ")] or [_NOTHING])
    lacking = set(unmapped.select("source", "field", "subject").iter_rows())
    rows = ask(con, _PLACES, values=sorted({value for _, _, value in lacking})).fetchall() if lacking else []
    words = [_Word(*row) for row in rows]
    groups: dict[tuple[str, ...], list[_Word]] = {}
    known = policies.versions(con, "stages")
    for word in words:
        if (word.source, word.field, word.value) in lacking:
            groups.setdefault(_map_of(known, word), []).append(word)
    return tuple(_stages(patterns, found) for patterns, found in sorted(groups.items()))


_NOTHING = pl.DataFrame(schema={"source": pl.String, "field": pl.String, "subject": pl.String})


def _map_of(known: list[list[policies.Version]], word: _Word) -> tuple[str, ...]:
    """The patterns of queues of the stage map that decides for a word; none where there is no map yet."""
    deciding = policies.deciding(known, word.source, word.queue)
    return deciding[-1].queues if deciding else ()


def _stages(patterns: tuple[str, ...], words: Sequence[_Word]) -> Paste:
    by_field: dict[str, list[str]] = {}
    for word in words:
        by_field.setdefault(word.field, []).append(word.value)
    lines = [_assigned(field, dict.fromkeys(values)) for field, values in sorted(by_field.items())]
    if patterns:
        what = f"Into the [[stages]] with queues = {_toml(list(patterns))}; add to a line that is there already."
        return Paste(what, "\n".join(lines))
    queues = sorted({word.queue for word in words})
    head = ["[[stages]]", f"queues = {_toml(queues)}"]
    return Paste(f"No [[stages]] is about {', '.join(queues)} yet.", "\n".join([*head, *lines]))


def _assigned(field: str, values: Iterable[str]) -> str:
    told = ", ".join(f"{_toml(value)} = {_toml(guessed_stage(value))}" for value in values)
    return f"{field} = {{ {told} }}  # guessed: new, triaged, active, waiting or done"


def guessed_stage(word: str) -> str:
    """
    >>> guessed_stage("In Progress"), guessed_stage("On hold"), guessed_stage("Won't fix: fixed"), guessed_stage("?")
    ('active', 'waiting', 'done', 'new')
    """
    return next((stage for stage, pattern in _GUESSES if re.search(pattern, word.lower())), "new")


def person_lines(con: duckdb.DuckDBPyConnection, *, kinds: Sequence[Kind]) -> tuple[Paste, ...]:
    """One for each person who is known and lacks accounts, one for everybody who is new, and one for bots."""
    rows = next((kind.rows for kind in kinds if kind.name == "account without person"), None)
    if rows is None:
        return ()
    logins = rows["subject"].to_list()
    names = {(source, login): (account, name) for source, login, account, name in
             ask(con, _NAMES, logins=logins).fetchall()}  # fmt: skip
    owners = {person: (name, accounts) for person, name, accounts in con.execute(_ACCOUNTS).fetchall()}
    told = [(*names[source, login], login, person) for source, login, person in
            rows.select("source", "subject", "suggestion").iter_rows()]  # fmt: skip
    return tuple(_persons(told, owners))


def _persons(told: list[tuple[str, str | None, str, str | None]], owners: dict[str, Any]) -> Iterator[Paste]:
    for person in sorted({person for *_, person in told if person}):
        name, accounts = owners.get(person, (person, []))
        more = sorted(account for account, *_, whose in told if whose == person)
        yield Paste(f"Into the [[person]] {name}, who seems to be the one.", f"accounts = {_toml([*accounts, *more])}")
    bots = sorted(account for account, _, login, whose in told if not whose and login.lower().endswith("bot"))
    if bots:
        yield Paste("These are called bots: add them to `bots`, at the top.", f"bots = {_toml(bots)}")
    new = sorted((name or login, account) for account, name, login, whose in told if not whose and account not in bots)
    if new:
        blocks = [f"[[person]]\nname = {_toml(name)}\naccounts = {_toml([account])}" for name, account in new]
        yield Paste("Each of them a person of their own, unless two are one.", "\n\n".join(blocks))


def team_lines(*, kinds: Sequence[Kind]) -> tuple[Paste, ...]:
    """The queues that no team has."""
    rows = next((kind.rows for kind in kinds if kind.name == "queue without team"), None)
    if rows is None:
        return ()
    queues = sorted(rows["subject"].unique())
    return (Paste("Into the [[team]] that answers for them.", f"queues = {_toml(queues)}  # beside those it has"),)


def _toml(value: Any) -> str:
    """A string or a list of strings as TOML writes it: JSON, but for signs that it may not hold."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
