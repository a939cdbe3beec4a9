"""How many open tickets of each queue have a title that says the same, in nine words of ten, as an earlier one's.

Words with a digit name things: titles that name different things are different, and otherwise such words are alike. Of
tickets with one wording, each is paired with the first alone. Titles are never changed here.
"""

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.plain import Question, Tables, ordered, summary_told
from benchmarks.metrics.beside.stage_spells import OPEN_SPELLS, open_spells

_ALIKE = 0.9 - 1e-9
_SQL = f"""
WITH {OPEN_SPELLS},
work AS (
    SELECT ticket_id, t.opened_at, string_split(lower(t.title), ' ') AS said
    FROM ticket AS t JOIN open_spell AS o USING (ticket_id) ANTI JOIN gone USING (ticket_id)
    WHERE o.is_open AND o.until_at IS NULL
),
placed AS (
    SELECT ticket_id, arg_max(new, (occurred_at, seq)) AS queue FROM event SEMI JOIN work USING (ticket_id)
    WHERE field = 'queue' GROUP BY ticket_id
),
worded AS (
    SELECT ticket_id, opened_at, queue, list_sort(list_filter(said, lambda w: regexp_matches(w, '\\d'))) AS names,
        list_transform(said, lambda w: if(regexp_matches(w, '\\d'), '#', w)) AS words
    FROM work JOIN placed USING (ticket_id)
),
first AS (
    SELECT *, first_value(ticket_id) OVER by_time AS first_id, first_value(opened_at) OVER by_time AS first_opened_at
    FROM worded WINDOW by_time AS (PARTITION BY words, names ORDER BY opened_at, ticket_id)
),
kind AS (
    SELECT ticket_id, opened_at, queue, names, list_distinct(words) AS words FROM first WHERE ticket_id = first_id
),
pair AS (
    SELECT queue, ticket_id, 1.0::DOUBLE AS similarity FROM first WHERE ticket_id <> first_id
    UNION ALL
    SELECT a.queue, a.ticket_id, 2 * len(list_intersect(a.words, b.words)) / (len(a.words) + len(b.words)) AS similarity
    FROM kind AS a JOIN kind AS b ON b.names = a.names AND (b.opened_at, b.ticket_id) < (a.opened_at, a.ticket_id)
    WHERE similarity >= {_ALIKE}
)
SELECT queue, count(DISTINCT ticket_id) AS suspected_tickets, count(*) AS pairs,
    count(*) FILTER (similarity = 1) AS same_words_pairs
FROM pair GROUP BY queue ORDER BY queue
"""


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """A row for each queue in which any ticket is suspected."""
    work = _work(tables)
    again = work[work.duplicated(["wording", "names"])].assign(similarity=1.0)
    kinds = work.drop_duplicates(["wording", "names"])
    alike = [_alike(group) for _, group in kinds.groupby("names")]
    groups = pd.concat([again, *alike]).groupby("queue")
    told = groups.agg(suspected_tickets=("ticket_id", "nunique"), pairs=("ticket_id", "size"))
    same = groups["similarity"].agg(lambda values: (values == 1).sum())
    return told.assign(same_words_pairs=same.astype("int64")).reset_index()


def _work(tables: Tables) -> pd.DataFrame:
    """Open tickets, the first opened first: ticket_id, queue, wording, names."""
    opened = open_spells(tables).query("is_open and until_at.isna() and ticket_id not in @tables.gone.index")
    work = tables.ticket[tables.ticket["ticket_id"].isin(opened["ticket_id"])].sort_values(["opened_at", "ticket_id"])
    queues = tables.event[(tables.event["field"] == "queue") & tables.event["ticket_id"].isin(work["ticket_id"])]
    title = work["ticket_id"].map(tables.text["title"]).str.lower()
    return pd.DataFrame({
        "ticket_id": work["ticket_id"],
        "queue": work["ticket_id"].map(ordered(queues).groupby("ticket_id")["new"].last()),
        "wording": title.str.replace(r"\S*\d\S*", "#", regex=True),
        "names": title.str.findall(r"\S*\d\S*").map(sorted).str.join(" "),
    })  # fmt: skip


def _alike(kinds: pd.DataFrame) -> pd.DataFrame:
    """The later ticket of each pair, of those that name the same things."""
    words = kinds["wording"].str.get_dummies(" ").to_numpy()
    counts = words.sum(axis=1)
    similarity = 2 * (words @ words.T) / (counts[:, None] + counts)
    later, earlier = np.nonzero(np.tril(similarity >= _ALIKE, k=-1))
    return kinds.iloc[later].assign(similarity=similarity[later, earlier])


QUESTION = Question(summary_told("duplicate_suspects"), _in_pandas, _SQL)
