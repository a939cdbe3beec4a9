"""What most verbs are told: which store, which settings."""

from pathlib import Path
from typing import Annotated

import duckdb
import typer

import settings as settings_file
from cli import show
from settings import Settings

StorePath = Annotated[Path, typer.Option("--store", help="The store to write or read.")]
SettingsPath = Annotated[
    Path, typer.Option("--settings", help="The settings; built-in ones where there is no such file.")
]
DEFAULT_STORE, DEFAULT_SETTINGS = Path("watchbill.duckdb"), Path("watchbill.toml")


def settings_or_builtin(path: Path) -> Settings:
    """The settings of a file, or the built-in ones, which is said."""
    if not path.exists():
        show.warn(
            f"There is no {path}: using the built-in settings (one team, Mon-Fri 09:00-17:00 UTC). "
            f"Copy watchbill.example.toml to {path} to say how your team works."
        )
    return settings_file.load(path)


def warn_of_other_settings(con: duckdb.DuckDBPyConnection, path: Path, store: Path) -> None:
    """Say so where a store was made under other settings than a file tells now."""
    from ingest.policies import digest

    if not path.exists():
        return
    [(known,)] = con.execute("SELECT settings_digest FROM store.store_meta").fetchall()
    if known != digest(settings_file.load(path)):
        show.warn(f"{store} was made under other settings than {path} says now; `watchbill apply` takes them in.")
