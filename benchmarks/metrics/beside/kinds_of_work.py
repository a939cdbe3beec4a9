"""The category of each ticket by the rules agreed on, and what its title has in common with others of the kind.

The rules are those shipped for labels, for Jira's types and for titles, in this order, and the first that matches
decides. No made-up ticket loses a label that any rule is about, or changes its title, whose only names are words with
a digit in them. `asked` names the tickets asked about.
"""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.plain import Tables
from settings.toil_presets import TOIL_PRESETS

UNCLASSIFIED = "unclassified"
_WORDS = [*TOIL_PRESETS["labels"], *TOIL_PRESETS["jira"]]
_TITLES = {rule["title"]: rule["name"] for rule in TOIL_PRESETS["titles"]}
_NAMED = r"\S*\d\S*"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _word_rows() -> Iterable[str]:
    for n, rule in enumerate(_WORDS):
        for field in ("label", "type"):
            patterns = (_quoted(word.lower().replace("[", "[[]")) for word in rule.get(field, ()))
            yield from (f"({n}, '{field}', {pattern}, {_quoted(rule['name'])})" for pattern in patterns)


_TITLE_CASES = " ".join(
    f"WHEN regexp_matches(title, {_quoted(pattern)}, 'i') THEN {_quoted(name)}" for pattern, name in _TITLES.items()
)
KINDS = f"""
rule AS (FROM (VALUES {", ".join(_word_rows())}) AS rules(n, field, pattern, category)),
meaning AS (
    SELECT b.field, b.new, min(r.n) AS n, arg_min(r.category, r.n) AS category
    FROM (SELECT DISTINCT field, new FROM event WHERE field IN ('label', 'type')) AS b
    JOIN rule AS r ON r.field = b.field AND lower(b.new) GLOB r.pattern GROUP BY b.field, b.new
),
marked AS (
    SELECT ticket_id, arg_min(m.category, m.n) AS category FROM event AS e JOIN meaning AS m USING (field, new)
    SEMI JOIN asked USING (ticket_id) GROUP BY ticket_id
),
titled AS (SELECT ticket_id, new AS title FROM event SEMI JOIN asked USING (ticket_id) WHERE field = 'title'),
kind AS MATERIALIZED (
    SELECT a.ticket_id, a.opened_at,
        coalesce(m.category, CASE {_TITLE_CASES} END, '{UNCLASSIFIED}') AS category,
        regexp_replace(lower(title), '{_NAMED}', '#', 'g') AS pattern
    FROM asked AS a JOIN titled AS t USING (ticket_id) LEFT JOIN marked AS m USING (ticket_id)
)"""


def kinds(tables: Tables, asked: pd.DataFrame) -> pd.DataFrame:
    """ticket_id, opened_at, category, pattern of the tickets asked about."""
    event = tables.event[tables.event["field"].isin(["label", "type", "title"])]
    event = event[event["ticket_id"].isin(asked["ticket_id"])]
    titles = asked["ticket_id"].map(event[event["field"] == "title"].set_index("ticket_id")["new"])
    by_word = asked["ticket_id"].map(_marked(event))
    untold = titles[by_word.isna()]
    by_title = untold.map({title: _by_title(title) for title in untold.unique()})
    masked = {title: re.sub(_NAMED, "#", title.lower()) for title in titles.unique()}
    return asked[["ticket_id", "opened_at"]].assign(category=by_word.fillna(by_title), pattern=titles.map(masked))


def _marked(event: pd.DataFrame) -> pd.Series:
    """The category that labels and types tell of each ticket."""
    marks = event.loc[event["field"] != "title", ["ticket_id", "field", "new"]].dropna()
    values = marks[["field", "new"]].drop_duplicates()
    rules = [_by_word(field, value.lower()) for field, value in values.itertuples(index=False)]
    first = marks.merge(values.assign(rule=rules).dropna(), on=["field", "new"]).groupby("ticket_id")["rule"].min()
    return first.map({n: rule["name"] for n, rule in enumerate(_WORDS)})


def _by_word(field: str, value: str) -> int | None:
    """The first rule that a label or type matches."""
    for n, rule in enumerate(_WORDS):
        if any(fnmatchcase(value, word.lower().replace("[", "[[]")) for word in rule.get(field, ())):
            return n
    return None


def _by_title(title: str) -> str:
    matching = (name for pattern, name in _TITLES.items() if re.search(pattern, title, re.IGNORECASE))
    return next(matching, UNCLASSIFIED)
