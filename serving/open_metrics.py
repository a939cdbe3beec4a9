"""/metrics: how things stand, in the OpenMetrics text format that Prometheus and its kin read."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

import duckdb
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

import metrics
from metrics.monitoring import Gauge, ages, gauges
from serving import snapshots
from serving.guard import answered, is_welcome, turned_away

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def exposition(told: Iterable[Gauge]) -> str:
    """The figures as text."""
    lines = ["# TYPE watchbill_build info", f"watchbill_build_info{_labels({'version': program()})} 1"]
    return "\n".join([*lines, *(line for gauge in told for line in _lines(gauge)), "# EOF", ""])


def _lines(gauge: Gauge) -> Iterator[str]:
    yield f"# TYPE {gauge.name} gauge"
    if gauge.unit:
        yield f"# UNIT {gauge.name} {gauge.unit}"
    yield f"# HELP {gauge.name} {_escaped(gauge.meaning)}"
    for labels, value in gauge.samples:
        yield f"{gauge.name}{_labels(labels)} {value!r}"


def _labels(labels: dict[str, str]) -> str:
    told = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{told}}}" if told else ""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def program() -> str:
    """The version of Watchbill that answers."""
    try:
        return version("watchbill")
    except PackageNotFoundError:
        return "unknown"


def _standing(con: duckdb.DuckDBPyConnection) -> tuple[Gauge, ...]:
    until = metrics.data_until(con)
    return gauges(con, as_of=until) if until else ()


def measured(now: datetime) -> str:
    """What /metrics says: worked out once per snapshot, but for the ages. Raises StoreError."""
    told = snapshots.newest().remembered(_standing)
    by_clock = ages(told, now)
    return exposition((*told, by_clock) if by_clock.samples else told)


async def open_metrics(request: Request) -> Response:
    if not is_welcome(request):
        return turned_away()
    try:
        text = await run_in_threadpool(measured, datetime.now(UTC))
    except metrics.StoreError as error:
        return answered({"error": str(error)}, 503)
    kept = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(text, media_type=CONTENT_TYPE, headers=kept)
