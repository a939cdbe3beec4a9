"""The ids behind keys that people wrote down once: a key keeps leading to its issue after a move."""

from collections.abc import Iterable, Iterator

from ingest.client import Client


def one_by_one(client: Client, root: str, keys: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Keys and the ids behind them; keys of deleted and hidden issues are left out."""
    for key in keys:
        answer = client.get(f"{root}/issue/{key}", params={"fields": "created"}, accept=(403, 404))
        if answer.status < 400:
            yield key, str(answer.json()["id"])
