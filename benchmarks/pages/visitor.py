"""A visitor without a browser: it speaks to the app's server as the page in a browser does, and watches the clock."""

from time import perf_counter
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

PATIENCE = 600  # seconds for one page
LARGEST = 1 << 30  # bytes of one message


class Visitor:
    """One visit: `paint` opens a page in it, or draws the one that is open anew."""

    def __init__(self, address: str) -> None:
        place = address.replace("http://", "ws://") + "/_stcore/stream"
        self._stream: ClientConnection = connect(place, subprotocols=[Subprotocol("streamlit")], max_size=LARGEST)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stream.close()

    def paint(self, path: str, **parameters: str) -> float:
        """Seconds until the server has sent the last of the page. Raises RuntimeError where the page broke."""
        asked = BackMsg()
        asked.rerun_script.query_string = urlencode(parameters)
        asked.rerun_script.page_name = path
        begin = perf_counter()
        self._stream.send(asked.SerializeToString())
        while not self._is_last(self._next(), path):
            pass
        return perf_counter() - begin

    def _next(self) -> ForwardMsg:
        told = self._stream.recv(timeout=PATIENCE, decode=False)
        message = ForwardMsg()
        message.ParseFromString(told if isinstance(told, bytes) else told.encode())
        return message

    def _is_last(self, message: ForwardMsg, path: str) -> bool:
        if message.WhichOneof("type") == "delta" and message.delta.new_element.HasField("exception"):
            raise RuntimeError(f"/{path} broke: {message.delta.new_element.exception.message}")
        if message.WhichOneof("type") == "page_not_found":
            raise RuntimeError(f"There is no page at /{path}.")
        done = ForwardMsg.ScriptFinishedStatus.FINISHED_SUCCESSFULLY
        return message.WhichOneof("type") == "script_finished" and message.script_finished == done
