"""The made-up trackers on this machine, for whoever wants to try `watchbill sync` without an account anywhere."""

from collections.abc import Callable, Mapping
from contextlib import suppress

from ingest.demo import DEMO_TOKENS
from ingest.demo.trackers import Tracker
from ingest.demo.trackers.wire import server

PORT = 8750  # what `watchbill.example.toml` names


def serve(trackers: Mapping[str, Tracker], port: int = PORT, announce: Callable[[int], None] = lambda _: None) -> None:
    """Answer on the loopback interface until somebody presses Ctrl-C; `announce` gets the port once it listens.

    Port 0 takes any that is free. Raises OSError where the port is taken.
    """
    with server(trackers, port) as listening:
        announce(listening.server_port)
        with suppress(KeyboardInterrupt):
            listening.serve_forever()


def invitation(port: int = PORT) -> list[str]:
    """Where they are, what opens them, and what to try, a line each."""
    addresses = [f"  {name:<6}  http://localhost:{port}/{name}" for name in DEMO_TOKENS]
    secrets = [f"  export WATCHBILL_{name.upper()}_TOKEN={token}" for name, token in DEMO_TOKENS.items()]
    elsewhere = [] if port == PORT else [f"(watchbill.example.toml says {PORT}: write {port} there, in a copy.)"]
    return [
        "Harrow Hosting's trackers answer on this machine only, until Ctrl-C:",
        *addresses,
        "What opens them is no secret. In another terminal:",
        *secrets,
        "  watchbill sync --settings watchbill.example.toml --store tried.duckdb",
        *elsewhere,
    ]
