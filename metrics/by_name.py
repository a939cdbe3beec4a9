"""A metric asked by its name, as the command line and addresses do: what is wrong with a question is one sentence."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Literal

import duckdb
import polars as pl

from metrics.catalogue import Metric, catalogue

Part = Literal["rows", "summary", "weekly"]
Answer = duckdb.DuckDBPyRelation | pl.DataFrame
ASKED = ("as_of", "since", "until", "queue", "ticket_id", "policy", "weeks")  # what may be said in words


class UnknownMetric(ValueError):  # noqa: N818 - it is a sentence, not a mishap
    """There is no metric of that name; the text names those there are."""


def find(name: str) -> Metric:
    """The metric of that name. Raises UnknownMetric."""
    found = next((metric for metric in catalogue() if metric.name == name), None)
    if found is None:
        raise UnknownMetric(f"there is no metric {name!r}; there are {', '.join(m.name for m in catalogue())}")
    return found


def parts(metric: Metric) -> tuple[Part, ...]:
    """How a metric may be asked: row by row, and where it has them, added up and week by week."""
    return ("rows", *(("summary",) if metric.summary else ()), *(("weekly",) if metric.weekly else ()))


def parameters(metric: Metric, part: Part = "rows") -> tuple[str, ...]:
    """What that part of a metric may be asked by, as_of first."""
    known = inspect.signature(_asker(metric, part)).parameters
    if any(known[name].kind is inspect.Parameter.VAR_KEYWORD for name in known):  # a summary of whatever rows are asked
        known = inspect.signature(metric.rows).parameters
    return tuple(name for name in ASKED if name in known)


def answer(
    con: duckdb.DuckDBPyConnection, metric: Metric, part: Part, question: Mapping[str, Any], called: Mapping[str, str]
) -> Answer:
    """The metric's answer. `called` says how the asker calls parameters that go by another name here.

    Raises ValueError, in the asker's words, where the question makes no sense.
    """
    known = parameters(metric, part)
    if wrong := [called.get(name, name) for name in question if name not in known]:
        told = ", ".join(called.get(name, name) for name in known)
        raise ValueError(
            f"{metric.name} cannot be asked like that: its {part} take no {', '.join(wrong)}; they take {told}"
        )
    needed = inspect.signature(_asker(metric, part)).parameters
    if "ticket_id" in needed and needed["ticket_id"].default is inspect.Parameter.empty and "ticket_id" not in question:
        raise ValueError(f"{metric.name} is about one ticket: say which with {called.get('ticket_id', 'ticket_id')}")
    asked: Answer = _asker(metric, part)(con, **question)
    return asked


def _asker(metric: Metric, part: Part) -> Callable[..., Any]:
    asked = {"rows": metric.rows, "summary": metric.summary, "weekly": metric.weekly}[part]
    if asked is None:
        other = "; ask for its rows" if parts(metric) == ("rows",) else f"; it has {' and '.join(parts(metric))}"
        raise ValueError(f"{metric.name} has no {part}{other}")
    return asked
