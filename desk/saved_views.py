"""Addresses of pages that people have given a name, for everybody who uses the app."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from desk.rows import added, by_id, found, one_of, said, thrown_away
from desk.store import DeskError, reading, writing


@dataclass(frozen=True, slots=True)
class SavedView:
    """A page and its parameters under a name."""

    id: int
    version: int
    name: str
    path: str
    parameters: dict[str, str]
    written_at: datetime
    written_by: str


def save_view(desk: Path, *, name: str, path: str, parameters: dict[str, str], by: str, now: datetime) -> SavedView:
    """Keep an address. Raises DeskError where the name is empty, or means another address already."""
    named = said(name, "The name")
    with writing(desk) as con:
        if stands := one_of(found(con, SavedView, "SELECT * FROM saved_view WHERE name = :name", name=named)):
            raise DeskError(f"“{named}” is a view already, saved by {stands.written_by}: choose another name.")
        key = added(con, "saved_view", name=named, path=path, parameters_json=parameters, written_at=now, written_by=by)
        view = by_id(con, SavedView, "saved_view", key)
    assert view is not None, "it was written in this transaction"
    return view


def saved_views(desk: Path) -> list[SavedView]:
    """All of them, by name."""
    with reading(desk) as con:
        return found(con, SavedView, "SELECT * FROM saved_view ORDER BY name")


def drop_view(desk: Path, view_id: int, version: int, *, by: str, now: datetime) -> None:
    """Throw a view away. Raises Stale."""
    with writing(desk) as con:
        thrown_away(con, "saved_view", view_id, version, by=by, at=now)
