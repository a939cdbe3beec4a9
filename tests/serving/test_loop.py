"""The event loop that the app is served on: what it sends leaves at once."""

import asyncio
import socket
import sys
from contextlib import closing

import pytest
import uvicorn


class Accepted(asyncio.Protocol):
    """Whether what is sent over the first connection waits for more, or for an answer, before it leaves."""

    def __init__(self, heard: asyncio.Future[bool]) -> None:
        self._heard = heard

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        accepted = transport.get_extra_info("socket")
        self._heard.set_result(bool(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
        transport.close()


async def leaves_at_once() -> bool:
    loop = asyncio.get_running_loop()
    heard: asyncio.Future[bool] = loop.create_future()
    listening = socket.socket()  # as Streamlit makes it: asyncio's own loop sees no TCP in that
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    server = await loop.create_server(lambda: Accepted(heard), sock=listening)
    with closing(server), socket.create_connection(listening.getsockname()):
        return await asyncio.wait_for(heard, 10)


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop has none for Windows")
def test_what_is_sent_does_not_wait_for_an_answer_to_what_was_sent_before() -> None:
    with asyncio.Runner(loop_factory=uvicorn.Config("app").get_loop_factory()) as runner:
        assert runner.run(leaves_at_once())
