"""Questions side by side: each with a connection of its own, each answered as if it had been asked alone."""

from collections.abc import Iterator

import duckdb
import polars as pl
import pytest

from metrics.side_by_side import side_by_side


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("CREATE TABLE one AS SELECT 1 AS n")
        yield con


def total(con: duckdb.DuckDBPyConnection, rows: pl.DataFrame, *, times: int) -> int:
    """Under a name that all of them use."""
    con.register("rows", rows)
    [(found,)] = con.execute("SELECT sum(r.n) * ? FROM rows AS r, one", [times]).fetchall()
    return int(found)


def test_each_is_answered_as_if_it_were_alone(con: duckdb.DuckDBPyConnection) -> None:
    """Eight at once, whose rows all have the same name."""
    with side_by_side(con) as ask:
        told = [ask(total, pl.DataFrame({"n": range(n * 1_000)}), times=2) for n in range(1, 9)]
    assert [one.result() for one in told] == [n * 1_000 * (n * 1_000 - 1) for n in range(1, 9)]


def test_an_answer_may_be_asked_for_while_others_are_on_their_way(con: duckdb.DuckDBPyConnection) -> None:
    with side_by_side(con) as ask:
        first = ask(total, pl.DataFrame({"n": [1]}), times=2).result()
        second = ask(total, pl.DataFrame({"n": [first]}), times=3)
    assert second.result() == 6


def test_what_goes_wrong_reaches_whoever_asked(con: duckdb.DuckDBPyConnection) -> None:
    def refused(_: duckdb.DuckDBPyConnection, /) -> None:
        raise ValueError("there is no team 'x'")

    with side_by_side(con) as ask:
        asked, other = ask(refused), ask(total, pl.DataFrame({"n": [1]}), times=1)
    assert other.result() == 1
    with pytest.raises(ValueError, match="no team 'x'"):
        asked.result()
    assert con.execute("FROM one").fetchall() == [(1,)]
