"""Whether people can sign in: Streamlit's own [auth] table of .streamlit/secrets.toml, of which no value is ever told.

The one secret of Watchbill's own is WATCHBILL_TOKEN: it opens the addresses that programs read.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

NEEDED = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
TOKEN = "WATCHBILL_TOKEN"  # noqa: S105 - the name of the variable
SHORTEST = {"token": 16, "cookie_secret": 32}  # characters


def folders() -> list[Path]:
    """Where the app looks for .streamlit/secrets.toml when it is started here; the later goes before the earlier."""
    return [Path.home(), Path.cwd(), Path(__file__).parents[1]]


def auth_table(places: Sequence[Path]) -> Mapping[str, Any] | None:
    """The [auth] table that the app would go by, None for none. Raises ValueError where a file cannot be read."""
    found: Mapping[str, Any] | None = None
    for place in places:
        file = place / ".streamlit" / "secrets.toml"
        if file.is_file():
            found = _auth_of(file) or found
    return found


def _auth_of(file: Path) -> Mapping[str, Any] | None:
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8")).get("auth")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise ValueError(f"{file} is not valid TOML") from None  # its text would tell secrets
    return told if isinstance(told, Mapping) else None


def complaints(auth: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with an [auth] table, without its values. A provider's keys may stand in a table of their own."""
    providers = [table for table in auth.values() if isinstance(table, Mapping)] or [{}]
    lacking = [name for name in NEEDED if name not in auth and not all(name in provider for provider in providers)]
    if lacking:
        yield f"[auth] in .streamlit/secrets.toml lacks {', '.join(lacking)}"
    if not str(auth.get("redirect_uri", "/oauth2callback")).endswith("/oauth2callback"):
        yield "redirect_uri in [auth] is to be the app's own address and /oauth2callback"
    if 0 < len(str(auth.get("cookie_secret", ""))) < SHORTEST["cookie_secret"]:
        yield "cookie_secret in [auth] is short; make one with `openssl rand -hex 32`"
