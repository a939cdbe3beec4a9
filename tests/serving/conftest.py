"""The addresses for programs, asked without a server: from this machine, from elsewhere, with and without a secret."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

import app as entry
from serving.guard import Gate
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, built

Ask = Callable[..., httpx.Response]
HERE, ELSEWHERE = "127.0.0.1", "192.0.2.7"


@pytest.fixture(autouse=True)
def _no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WATCHBILL_TOKEN", raising=False)


@pytest.fixture
def ask() -> Ask:
    """`ask("/metrics", client=ELSEWHERE, has_sign_in=True, headers={...})`: the answer of the app's own routes."""

    def run(
        path: str, *, client: str = HERE, host: str = HERE, has_sign_in: bool = False, method: str = "GET", **more: Any
    ) -> httpx.Response:
        routes = [*entry.app._user_routes, Route("/", lambda _: PlainTextResponse("a page"))]
        served = Starlette(routes=routes, middleware=[Middleware(Gate, has_sign_in=lambda: has_sign_in)])
        return asyncio.run(_asked(served, method, path, client, host, more))

    return run


async def _asked(
    served: Starlette, method: str, path: str, client: str, host: str, more: dict[str, Any]
) -> httpx.Response:
    transport = httpx.ASGITransport(_listening(served, HERE if client == HERE else "192.0.2.1"), client=(client, 5000))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}:8501") as asker:
        return await asker.request(method, path, **more)


def _listening(served: Starlette, address: str) -> Any:
    """The transport takes the name that was asked for the address that was reached; a server knows the latter."""

    async def run(scope: Any, receive: Any, send: Any) -> None:
        await served({**scope, "server": (address, 8501)}, receive, send)

    return run


@pytest.fixture(scope="session")
def built_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ticket triaged in time, one in time by a label that a spreadsheet would run, and one that is late."""
    history = History()
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+bug", "ana"))
    history.ticket(2, "2026-11-03 09:00", ("11:00", "label", '+=cmd()|"x"', "bo"), title="=cmd()")
    history.ticket(3, "2026-11-04 09:00")
    folder = tmp_path_factory.mktemp("serving")
    return built(folder / "store.duckdb", history.records, OFFICE + TRIAGE_PROMISE, "2026-11-09 08:00")


@pytest.fixture
def store(built_store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the app shows; nothing here writes to it."""
    monkeypatch.setenv("WATCHBILL_STORE", str(built_store))
    return built_store
