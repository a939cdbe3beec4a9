"""The verb `watchbill report`: a page on paper, written to a file or posted to a chat."""

import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import duckdb
import typer

from cli import show
from cli.options import DEFAULT_SETTINGS, DEFAULT_STORE, SettingsPath, StorePath, warn_of_other_settings

if TYPE_CHECKING:
    from reports.document import Document

Out = typer.Option
_SUFFIXES = (".html", ".htm", ".md", ".pdf", ".png")


class Kind(StrEnum):
    weekly = "weekly"
    meeting = "meeting"
    handoff = "handoff"


def report(
    kind: Annotated[Kind, typer.Argument(help="Which page: of the week, the triage meeting's, or the handoff's.")],
    week: Annotated[str | None, Out(help="Such as 2026-W47; the last one that is over in the data.")] = None,
    team: Annotated[str | None, Out(help="Whose; the first team that has tickets.")] = None,
    queue: Annotated[str | None, Out(help="Only this one of the team's queues.")] = None,
    as_of: Annotated[
        str | None,
        Out(help="As known at this instant, such as 2026-11-16T00:00Z; else at --week's end, or the data's."),
    ] = None,
    out: Annotated[
        Path | None, Out("--out", help="An .html or .md file; .pdf and .png where a browser is installed.")
    ] = None,
    post: Annotated[
        bool, Out("--post", help="Send a short version to the webhook that WATCHBILL_WEBHOOK names.")
    ] = False,
    store: StorePath = DEFAULT_STORE,
    settings: SettingsPath = DEFAULT_SETTINGS,
) -> None:
    """A page as one file that opens offline, as Markdown, or in a few lines for a chat.

    Without --out and --post, Markdown is printed. Exits with 0; with 1 where the file was written but not posted; with
    2 where nothing was done. The webhook is Slack's or of its kind; its address is read from the environment alone.

    Example: watchbill report weekly --week 2026-W47 --team infra --out week.html

    Example: WATCHBILL_WEBHOOK=https://chat.example/hook watchbill report weekly --post
    """
    import metrics
    from cli import webhook
    from reports import prose

    if out and out.suffix.lower() not in _SUFFIXES:
        raise ValueError(f"{out} is none of {', '.join(_SUFFIXES)}: say by its name what to write")
    if post:
        webhook.address(os.environ)
    con = metrics.open_store(store)
    try:
        warn_of_other_settings(con, settings, store)
        document = _document(con, kind, store, week, team, queue, as_of)
    finally:
        con.close()
    if out:
        _write(document, out)
        show.say(f"{out} is written.")
    if post:
        _post(prose.brief(document), is_written=out is not None)
    elif not out:
        show.plain(prose.markdown(document))


def _document(
    con: duckdb.DuckDBPyConnection,
    kind: Kind,
    store: Path,
    week: str | None,
    team: str | None,
    queue: str | None,
    as_of: str | None,
) -> "Document":
    from reports.asked import asked
    from reports.asked import handoff as handed
    from reports.asked import meeting as met
    from reports.asked import week as weekly

    question = asked(con, week=week, team=team, queue=queue, as_of=as_of)
    make: Callable[[], Document] = {
        Kind.weekly: lambda: weekly(con, question),
        Kind.meeting: lambda: met(con, question, store),
        Kind.handoff: lambda: handed(con, question, store),
    }[kind]
    return make()


def _write(document: "Document", out: Path) -> None:
    from cli import printing
    from reports import page, prose

    if out.suffix.lower() == ".md":
        out.write_text(prose.markdown(document), encoding="utf-8")
    elif out.suffix.lower() in (".html", ".htm"):
        out.write_text(page.written(document), encoding="utf-8")
    else:
        printing.printed(page.written(document), out)


def _post(text: str, *, is_written: bool) -> None:
    from cli import webhook

    try:
        webhook.post(text, os.environ)
    except webhook.PostError as error:
        if not is_written:
            raise
        show.warn(f"watchbill: {error}")
        raise typer.Exit(1) from None
    show.say("Posted.")
