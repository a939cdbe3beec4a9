"""Questions to a store: the instant is part of the query, everything else a parameter."""

import re
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from metrics.columns import ask

METRICS = Path(__file__).parents[2] / "metrics"
MOMENT = datetime(2026, 11, 16, 8, 30, 0, 250_000)  # noqa: DTZ001 - as the store keeps instants


def test_instants_are_written_into_the_query_and_texts_travel_beside_it() -> None:
    con = duckdb.connect()
    asked = ask(con, "SELECT $as_of, $since, $until, $name", as_of=MOMENT, since=None, until=MOMENT, name="it's; --")
    assert asked.fetchall() == [(MOMENT, None, MOMENT, "it's; --")]


@pytest.mark.parametrize("path", sorted(METRICS.glob("*.py")), ids=lambda path: path.stem)
def test_no_metric_hides_its_instant_from_the_planner(path: Path) -> None:
    """A parameter $as_of made one query take minutes where the instant itself takes half a second."""
    code = path.read_text(encoding="utf-8")
    assert not re.search(r"""(params=|execute\([^)]*)\{["'](as_of|clock)["']""", code)
