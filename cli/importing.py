"""The verbs `watchbill import …`: saved ticket history and rotas, taken into the store."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli import show
from cli.options import DEFAULT_SETTINGS, DEFAULT_STORE, SettingsPath, StorePath, settings_or_builtin

importing = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Take saved ticket history into the store.")


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
    from cli import summary
    from ingest import intake
    from ingest.github import archive as github_archive
    from metrics.facts import settle

    files = github_archive.files(path)
    replies = (reply for file in files for reply in github_archive.replies(file, queue))
    watched = show.progress(replies, f"Reading {path.name}")
    outcome = intake.take_in(
        store, settings_or_builtin(settings), "github", queue or str(path.name), watched, settle=settle
    )
    summary.imported(outcome, store)


@importing.command("events")
def import_events(
    paths: Annotated[list[Path], typer.Argument(help="A folder with tickets.csv and events.csv, or the two files.")],
    zone: Annotated[str | None, typer.Option(help="Of instants that name none, such as Europe/Amsterdam.")] = None,
    name: Annotated[str, typer.Option(help="Of the source: it begins the ids of its tickets.")] = "files",
    keep_good: Annotated[
        bool, typer.Option("--keep-good", help="Take in the good rows though others are wrong.")
    ] = False,
    store: StorePath = DEFAULT_STORE,
    settings: SettingsPath = DEFAULT_SETTINGS,
) -> None:
    """Take in tickets and events of any tracker, from CSV, Parquet or JSONL; nothing, if anything is wrong.

    tickets: key, queue, title, opened_at, author, and if known url, type.
    events: key, occurred_at, actor, field, old, new; their order in the file counts.

    Example: watchbill import events exported/ --zone Europe/Amsterdam
    """
    from cli import summary
    from ingest import files, intake
    from metrics.facts import settle

    found = files.read(paths, zone=zone, name=name, keep_good=keep_good)
    for complaint in found.complaints():
        show.warn(complaint)
    if found.problems and not keep_good:
        show.warn("Nothing was taken in. Mend these, or take in the rest with --keep-good.")
        raise typer.Exit(2)
    watched = show.progress(found.replies, "Taking them in")
    summary.imported(intake.take_in(store, settings_or_builtin(settings), name, "all", watched, settle=settle), store)
    if found.problems:
        raise typer.Exit(1)


@importing.command("rota")
def import_rota(
    paths: Annotated[list[Path], typer.Argument(help="Files of shifts or absences, or a folder with them.")],
    zone: Annotated[str | None, typer.Option(help="Where days begin, and instants that name no zone.")] = None,
    name: Annotated[str, typer.Option(help="Of the source: it begins the ids of its accounts.")] = "files",
    keep_good: Annotated[
        bool, typer.Option("--keep-good", help="Take in the good rows though others are wrong.")
    ] = False,
    store: StorePath = DEFAULT_STORE,
    settings: SettingsPath = DEFAULT_SETTINGS,
) -> None:
    """Take in shifts and absences from CSV, Parquet or JSONL, in place of those that the same days had before.

    shifts: role, person, starts_at, ends_at; what `watchbill plan --csv` writes is read as it is.
    absences: person, starts_at, ends_at. A file whose name begins with "absence" is one.

    Example: watchbill import rota shifts.csv absences.csv --zone Europe/Amsterdam
    """
    from cli import summary
    from ingest import files, intake
    from metrics.facts import settle

    found = files.read_rota(paths, zone=zone, name=name, keep_good=keep_good)
    for complaint in found.complaints():
        show.warn(complaint)
    if found.problems and not keep_good:
        show.warn("Nothing was taken in. Mend these, or take in the rest with --keep-good.")
        raise typer.Exit(2)
    now = datetime.now(UTC)
    outcome = intake.take_in(
        store, settings_or_builtin(settings), name, "rota", found.replies, data_until=now, settle=settle
    )
    summary.duties(found.found, outcome, store)
    if found.problems:
        raise typer.Exit(1)
