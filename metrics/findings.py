"""What stands against trusting the numbers, asked once: each kind of finding with how often it occurs and its rows."""

from dataclasses import dataclass
from datetime import datetime

import duckdb
import polars as pl

from metrics.data_quality import data_quality

MOST = 1_000  # rows of a kind: whoever needs more asks the metric
ADVICE = {
    "failed sync": "Read the reason, mend it, and run `watchbill sync`; `watchbill doctor` tries tokens and addresses.",
    "history behind": "Run `watchbill sync` for it: its newer tickets are missing from every number.",
    "unmapped status": "Say which stage it means: tickets in it stand in no stage.",
    "unmapped column": "Say which stage it means: tickets in it stand in no stage.",
    "account without person": "Say whose it is: until then its work is nobody's.",
    "queue without team": "Give it to a team: without one it has no working time, so nothing falls due.",
    "queue without calendar": "Let the team's calendar begin earlier, or leave it: what came then cannot be judged.",
    "rejected record": "Look it up in the tracker; what cannot be read is in no number.",
    "ticket gone": "Nothing to do: a ticket counts until it was deleted, moved or hidden, and not after.",
    "inferred events": "Nothing to do: what the tracker does not tell was worked out from what it shows.",
    "broken chain": "A change is missing in the tracker's own history: times around it are only as good as that.",
    "event before opening": "The tracker tells of a time before the ticket was opened: an import, perhaps.",
    "done before opened": "The tracker tells of a time before the ticket was opened: an import, perhaps.",
    "milestones out of order": "Correct the statement in the incident's ticket; the last one counts.",
}


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One kind of finding: what to do, how many there are about how many records, and the first 1,000."""

    name: str
    advice: str
    findings: int
    records: int
    rows: pl.DataFrame


def findings(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime) -> tuple[Kind, ...]:
    """Every kind that occurs, those that ask for something first."""
    rows = data_quality(con, as_of=as_of).pl()
    order = {name: place for place, name in enumerate(ADVICE)}
    kinds = sorted(rows["finding"].unique(), key=lambda name: (order.get(name, len(order)), name))
    return tuple(_kind(name, rows.filter(finding=name)) for name in kinds)


def _kind(name: str, rows: pl.DataFrame) -> Kind:
    return Kind(name, ADVICE.get(name, ""), len(rows), int(rows["records"].sum()), rows.drop("finding").head(MOST))
