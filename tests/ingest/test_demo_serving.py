"""The made-up trackers on a real socket of this machine, and what their user is told."""

import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from ingest import demo, sources
from ingest.demo import serving
from ingest.demo.trackers import wire
from ingest.records import Ticket
from tests.ingest.demo_reading import SITES

ROOT = Path(__file__).parents[2]
FIRST_WEEKS = datetime(2025, 12, 1, 9, tzinfo=UTC)


SERVE = f"""
from datetime import datetime
from ingest.demo import harrow, serving
made = harrow.trackers(until=datetime.fromisoformat("{FIRST_WEEKS.isoformat()}"))
serving.serve(made, 0, announce=lambda port: print(*serving.invitation(port), "", sep="\\n", flush=True))
"""


@pytest.fixture(scope="module")
def told() -> Iterator[list[str]]:
    """What is announced by a process of its own while it serves, until it is interrupted as by Ctrl-C."""
    with subprocess.Popen([sys.executable, "-c", SERVE], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield list(iter(process.stdout.readline, "\n"))
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def addresses(lines: list[str]) -> dict[str, str]:
    return dict(re.findall(r"^ +(\w+) +(http://\S+)$", "\n".join(lines), re.MULTILINE))


def test_each_answers_where_it_is_said_to_be(told: list[str]) -> None:
    for name, address in addresses(told).items():
        site = SITES[name].model_copy(update={"url": address})
        source = sources.source(site.kind)
        client = source.connect(site, demo.DEMO_TOKENS[name])
        pages = [each.page for each in source.fetch(client, site, {}) if getattr(each, "page", None) is not None]
        tickets = [record for page in pages for record in source.parse(page, site, "") if isinstance(record, Ticket)]
        assert tickets


def test_all_four_are_named_with_what_opens_them(told: list[str]) -> None:
    assert list(addresses(told)) == list(demo.DEMO_TOKENS)
    exports = [shlex.split(line)[1] for line in told if line.strip().startswith("export ")]
    assert exports == [f"{SITES[name].variable}={token}" for name, token in demo.DEMO_TOKENS.items()]
    assert any("watchbill sync" in line for line in told)


def test_another_port_is_pointed_out() -> None:
    usual, other = ("\n".join(serving.invitation(port)) for port in (serving.PORT, 9001))
    assert "watchbill.example.toml says" not in usual
    assert f"watchbill.example.toml says {serving.PORT}" in other


def test_what_is_not_there_is_404(told: list[str]) -> None:
    base = addresses(told)["rt"].rsplit("/", 1)[0]
    assert requests.get(f"{base}/nobody/REST/2.0/rt", timeout=10).status_code == 404


def test_nobody_but_this_machine_can_ask() -> None:
    with wire.server({}, 0) as listening:
        assert listening.server_address[0] == "127.0.0.1"


def test_a_port_that_is_taken_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        serving.serve({}, taken.getsockname()[1])
