"""The verb `watchbill plan`: what is said on the command line, and which part of the work it asks for."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli import show

DAY = "%Y-%m-%d"
Out = typer.Option
ProblemPath = Annotated[
    Path | None, typer.Argument(help="The problem: JSON, as --schema describes it.", metavar="PROBLEM")
]


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the solver is to work."""

    mode: Literal["rebalance", "minimal change"]
    seconds: float
    seed: int
    workers: int


def plan(
    problem: ProblemPath = None,
    out: Annotated[Path | None, Out("--out", help="Write the plan here, as JSON.")] = None,
    ics: Annotated[Path | None, Out("--ics", help="Write or update the team's calendar feed.")] = None,
    people_ics: Annotated[
        Path | None, Out("--people-ics", help="... and a feed of each person, into a folder.")
    ] = None,
    for_phorge: Annotated[
        bool, Out("--for-phorge", help="Feeds are for Phorge: with its user names, without what is cancelled.")
    ] = False,
    csv: Annotated[Path | None, Out("--csv", help="Write the plan as a table.")] = None,
    markdown: Annotated[Path | None, Out("--markdown", help="Write it as Markdown, for a chat or a wiki.")] = None,
    check: Annotated[Path | None, Out("--check", help="Judge this plan instead of making one.", metavar="PLAN")] = None,
    schema: Annotated[bool, Out("--schema", help="Print the JSON schema of problems and plans.")] = False,
    from_store: Annotated[bool, Out("--from-store", help="Make the problem from the store.")] = False,
    weeks: Annotated[int, Out(min=1, max=104, help="With --from-store: how many weeks.")] = 8,
    first: Annotated[
        datetime | None, Out("--from", formats=[DAY], help="... their first day; the Monday after the history.")
    ] = None,
    zone: Annotated[str | None, Out(help="... whose clocks hand over; the team's.")] = None,
    frozen_weeks: Annotated[int, Out(min=0, help="... so many of them stay as published, where they can.")] = 2,
    as_of: Annotated[str | None, Out(help="... as known at this instant; as far as the history goes.")] = None,
    out_problem: Annotated[Path | None, Out("--out-problem", help="... and write the problem here.")] = None,
    published: Annotated[
        Path | None, Out("--published", help="The plan that was announced before, to stay near to.", metavar="PLAN")
    ] = None,
    rebalance: Annotated[
        bool, Out("--rebalance", help="Move published shifts where that is fairer, instead of as few as can be.")
    ] = False,
    seconds: Annotated[float, Out(min=0.1, help="Think no longer than this.")] = 60,
    seed: Annotated[int, Out(min=0, help="Another seed may choose otherwise among equals.")] = 1,
    workers: Annotated[
        int, Out(min=1, help="Processor cores to think on; with more than one, the same may not come out twice.")
    ] = 1,
    store: Annotated[Path, Out("--store", help="The store to read.")] = Path("watchbill.duckdb"),
    settings: Annotated[Path, Out("--settings", help="The settings; for Phorge's user names.")] = Path(
        "watchbill.toml"
    ),
) -> None:
    """Draft a duty rota: lawful, as fair as can be given what people carried, and near to what was published.

    Exits with 0; with 1 where a seat stays vacant or pins and history bend a rule; with 2 where there is no plan, or
    the one that --check names is not lawful. Ctrl-C stops the search and keeps the best plan so far.

    Calendar feeds are updated: run it again with the same --ics, and clients change what they show instead of showing
    it twice. What was published is kept in a .revisions.json beside the feed.

    Example: watchbill plan --from-store --weeks 8 --out plan.json --ics rota.ics

    Example: watchbill plan --from-store --out-problem problem.json, edit it, then watchbill plan problem.json

    Example: watchbill plan --check plan.json
    """
    import settings as settings_file
    from cli import planning, publishing
    from planning.draft import Asked

    if schema:
        show.plain(planning.schema())
        return
    if (problem is not None) + (check is not None) + from_store != 1:
        raise ValueError("name one of a PROBLEM file, --check PLAN and --from-store; see watchbill plan --help")
    logins = publishing.phorge_logins(settings_file.load(settings)) if for_phorge else None
    outputs = publishing.Outputs(ics, people_ics, csv, markdown, logins)
    if check:
        raise typer.Exit(planning.judge(check, outputs))
    if problem:
        asked = planning.read_problem(problem)
    else:
        day = first.date() if first else None
        asked = planning.from_store(store, Asked(weeks, day, zone, frozen_weeks, _instant(as_of)))
        if out_problem:
            planning.write(out_problem, asked)
            if not out and not outputs:
                return
    if published:
        asked = planning.announced(asked, published)
    wishes = Wishes("rebalance" if rebalance else "minimal change", seconds, seed, workers)
    raise typer.Exit(planning.draft(asked, wishes, out, outputs))


def _instant(as_of: str | None) -> datetime | None:
    from metrics.instants import parse_instant

    return parse_instant(as_of).replace(tzinfo=UTC) if as_of else None
