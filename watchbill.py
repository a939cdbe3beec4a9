"""The command line. Every verb has an example in its --help, and exit codes that a cron job can trust:
0 done; 1 done, but something was left out or is wrong; 2 not done."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import duckdb
import polars as pl
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

import settings as settings_file
from settings import Settings, SettingsError

out = Console(width=None if sys.stdout.isatty() else 10_000)
err = Console(stderr=True)
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="How did our week go? Operations metrics from the history of a ticket queue.",
)
importing = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Take saved ticket history into the store.")
app.add_typer(importing, name="import")

StorePath = Annotated[Path, typer.Option("--store", help="The store to write or read.")]
SettingsPath = Annotated[
    Path, typer.Option("--settings", help="The settings; built-in ones where there is no such file.")
]
DEFAULT_STORE, DEFAULT_SETTINGS = Path("watchbill.duckdb"), Path("watchbill.toml")
EXAMPLE_SETTINGS = Path(__file__).with_name("watchbill.example.toml")


class Format(StrEnum):
    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


def main() -> None:
    """Run a verb; what a person can mend is said in one sentence, without a traceback."""
    import ingest.github_archive
    import ingest.store
    import metrics

    mendable = (
        ingest.store.StoreError,
        ingest.github_archive.ArchiveError,
        metrics.StoreError,
        SettingsError,
        duckdb.Error,
        OSError,
        ValueError,
    )
    try:
        app()
    except mendable as error:
        err.print(f"watchbill: {error}", markup=False, highlight=False, soft_wrap=True)
        sys.exit(2)


@app.command()
def demo(store: StorePath = DEFAULT_STORE, settings: SettingsPath = EXAMPLE_SETTINGS) -> None:
    """Build a store of a made-up organisation, through the real sources.

    Example: watchbill demo --store demo.duckdb
    """
    from ingest import demo as organisation
    from ingest import sync
    from ingest.journal import Reply

    pages = list(_progress(organisation.payloads(), "Making up a year of tickets"))
    replies = (
        Reply("github", page["issue"]["repository_url"].rsplit("/", 1)[1], f"demo page {n}", json.dumps(page))
        for n, page in enumerate(pages, start=1)
    )
    outcome = sync.take_in(
        store,
        settings_file.load(settings),
        "github",
        "demo",
        _progress(replies, "Reading them as GitHub's", total=len(pages)),
        data_until=organisation.DEFAULT_UNTIL,
        is_demo=True,
    )
    _report(outcome, store, is_demo=True)


@importing.command("github-archive")
def import_github_archive(
    path: Path,
    queue: Annotated[
        str | None, typer.Option(help="Name of the ticket queue; the repository's name otherwise.")
    ] = None,
    store: StorePath = DEFAULT_STORE,
    settings: SettingsPath = DEFAULT_SETTINGS,
) -> None:
    """Take in GitHub issues with their timelines: a JSONL file (.gz and .xz too), or a folder of one-issue files.

    Example: watchbill import github-archive issues.jsonl.xz --queue infra
    """
    from ingest import github_archive, sync

    files = github_archive.files(path)
    replies = (reply for file in files for reply in github_archive.replies(file, queue))
    outcome = sync.take_in(
        store, _settings(settings), "github", queue or str(path.name), _progress(replies, f"Reading {path.name}")
    )
    _report(outcome, store)


@app.command()
def reparse(store: StorePath = DEFAULT_STORE, settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Read every reply kept in the journal again, with today's parsers; no tracker is asked.

    Example: watchbill reparse
    """
    from ingest import sync

    _report(sync.reparse(store, _settings(settings)), store)


@app.command()
def apply(store: StorePath = DEFAULT_STORE, settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Put the calendars, teams and promises of the settings into the store; history stays as it is.

    Example: watchbill apply --settings watchbill.toml
    """
    from ingest import sync

    sync.apply_settings(store, _settings(settings))
    rules = settings if settings.exists() else "the built-in settings"
    out.print(f"{store} now goes by {rules}.", markup=False, highlight=False)


def _settings(path: Path) -> Settings:
    if not path.exists():
        err.print(
            f"There is no {path}: using the built-in settings (one team, Mon-Fri 09:00-17:00 UTC). "
            f"Copy watchbill.example.toml to {path} to say how your team works.",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    return settings_file.load(path)


def _progress(items: Iterable[Any], what: str, total: int | None = None) -> Iterator[Any]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        yield from bar.track(items, total=total, description=what)


def _report(outcome: Any, store: Path, *, is_demo: bool = False) -> None:
    changed = ", ".join(f"{count} {table}s" for table, count in outcome.changed.items() if count) or "nothing"
    out.print(
        f"{outcome.tickets} tickets with {outcome.events} events read into {store}; new or different: {changed}.",
        markup=False,
        highlight=False,
    )
    if outcome.replaces_demo and not is_demo:
        out.print("The demo's made-up tickets made way for them; `watchbill demo` makes a demo again.", highlight=False)
    if outcome.left_out:
        out.print(f"Left out, not tickets (pull requests): {outcome.left_out}.", highlight=False)
    if outcome.unknown:
        kinds = ", ".join(
            f"{kind if kind.isprintable() else repr(kind)} ({count})" for kind, count in outcome.unknown.most_common()
        )
        out.print(f"Kept without being understood: {kinds}.", markup=False, highlight=False)
    for place, reason in outcome.rejected:
        err.print(f"Rejected: {place}: {reason}", markup=False, highlight=False, soft_wrap=True)
    if outcome.rejected:
        raise typer.Exit(1)


@app.command()
def metric(
    name: str,
    as_of: Annotated[str, typer.Option(help="An instant with its zone, such as 2026-11-16T00:00Z.")],
    since: Annotated[str | None, typer.Option("--from", help="Start of the window.")] = None,
    until: Annotated[str | None, typer.Option(help="End of the window, not part of it.")] = None,
    queue: Annotated[list[str] | None, typer.Option(help="Only this queue; may be repeated.")] = None,
    ticket: Annotated[str | None, typer.Option(help="For clock_trace: the ticket's id.")] = None,
    policy: Annotated[str | None, typer.Option(help="For slo and clock_trace: one policy.")] = None,
    summary: Annotated[bool, typer.Option("--summary", help="Added up instead of row by row.")] = False,
    format: Annotated[Format, typer.Option(help="How to print; parquet needs --out.")] = Format.table,  # noqa: A002
    output: Annotated[Path | None, typer.Option("--out", help="Write to this file.")] = None,
    store: StorePath = DEFAULT_STORE,
    settings: SettingsPath = DEFAULT_SETTINGS,
) -> None:
    """One metric's rows, or its --summary, as of an instant.

    Example: watchbill metric slo --as-of 2026-11-16T00:00Z --summary
    """
    given = {"since": since, "until": until, "queue": queue or None, "ticket_id": ticket, "policy": policy}
    question = {key: value for key, value in given.items() if value is not None}
    with _reading(store) as con:
        _warn_of_other_settings(con, settings, store)
        frame = _ask(con, name, summary, as_of, question)
    _print(frame, format, output, lies_down=summary)


def _ask(
    con: duckdb.DuckDBPyConnection, name: str, summary: bool, as_of: str, question: dict[str, Any]
) -> pl.DataFrame:
    import metrics

    found = next((entry for entry in metrics.catalogue() if entry.name == name), None)
    if found is None:
        raise ValueError(f"there is no metric {name!r}; there are {', '.join(m.name for m in metrics.catalogue())}")
    ask = found.summary if summary else found.rows
    if ask is None:
        raise ValueError(f"{name} has no summary; leave --summary away for its rows")
    try:
        answer = ask(con, as_of=as_of, **question)
    except TypeError as error:
        wrong = str(error).split(": ")[-1].replace("since", "from").replace("ticket_id", "ticket")
        raise ValueError(f"{name} cannot be asked like that ({wrong})") from None
    return answer if isinstance(answer, pl.DataFrame) else answer.pl()


@contextmanager
def _reading(store: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    import metrics

    con = metrics.open_store(store)
    try:
        yield con
    finally:
        con.close()


def _warn_of_other_settings(con: duckdb.DuckDBPyConnection, path: Path, store: Path) -> None:
    from ingest.policies import digest

    if not path.exists():
        return
    [(known,)] = con.execute("SELECT settings_digest FROM store.store_meta").fetchall()
    if known != digest(settings_file.load(path)):
        err.print(
            f"{store} was made under other settings than {path} says now; `watchbill apply` takes them in.",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


def _print(frame: pl.DataFrame, format: Format, output: Path | None, *, lies_down: bool) -> None:  # noqa: A002
    if format is Format.parquet:
        if output is None:
            raise ValueError("parquet is not text; name a file with --out")
        frame.write_parquet(output)
        return
    text = _text(frame, format, lies_down=lies_down)
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")


def _text(frame: pl.DataFrame, format: Format, *, lies_down: bool) -> str:  # noqa: A002
    instants = pl.selectors.datetime()
    plain = frame.with_columns(instants.dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ"))
    if format is Format.csv:
        return plain.write_csv()
    if format is Format.json:
        return plain.write_json() + "\n"
    table = Table(box=None, pad_edge=False, show_header=not lies_down)
    with out.capture() as captured:
        _fill(table, plain, lies_down=lies_down)
        out.print(table)
    return captured.get()


def _fill(table: Table, frame: pl.DataFrame, *, lies_down: bool) -> None:
    if lies_down:  # a summary has many columns and few rows: turned, it fits a terminal
        table.add_column("")
        for _ in range(frame.height):
            table.add_column(justify="right")
        for column in frame.columns:
            table.add_row(column, *(_cell(value) for value in frame[column]))
        return
    for column, kind in frame.schema.items():
        table.add_column(column, justify="right" if kind.is_numeric() else "left", overflow="fold")
    for row in frame.iter_rows():
        table.add_row(*map(_cell, row))


def _cell(value: Any) -> str:
    from rich.markup import escape

    if value is None:
        return "-"
    return f"{value:,.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else escape(str(value))


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Where the app listens.")] = 8501,
    address: Annotated[str, typer.Option(help="Whom it listens to; 0.0.0.0 is everybody.")] = "localhost",
    store: StorePath = DEFAULT_STORE,
    settings: SettingsPath = DEFAULT_SETTINGS,
) -> None:
    """Open the app on a store, until it is interrupted.

    Example: watchbill serve --port 8501
    """
    with _reading(store) as con:  # a store that cannot be read is said here, not on the page
        _warn_of_other_settings(con, settings, store)
    page = Path(__file__).with_name("app.py")
    options = [f"--server.port={port}", f"--server.address={address}"]
    os.environ |= {"WATCHBILL_STORE": str(store.absolute())}
    os.chdir(page.parent)
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", "run", str(page), *options])  # noqa: S606


@app.command()
def doctor(store: StorePath = DEFAULT_STORE, settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Look at settings, store, clock and zones, and say in plain words what is well and what is not.

    Example: watchbill doctor
    """
    findings = [*_settings_findings(settings), *_machine_findings(), *_store_findings(store)]
    for is_well, words in findings:
        out.print("  ok " if is_well else "LOOK ", words, sep=" ", markup=False, highlight=False, soft_wrap=True)
    if not all(is_well for is_well, _ in findings):
        raise typer.Exit(1)


Finding = tuple[bool, str]


def _settings_findings(path: Path) -> Iterator[Finding]:
    from ingest import policies

    try:
        found = settings_file.load(path)
        for calendar in found.calendar:
            list(policies.days(calendar))  # countries are known to the holidays library only
    except SettingsError as error:
        yield False, str(error)
        return
    if not path.exists():
        yield True, f"Settings: there is no {path}; the built-in ones serve (one team, Mon-Fri 09:00-17:00 UTC)"
    else:
        yield True, f"Settings: {path} is valid: {len(found.team)} teams, {len(found.slo)} promises"
    yield True, "Tokens: none is needed to import archives"


def _machine_findings() -> Iterator[Finding]:
    from zoneinfo import available_timezones

    zones = len(available_timezones())
    yield zones > 300, f"Zones: {zones} time zones known" + ("" if zones > 300 else "; install the package tzdata")
    now = datetime.now(UTC)
    yield now.year >= 2025, f"Clock: this machine says {now:%Y-%m-%d %H:%M} UTC"


def _store_findings(store: Path) -> Iterator[Finding]:
    import metrics
    from metrics import doctor as store_doctor

    try:
        with _reading(store) as con:
            yield from store_doctor.findings(con, clock=datetime.now(UTC))
    except metrics.StoreError as error:
        yield False, f"Store: {error}"


if __name__ == "__main__":
    main()
