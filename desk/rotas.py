"""Rota drafts, side by side, and the rotas that were published: those never change, the next one stands beside them."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from desk.rows import added, by_id, changed, found, one_of, said, thrown_away
from desk.store import DeskError, Stale, reading, writing


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan in the making. problem and plan are the planner's own JSON; plan is None until there is one."""

    id: int
    version: int
    team: str
    name: str
    problem: Any
    plan: Any
    written_at: datetime
    written_by: str


@dataclass(frozen=True, slots=True)
class Published:
    """A rota that counts. sequence is counted per team from 1, as calendars want it."""

    id: int
    team: str
    sequence: int
    problem: Any
    plan: Any
    note: str
    published_at: datetime
    published_by: str


def add_draft(desk: Path, *, team: str, name: str, problem: Any, plan: Any = None, by: str, now: datetime) -> Draft:
    with writing(desk) as con:
        key = added(
            con, "rota_draft", team=team, name=said(name, "The draft's name"), problem_json=problem,
            plan_json=plan, written_at=now, written_by=by,
        )  # fmt: skip
        return _there(by_id(con, Draft, "rota_draft", key))


def change_draft(
    desk: Path, draft_id: int, version: int, *, name: str, problem: Any, plan: Any, by: str, now: datetime
) -> Draft:
    """Write a draft anew. Raises Stale."""
    values = {"name": said(name, "The draft's name"), "problem_json": problem, "plan_json": plan}
    with writing(desk) as con:
        changed(con, "rota_draft", draft_id, version, by=by, at=now, **values, written_at=now, written_by=by)
        return _there(by_id(con, Draft, "rota_draft", draft_id))


def drop_draft(desk: Path, draft_id: int, version: int, *, by: str, now: datetime) -> None:
    """Throw a draft away; what it said is kept among what was. Raises Stale."""
    with writing(desk) as con:
        thrown_away(con, "rota_draft", draft_id, version, by=by, at=now)


def draft(desk: Path, draft_id: int) -> Draft | None:
    with reading(desk) as con:
        return by_id(con, Draft, "rota_draft", draft_id)


def drafts(desk: Path, team: str) -> list[Draft]:
    """The team's drafts, the one written last first."""
    with reading(desk) as con:
        query = "SELECT * FROM rota_draft WHERE team = :team ORDER BY written_at DESC, id DESC"
        return found(con, Draft, query, team=team)


_NEWEST = "SELECT * FROM published_rota WHERE team = :team ORDER BY sequence DESC LIMIT :most"


def publish(desk: Path, draft_id: int, version: int, *, replaces: int, note: str, by: str, now: datetime) -> Published:
    """Make a draft the rota that counts. `replaces` is the sequence of the rota its writer saw in force, 0 for none.

    Raises Stale where the draft, or the rota in force, is another by now, and DeskError for a draft without a plan.
    """
    with writing(desk) as con:
        chosen = by_id(con, Draft, "rota_draft", draft_id)
        if chosen is None or chosen.version != version:
            raise Stale("This draft was changed or thrown away after you opened it; nothing was published.",
                        chosen.version if chosen else None)  # fmt: skip
        if chosen.plan is None:
            raise DeskError("This draft has no plan yet: plan it, then publish.")
        sequence = _next(con, chosen.team, replaces)
        key = added(
            con, "published_rota", team=chosen.team, sequence=sequence, problem_json=chosen.problem,
            plan_json=chosen.plan, note=note, published_at=now, published_by=by,
        )  # fmt: skip
        return _counting(by_id(con, Published, "published_rota", key))


def _next(con: sqlite3.Connection, team: str, replaces: int) -> int:
    in_force = one_of(found(con, Published, _NEWEST, team=team, most=1))
    sequence = in_force.sequence if in_force else 0
    if in_force and sequence != replaces:
        raise Stale(
            f"{in_force.published_by} has published another rota at {in_force.published_at:%Y-%m-%d %H:%M} UTC, after "
            "you opened this page; nothing was published. Compare with theirs first.",
            sequence,
        )
    return sequence + 1


def in_force(desk: Path, team: str) -> Published | None:
    """The rota that was published last."""
    return one_of(published(desk, team, 1))


def published(desk: Path, team: str, most: int = 25) -> list[Published]:
    """Every rota that was ever published for a team, the newest first."""
    with reading(desk) as con:
        return found(con, Published, _NEWEST, team=team, most=most)


def _there(draft: Draft | None) -> Draft:
    assert draft is not None, "it was written in this transaction"
    return draft


def _counting(rota: Published | None) -> Published:
    assert rota is not None, "it was written in this transaction"
    return rota
