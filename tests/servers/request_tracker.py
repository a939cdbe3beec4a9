"""A real Request Tracker 5, as Debian packages it: with a fresh database in a folder of its own, on a port of the
loopback interface. No mail leaves it. It runs in another time zone than anybody who uses it."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from ingest.demo.trackers import Ending, Priority, Stage
from ingest.demo.trackers.rt.desk import ENDINGS, PRIORITIES, STATUSES

LIBRARY = Path("/usr/share/request-tracker5")
SETUP = Path("/usr/sbin/rt-setup-database-5")
ZONE = "America/New_York"
READING = ("SeeQueue", "ShowTicket", "ShowTicketComments", "SeeCustomField")
WORKING = (
    *READING,
    *("CreateTicket", "ReplyToTicket", "CommentOnTicket", "ModifyTicket", "OwnTicket", "TakeTicket", "StealTicket"),
    *("ReassignTicket", "DeleteTicket", "ModifyCustomField"),
)
Json = dict[str, Any]


def is_installed() -> bool:
    return SETUP.exists() and (LIBRARY / "libexec" / "rt-server").exists()


def person(name: str, rights: tuple[str, ...], *, queue: str = "", **columns: str) -> Json:
    """An account with rights everywhere, or in one queue. Only with ManageAuthTokens can it have a token."""
    everywhere = [["ManageAuthTokens", ""]]
    return {"Name": name, **columns, "rights": [*everywhere, *([right, queue] for right in rights)]}


PLAN: Json = {
    "queues": ["infra", "access"],
    "fields": [
        {"Name": "Tags", "Type": "Freeform", "MaxValues": 0},
        {"Name": "Severity", "Type": "Select", "MaxValues": 1, "Values": ["high", "low"]},
        {"Name": "Impact start", "Type": "DateTime", "MaxValues": 1},
    ],
    "people": [
        *(
            person(name, WORKING, RealName=name.title(), EmailAddress=f"{name}@example.org", Timezone="UTC")
            for name in ("ana", "ben", "cleo", "dev")
        ),
        person("robot", WORKING, RealName="Robot"),
        person("root", ()),
        person("ingest", READING, RealName="Ingest reader", Timezone="UTC"),
        person("limited", READING, queue="access", Timezone="UTC"),
        person("homeless", READING),
        person("tokyo", READING, Timezone="Asia/Tokyo"),
    ],
}


@dataclass(frozen=True, slots=True)
class Server:
    address: str
    tokens: Mapping[str, str]

    def ask(self, who: str, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Authorization": f"token {self.tokens[who]}", "User-Agent": "watchbill"}
        return requests.request(method, f"{self.address}/REST/2.0/{path}", headers=headers, timeout=60, **options)


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """A server with the people of PLAN and no ticket, until the end of the block."""
    assert is_installed(), "this test must run here, but Debian's request-tracker5 is not installed; see .ci/run"
    port = _free_port()
    environment = _configured(folder, port)
    _run([str(SETUP), "--action", "init", "--force", "--skip-create"], environment)
    plan = folder / "plan.json"
    plan.write_text(json.dumps(PLAN), encoding="utf-8")
    told = _run(["perl", str(Path(__file__).with_suffix(".pl")), str(plan)], environment)
    server = Server(f"http://127.0.0.1:{port}", json.loads(told))
    with (folder / "server.log").open("wb") as log:
        program = [str(LIBRARY / "libexec" / "rt-server"), "--host", "127.0.0.1", "--port", str(port)]
        started = subprocess.Popen(
            [*program, "--max-workers", "2"], env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait_for(server, started, folder / "server.log")
            yield server
        finally:
            os.killpg(started.pid, signal.SIGTERM)
            started.wait(30)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _configured(folder: Path, port: int) -> dict[str, str]:
    for name in ("mason", "session", "no-more-settings"):
        (folder / name).mkdir()
    lines = {
        "rtname": "rt.example",
        "Organization": "rt.example",
        "WebDomain": "127.0.0.1",
        "WebPort": str(port),
        "WebPath": "",
        "Timezone": ZONE,
        "DatabaseType": "SQLite",
        "DatabaseName": str(folder / "rt.sqlite"),
        "MailCommand": "testfile",
        "LogToSTDERR": "error",
    }
    settings = "".join(f"Set(${name}, '{value}');\n" for name, value in lines.items())
    settings += "Set($LogToSyslog, undef);\nSet(%GnuPG, Enable => 0);\n"
    settings += (
        "Set($BcryptCost, 4);\n"  # made to be slow: each request would take a fifth of a second to know its token
    )
    settings += f"$RT::MasonDataDir = '{folder}/mason';\n$RT::MasonSessionDir = '{folder}/session';\n1;\n"
    (folder / "RT_SiteConfig.pm").write_text(settings, encoding="utf-8")
    own = {
        "RT_SITE_CONFIG": str(folder / "RT_SiteConfig.pm"),
        "RT_SITE_CONFIG_DIR": str(folder / "no-more-settings"),
        "TMPDIR": str(folder),
        "HOME": str(folder),
    }
    return {**os.environ, **own}


def _run(command: list[str], environment: Mapping[str, str]) -> str:
    done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{command[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


def _wait_for(server: Server, started: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        assert started.poll() is None, log.read_text(encoding="utf-8")
        try:
            if server.ask("ingest", "GET", "rt").ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError(f"no answer from Request Tracker in a minute: {log.read_text(encoding='utf-8')}")


@dataclass
class RealDesk:
    """What people do at the real one, in the words of every made-up tracker. Instants are its own: when each act
    began and ended is in `spans`."""

    server: Server
    spans: list[tuple[datetime, datetime]] = field(default_factory=list)
    _tags: dict[str, list[str]] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def enrol(self, login: str, name: str, *, is_bot: bool = False, email: str | None = None) -> None:
        assert login in self.server.tokens

    def open(
        self,
        at: datetime,
        who: str,
        title: str,
        text: str,
        *,
        queue: str,
        kind: str | None = None,
        owner: str | None = None,
        priority: Priority | None = None,
        tags: tuple[str, ...] = (),
        minutes: int = 0,
    ) -> str:
        given = {"Owner": owner, "Priority": PRIORITIES[priority] if priority else None, "TimeWorked": minutes or None}
        content = {"Subject": title, "Content": text, "ContentType": "text/plain", "Requestor": who}
        custom = {"CustomFields": {"Tags": list(tags)}} if tags else {}
        told = self._act(who, "POST", "ticket", {"Queue": queue, **content, **custom, **_given(given)})
        self._tags[told["id"]] = list(tags)
        return str(told["id"])

    def comment(
        self, at: datetime, who: str, ticket: str, text: str, *, is_internal: bool = False, minutes: int = 0
    ) -> None:
        verb = "comment" if is_internal else "correspond"
        body = {"Content": text, "ContentType": "text/plain", "TimeTaken": minutes}
        self._act(who, "POST", f"ticket/{ticket}/{verb}", body)

    def assign(self, at: datetime, who: str, ticket: str, whom: str | None) -> None:
        self._put(who, ticket, Owner=whom or "Nobody")

    def take(self, at: datetime, who: str, ticket: str) -> None:
        self._act(who, "PUT", f"ticket/{ticket}/take", {})

    def steal(self, at: datetime, who: str, ticket: str) -> None:
        self._act(who, "PUT", f"ticket/{ticket}/steal", {})

    def prioritise(self, at: datetime, who: str, ticket: str, priority: Priority) -> None:
        self._put(who, ticket, Priority=PRIORITIES[priority])

    def label(self, at: datetime, who: str, ticket: str, name: str, *, is_on: bool = True) -> None:
        held = self._tags[ticket]
        (held.append if is_on else held.remove)(name)
        self._put(who, ticket, CustomFields={"Tags": held})

    def fill(self, at: datetime, who: str, ticket: str, field: str, value: str) -> None:
        self._put(who, ticket, CustomFields={field: value})

    def move(self, at: datetime, who: str, ticket: str, stage: Stage) -> None:
        self._status(who, ticket, STATUSES[stage])

    def close(self, at: datetime, who: str, ticket: str, how: Ending = "done") -> None:
        self._status(who, ticket, ENDINGS[how])

    def reopen(self, at: datetime, who: str, ticket: str) -> None:
        self._status(who, ticket, "open")

    def hide(self, at: datetime, ticket: str) -> None:
        self._status("root", ticket, "deleted")

    def rename(self, at: datetime, who: str, ticket: str, title: str) -> None:
        self._put(who, ticket, Subject=title)

    def requeue(self, at: datetime, who: str, ticket: str, queue: str) -> None:
        self._put(who, ticket, Queue=queue)

    def promise(self, at: datetime, who: str, ticket: str, due: datetime | None) -> None:
        self._put(who, ticket, Due=f"{due:%Y-%m-%d %H:%M:%S}" if due else "")

    def work(self, at: datetime, who: str, ticket: str, total: int) -> None:
        self._put(who, ticket, TimeWorked=total)

    def tie(self, at: datetime, who: str, ticket: str, relation: str, other: str, *, is_on: bool = True) -> None:
        self._put(who, ticket, **{f"{'Add' if is_on else 'Delete'}{relation}": [other]})

    def merge(self, at: datetime, who: str, ticket: str, into: str) -> None:
        self._put(who, ticket, MergeInto=into)

    def _status(self, who: str, ticket: str, status: str) -> None:
        """RT refuses a status that a ticket already has: then nothing is done here either."""
        self._act(who, "PUT", f"ticket/{ticket}", {"Status": status}, is_refusal_fine=True)

    def _put(self, who: str, ticket: str, **changes: Any) -> None:
        self._act(who, "PUT", f"ticket/{ticket}", changes)

    def _act(self, who: str, method: str, path: str, body: Json, *, is_refusal_fine: bool = False) -> Any:
        began = datetime.now(UTC)
        answer = self.server.ask(who, method, path, json=body)
        assert answer.ok, f"{who} {method} {path} {body}: {answer.status_code} {answer.text}"
        told = answer.json()
        assert is_refusal_fine or told, f"{who} {method} {path} {body}: nothing was done"
        self.spans.append((began, datetime.now(UTC)))
        return told


def _given(columns: Json) -> Json:
    return {name: value for name, value in columns.items() if value is not None}
