"""What every test may lean on: quiet hypothesis profiles, a store built from a few records, the shared material."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import hypothesis
import pytest
from hypothesis.internal.conjecture import providers

import metrics
import settings
import watchbill
from ingest import policies, tables
from ingest.records import Account, Event, Record, Ticket
from ingest.store import writing

# Hypothesis tries the constants of whatever local modules happen to be imported by then. Without that, which examples
# a test sees no longer depends on which tests ran before it.
providers._get_local_constants = providers.Constants
hypothesis.settings.register_profile("default", derandomize=True, deadline=None, database=None)
hypothesis.settings.register_profile("soak", max_examples=5_000, deadline=None)
hypothesis.settings.register_profile("brief", max_examples=25, derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile(
    "soak" if os.environ.get("WATCHBILL_SOAK") else "brief" if os.environ.get("WATCHBILL_BRIEF") else "default"
)

SHARED = Path(__file__).parents[2] / "shared"
REQUEST_TRACKER = Path("/usr/share/request-tracker5/libexec/rt-server")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that need the shared material or a real server are skipped where it is absent, but never where CI is
    true."""
    if os.environ.get("CI") == "true":
        return
    for item in items:
        if item.get_closest_marker("shared") and not SHARED.is_dir():
            item.add_marker(pytest.mark.skip(reason=f"needs {SHARED.name}/ beside the checkout"))
        if item.get_closest_marker("rt") and not REQUEST_TRACKER.exists():
            item.add_marker(pytest.mark.skip(reason="needs Debian's request-tracker5; see .ci/run"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The material kept beside the checkout: recorded answers, a real queue, contracts."""
    assert SHARED.is_dir(), "this test must run here, but shared/ is absent"
    return SHARED


def utc(text: str) -> datetime:
    """An instant in UTC: utc("2026-11-02 09:00")."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class History:
    """Tickets told in a line each: `history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+Bug", "ana"))`.

    A change is (instant, field, value, actor): a bare time is on the ticket's day; `+x` gains, `-x` loses, a plain
    value replaces. Actors ending in [bot] are bots.
    """

    def __init__(self) -> None:
        self.records: list[Record] = []
        self._logins: set[str] = set()

    def ticket(self, number: int, opened: str, *changes: tuple[str, str, str, str], **kept: Any) -> str:
        author, queue = kept.get("author", "asker"), kept.get("queue", "infra")
        ticket_id, opened_at = f"test/infra#{number}", utc(opened)
        title = kept.get("title", f"Ticket {number}")
        self.records.append(
            Ticket(ticket_id, "test", f"infra#{number}", f"https://tickets.example/{number}", title, opened_at,
                   self._account(author), kept.get("type"))
        )  # fmt: skip
        opening = [("created", None), ("status", "open"), ("title", title)] + ([("queue", queue)] if queue else [])
        for field, new in opening:
            self.records.append(
                Event(ticket_id, f"opened/{field}", opened_at, 0, self._account(author), field, None, new)
            )
        for seq, (when, field, value, actor) in enumerate(changes, start=1):
            moment = utc(when if "-" in when else f"{opened[:10]} {when}")
            old, new = (value[1:], None) if value.startswith("-") else (None, value.removeprefix("+"))
            if field == "owner":
                old, new = (self._account(login) if login else None for login in (old, new))
            self.records.append(Event(ticket_id, f"e{seq}", moment, seq, self._account(actor), field, old, new))
        return ticket_id

    def _account(self, login: str) -> str:
        if login not in self._logins:
            self._logins.add(login)
            self.records.append(Account(f"test/{login}", "test", login, None, login.endswith("[bot]")))
        return f"test/{login}"


OFFICE = """
[[calendar]]
name = "office"
zone = "UTC"
[calendar.hours]
mon = ["09:00-17:00"]
tue = ["09:00-17:00"]
wed = ["09:00-17:00"]
thu = ["09:00-17:00"]
fri = ["09:00-17:00"]

[[team]]
name = "infra"
calendar = "office"
queues = ["infra"]

[[stages]]
presets = ["github", "github-labels"]
[[priorities]]
"""

TRIAGE_PROMISE = """
[[triage]]
rule = "labelled"

[[slo]]
name = "Triage"
clock = "triage"
objective = 0.9
goals = [{ inside = "4h", outside = "end of next working day" }]
"""


@pytest.fixture
def history() -> History:
    return History()


def built(path: Path, records: Iterable[Record], text: str, data_until: str | None = None) -> Path:
    """A store of a few records and settings text, read up to an instant."""
    with writing(path) as con:
        tables.upsert(con, records)
        policies.apply(con, settings.parse(text, "the test's settings"))
        if data_until:
            con.execute(
                "INSERT INTO sync_run VALUES"
                " ('run', 'test', 'infra', $until, $until, $until, 0, 0, 0, 0, 0, 0, 0, 0, NULL)",
                {"until": utc(data_until).replace(tzinfo=None)},
            )
    return path


@pytest.fixture
def store_of(tmp_path: Path) -> Callable[..., Path]:
    """Build a store from records and settings text, and give its path."""
    numbers = count(1)

    def build(records: Iterable[Record], text: str = OFFICE + TRIAGE_PROMISE, data_until: str | None = None) -> Path:
        return built(tmp_path / f"store-{next(numbers)}.duckdb", records, text, data_until)

    return build


@pytest.fixture
def open_store_of(store_of: Callable[..., Path]) -> Iterator[Callable[..., duckdb.DuckDBPyConnection]]:
    """Build a store and open it, as metrics do."""
    opened: list[duckdb.DuckDBPyConnection] = []

    def build(*told: Any, **more: Any) -> duckdb.DuckDBPyConnection:
        opened.append(metrics.open_store(store_of(*told, **more)))
        return opened[-1]

    yield build
    for con in opened:
        con.close()


OwnFolder = Callable[[], AbstractContextManager[Path]]


@pytest.fixture(scope="session")
def own_folder(tmp_path_factory: pytest.TempPathFactory) -> OwnFolder:
    """`with own_folder() as folder`: a folder for one example of a property, gone after it. Thousands of stores kept to
    the session's end fill a disk."""
    base = tmp_path_factory.mktemp("own")

    @contextmanager
    def make() -> Iterator[Path]:
        with TemporaryDirectory(dir=base) as made:
            yield Path(made)

    return make


@pytest.fixture(scope="session")
def chromium() -> str | None:
    return chromium_of_this_machine()


def chromium_of_this_machine() -> str | None:
    """The browser of this machine; None means Playwright's own."""
    return next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )


@pytest.fixture(scope="session")
def demo_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store `watchbill demo` builds; made once, read by many."""
    path = tmp_path_factory.mktemp("demo") / "watchbill.duckdb"
    watchbill.demo(path)
    return path
