"""What a run did, in a sentence or in a table, and how far the sources are while it runs."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import typer
from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from cli.show import err, out, say, warn
from ingest.files.rota import What
from ingest.intake import Outcome
from ingest.sync import Progress


def imported(outcome: Outcome, store: Path, *, is_demo: bool = False) -> None:
    """One run, in sentences. Exits with 1 where something was rejected."""
    changed = ", ".join(f"{count} {table}s" for table, count in outcome.changed.items() if count) or "nothing"
    say(f"{outcome.tickets} tickets with {outcome.events} events read into {store}; new or different: {changed}.")
    if outcome.replaces_demo and not is_demo:
        say("The demo's made-up tickets made way for them; `watchbill demo` makes a demo again.")
    if outcome.left_out:
        say(f"Left out, not tickets (pull requests): {outcome.left_out}.")
    _unknown(outcome)
    _rejected(outcome)
    if outcome.rejected:
        raise typer.Exit(1)


def duties(found: Mapping[What, int], outcome: Outcome, store: Path) -> None:
    """What files of shifts and absences brought. Exits with 1 where something was rejected."""
    read = " and ".join(f"{count} {what}s" for what, count in found.items()) or "nothing"
    changed = ", ".join(f"{count} {table}s" for table, count in outcome.changed.items() if count) or "nothing"
    say(f"{read} read into {store}; new, different or removed: {changed}.")
    if outcome.replaces_demo:
        say("The demo's made-up tickets made way for them; `watchbill demo` makes a demo again.")
    _rejected(outcome)
    if outcome.rejected:
        raise typer.Exit(1)


def synced(outcomes: Sequence[Outcome], store: Path) -> None:
    """Every source of a sync, a line each, and what went wrong. Exits with 1 where something did."""
    out.print(_table(outcomes))
    if any(outcome.replaces_demo for outcome in outcomes):
        say(f"The demo's made-up tickets in {store} made way for them; `watchbill demo` makes a demo again.")
    for outcome in outcomes:
        _unknown(outcome)
        _rejected(outcome)
        if outcome.failure:
            warn(f"{outcome.source} failed: {outcome.failure}")
    if any(outcome.failure or outcome.rejected for outcome in outcomes):
        raise typer.Exit(1)


def _table(outcomes: Sequence[Outcome]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("source")
    for title in ("read", "new", "changed rows", "gone", "rejected", "requests", "waited"):
        table.add_column(title, justify="right")
    table.add_column("complete until")
    for outcome in outcomes:
        counts = (outcome.tickets, outcome.new_tickets, outcome.changed.total(), outcome.gone, len(outcome.rejected))
        table.add_row(
            outcome.source,
            *map(str, counts),
            str(outcome.requests),
            f"{outcome.waited_seconds:.0f} s",
            _until(outcome.data_until) if not outcome.failure else "failed",
        )
    return table


def _until(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "-"


def _unknown(outcome: Outcome) -> None:
    if outcome.unknown:
        kinds = ", ".join(
            f"{kind if kind.isprintable() else repr(kind)} ({count})" for kind, count in outcome.unknown.most_common()
        )
        place = f"{outcome.source}: kept" if outcome.requests else "Kept"
        say(f"{place} without being understood: {kinds}.")


def _rejected(outcome: Outcome) -> None:
    for place, reason in outcome.rejected:
        warn(f"Rejected: {place}: {reason}")


class SourceLines:
    """A line per source while somebody watches: pages and requests so far, and how long the tracker made us wait."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._lines: dict[str, object] = {}

    def __call__(self, progress: Progress) -> None:
        words = f"{progress.pages} pages, {progress.requests} requests"
        if progress.waited_seconds:
            words += f", waited {progress.waited_seconds:.0f} s as asked"
        if progress.is_done:
            words += ", storing"
        line = self._lines.get(progress.source)
        if line is None:
            line = self._lines[progress.source] = self._bars.add_task(progress.source, words="", total=None)
        self._bars.update(line, words=words)  # type: ignore[arg-type]


@contextmanager
def source_lines() -> Iterator[SourceLines]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.fields[words]}"))
    with Bars(*columns, TimeElapsedColumn(), console=err, transient=True, disable=not err.is_terminal) as bars:
        yield SourceLines(bars)
