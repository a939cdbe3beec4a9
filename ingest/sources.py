"""Which module reads which kind of source. A module is imported when its kind is needed."""

from importlib import import_module
from typing import Any, cast

from ingest.source import Parser, Source
from settings import sources as tables

ASKED: dict[str, type[tables.Site]] = {  # over the network, or on disk again and again: by the settings' `kind`
    "phorge": tables.Phorge,
    "github": tables.GitHub,
    "jira": tables.Jira,
    "rt": tables.RequestTracker,
    "ical": tables.ICal,
}
KINDS = (*ASKED, "files")  # ... and imported from files


def parser(kind: str) -> Parser:
    """The module that reads pages of this kind. Raises KeyError."""
    if kind not in KINDS:
        raise KeyError(kind)
    return cast("Parser", import_module(f"ingest.{kind}"))


def source(kind: str) -> Source:
    """The module that asks trackers of this kind. Raises KeyError."""
    if kind not in ASKED:
        raise KeyError(kind)
    return cast("Source", import_module(f"ingest.{kind}"))


def unconfigured(kind: str, name: str) -> Any:
    """The settings of a source that has none: its pages were imported, or it was taken out of the settings."""
    table = ASKED.get(kind, tables.Site)
    defaults = {key: field.get_default(call_default_factory=True) for key, field in table.model_fields.items()}
    return table.model_construct(**{**defaults, "name": name, "kind": kind})
