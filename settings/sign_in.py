"""Whether people can sign in: Streamlit's own [auth] table of .streamlit/secrets.toml, of which no value is ever told.

The one secret of Watchbill's own is WATCHBILL_TOKEN: it opens the addresses that programs read.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NEEDED = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
TOKEN = "WATCHBILL_TOKEN"  # noqa: S105 - the name of the variable
SHORTEST_TOKEN = 16


def secrets_files(folder: Path) -> list[Path]:
    """Where the app looks for secrets when it is started in a folder; the later goes before the earlier."""
    return [place / ".streamlit" / "secrets.toml" for place in (Path.home(), folder)]


def auth_table(folder: Path) -> Mapping[str, Any] | None:
    """The [auth] table that the app would go by, None for none. Raises ValueError where a file cannot be read."""
    found: Mapping[str, Any] | None = None
    for file in secrets_files(folder):
        if file.is_file():
            found = _auth_of(file) or found
    return found


def _auth_of(file: Path) -> Mapping[str, Any] | None:
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8")).get("auth")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise ValueError(f"{file} is not valid TOML") from None  # its text would tell secrets
    return told if isinstance(told, Mapping) else None


def missing(auth: Mapping[str, Any]) -> list[str]:
    """What [auth] still lacks; a provider's own keys may stand in a table of its own, such as [auth.login]."""
    providers = [table for table in auth.values() if isinstance(table, Mapping)] or [{}]
    return [name for name in NEEDED if name not in auth and not all(name in provider for provider in providers)]
