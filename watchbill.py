"""The command line. Every verb has an example in its --help, and exit codes that a cron job can trust:
0 done; 1 done, but something was left out or is wrong; 2 not done."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import duckdb
import polars as pl
import typer

import settings as settings_file
from cli import show
from cli.importing import importing
from cli.options import (
    DEFAULT_SETTINGS,
    DEFAULT_STORE,
    SettingsPath,
    StorePath,
    settings_or_builtin,
    warn_of_other_settings,
)
from cli.plan import plan
from cli.report import report
from cli.show import Format
from settings import SettingsError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,  # they show local variables, and those hold secrets
    help="How did our week go? Operations metrics from the history of a ticket queue.",
)
app.add_typer(importing, name="import")

EXAMPLE_SETTINGS = Path(__file__).with_name("watchbill.example.toml")


def main() -> None:
    """Run a verb; what a person can mend is said in one sentence, without a traceback."""
    import ingest.github.archive
    import ingest.store
    import metrics

    mendable = (
        ingest.store.StoreError,
        ingest.github.archive.ArchiveError,
        metrics.StoreError,
        SettingsError,
        duckdb.Error,
        OSError,
        ValueError,
    )
    try:
        app()
    except mendable as error:
        show.warn(f"watchbill: {error}")
        sys.exit(2)


@app.command()
def demo(
    store: StorePath = DEFAULT_STORE,
    settings: SettingsPath = EXAMPLE_SETTINGS,
    serve_trackers: Annotated[
        bool, typer.Option("--serve-trackers", help="Instead, serve the made-up trackers, to try `watchbill sync`.")
    ] = False,
    port: Annotated[int, typer.Option(help="Where --serve-trackers listens, on this machine only.")] = 8750,
) -> None:
    """Build a store of a made-up organisation, read from made-up trackers through the real sources.

    Example: watchbill demo --store demo.duckdb
    """
    from cli import organisation

    if serve_trackers:
        organisation.serve(port)
    else:
        organisation.build(store, settings_file.load(settings))


@app.command()
def sync(
    sources: Annotated[list[str] | None, typer.Argument(help="Only these sources; all where none is named.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Read everything again, not only what is new.")] = False,
    replay: Annotated[
        bool, typer.Option("--replay", help="Ask nobody: read the journal again with today's parsers.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log every request; secrets are blanked.")] = False,
    store: StorePath = DEFAULT_STORE,
    settings: SettingsPath = DEFAULT_SETTINGS,
) -> None:
    """Ask every source of the settings for what is new. Exits with 0 only if every source succeeded.

    Secrets come from the environment, such as WATCHBILL_PHORGE_TOKEN. An interrupted run goes on where it was.

    Example: watchbill sync github --verbose
    """
    from cli import secrets, summary
    from ingest import intake
    from ingest import sync as syncing
    from metrics.facts import settle

    found = settings_or_builtin(settings)
    if verbose:
        secrets.log_everything(secrets.known(found, os.environ))
    if replay:
        summary.imported(intake.reparse(store, found, settle), store)
        return
    with summary.source_lines() as lines:
        outcomes = syncing.run(
            store, found, environment=os.environ, names=sources or (), full=full, report=lines, settle=settle
        )
    summary.synced(outcomes, store)


@app.command()
def reparse(store: StorePath = DEFAULT_STORE, settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Read every reply kept in the journal again, with today's parsers; no tracker is asked.

    Example: watchbill reparse
    """
    from cli import summary
    from ingest import intake
    from metrics.facts import settle

    summary.imported(intake.reparse(store, settings_or_builtin(settings), settle), store)


@app.command()
def apply(store: StorePath = DEFAULT_STORE, settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Put the calendars, teams and promises of the settings into the store; history stays as it is.

    Example: watchbill apply --settings watchbill.toml
    """
    from ingest import intake
    from metrics.facts import settle

    intake.apply_settings(store, settings_or_builtin(settings), settle)
    rules = settings if settings.exists() else "the built-in settings"
    show.say(f"{store} now goes by {rules}.")


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
        warn_of_other_settings(con, settings, store)
        frame = _ask(con, name, summary, as_of, question)
    show.rows(frame, format, output, lies_down=summary)


def _ask(
    con: duckdb.DuckDBPyConnection, name: str, summary: bool, as_of: str, question: dict[str, Any]
) -> pl.DataFrame:
    from metrics import by_name

    found = by_name.find(name)
    part: by_name.Part = "summary" if summary else "rows"
    answer = by_name.answer(con, found, part, {"as_of": as_of, **question}, {"since": "from", "ticket_id": "ticket"})
    return answer if isinstance(answer, pl.DataFrame) else answer.pl()


@contextmanager
def _reading(store: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    import metrics

    con = metrics.open_store(store)
    try:
        yield con
    finally:
        con.close()


app.command()(plan)
app.command()(report)


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Where the app listens.")] = 8501,
    address: Annotated[str, typer.Option(help="Whom it listens to; 0.0.0.0 is everybody.")] = "localhost",
    store: StorePath = DEFAULT_STORE,
    settings: SettingsPath = DEFAULT_SETTINGS,
) -> None:
    """Open the app on a store, until it is interrupted.

    To others than this machine only where people can sign in: see “Signing in” in README.md.

    Example: watchbill serve --port 8501
    """
    from serving.guard import refusal
    from settings import sign_in

    with _reading(store) as con:  # a store that cannot be read is said here, not on the page
        warn_of_other_settings(con, settings, store)
    if refused := refusal(address, sign_in.auth_table(sign_in.folders()) is not None):
        raise ValueError(refused)
    page = Path(__file__).with_name("app.py")
    options = [f"--server.port={port}", f"--server.address={address}"]
    os.environ |= {"WATCHBILL_STORE": str(store.absolute()), "WATCHBILL_SETTINGS": str(settings.absolute())}
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", "run", str(page), *options])  # noqa: S606


@app.command()
def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Ask no tracker.")] = False,
    store: StorePath = DEFAULT_STORE,
    settings: SettingsPath = DEFAULT_SETTINGS,
) -> None:
    """Look at settings, sources, store, clock and zones, and say in plain words what is well and what is not.

    Example: watchbill doctor
    """
    from cli import doctor as examination

    findings = list(examination.findings(settings, store, os.environ, offline=offline))
    for is_well, words in findings:
        show.say(f"{'  ok ' if is_well else 'LOOK '} {words}")
    if not all(is_well for is_well, _ in findings):
        raise typer.Exit(1)


if __name__ == "__main__":
    main()
