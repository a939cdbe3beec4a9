"""Conduit, Phorge's API: one question, its parameters in the order PHP wants them, and its ways of saying no.

Phorge says no with HTTP 200 and an `error_code`. The codes are not the same over its releases, so only three kinds of
refusal are told apart, by what was asked and by words that have not changed since they were first written.
"""

from collections.abc import Iterator
from typing import Any

from ingest.client import Client, ClientError, RefusedError

LIMIT = 100  # rows that a *.search gives at most; transaction.search gives ten times as many
TRANSACTIONS = 1_000
UNAUTHORISED = ("ERR-INVALID-AUTH", "ERR-INVALID-SESSION")


class ConduitError(RefusedError):
    """Phorge understood and said no. `code` is its own, such as ERR-INVALID-AUTH; it differs between releases."""

    def __init__(self, text: str, code: str) -> None:
        super().__init__(text, 200)
        self.code = code


class OverheatedError(ConduitError):
    """The server looked at too many rows that this account may not see, and gave up."""


class LostCursorError(ConduitError):
    """What the question should go on after has vanished, or may not be seen any more."""


class MissingError(ConduitError):
    """There is no such method here: another release, or an application that is switched off."""


def call(client: Client, method: str, **parameters: Any) -> Any:
    """The result of one Conduit method. The client's only secret is its token. Raises ClientError."""
    form = [("api.token", client.secrets[0]), *_form(parameters)]
    reply = client.post(f"api/{method}", form=form).json()
    if not isinstance(reply, dict) or "error_code" not in reply:
        raise ClientError(f"{client.base}/api/{method}: not an answer of Conduit; is this the address of a Phorge?")
    if reply["error_code"]:
        raise _refusal(client, method, parameters, str(reply["error_code"]), str(reply.get("error_info")))
    return reply["result"]


def rows(client: Client, method: str, **parameters: Any) -> Iterator[dict[str, Any]]:
    """All rows of a *.search whose rows stay where they are: read in the order of ids. Raises ClientError."""
    after = None
    while True:
        found = call(client, method, order="oldest", limit=LIMIT, after=after, **parameters)
        yield from found["data"]
        after = found["cursor"]["after"]
        if not after:
            return


def _refusal(client: Client, method: str, parameters: dict[str, Any], code: str, info: str) -> ConduitError:
    text = client.redact(f"{client.base}/api/{method}: {code}: {' '.join(info.split())[:300]}")
    if code in UNAUTHORISED:
        return ConduitError(f"{text} (is the token right, and its account enabled?)", code)
    if "overheated" in info:
        return OverheatedError(text, code)
    if method in info and ("does not exist" in info or "belongs to application" in info):
        return MissingError(text, code)
    if parameters.get("after") or parameters.get("before"):
        return LostCursorError(text, code)
    return ConduitError(text, code)


def _form(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Nested values under PHP's names: constraints[ids][0]. What is None is left out."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _form(part, f"{name}[{key}]" if name else key)
    elif isinstance(value, list | tuple):
        for n, part in enumerate(value):
            yield from _form(part, f"{name}[{n}]")
    elif isinstance(value, bool):
        yield name, "true" if value else "false"
    elif value is not None:
        yield name, str(value)
