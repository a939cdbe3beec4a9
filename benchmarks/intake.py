"""A million journalled events into a store: events a second, and how memory and time grow with the journal.

The journal holds issues with their timelines as GitHub's REST API gives them, an eighth of them comments. Each size is
read by a program of its own, so that its peak of memory is its own.
"""

import gzip
import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SIZES = (100_000, 1_000_000)
EVENTS_PER_TICKET = 16
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)

_READ = """
import resource, sys, time
from pathlib import Path
import settings
from ingest import intake
began = time.perf_counter()
outcome = intake.reparse(Path(sys.argv[1]), settings.parse(settings.DEFAULT_TOML, "the defaults"))
print(outcome.events, time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def main() -> None:
    """Write a journal of each size, read it into a store, and print one line each."""
    print(f"{'':28}{'seconds':>12}{'events/s':>12}{'peak MiB':>12}{'x time per event':>20}")
    first = None
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            store = Path(folder) / "watchbill.duckdb"
            write_journal(store, size)
            done = subprocess.run([sys.executable, "-c", _READ, str(store)], capture_output=True, text=True, check=True)
        count, spent, peak = done.stdout.split()
        events, seconds = int(count), float(spent)
        first = first or seconds / events
        growth = seconds / events / first
        print(
            f"{f'{events:,} events':28}{seconds:12.1f}{events / seconds:12,.0f}{int(peak) / 1024:12.0f}{growth:20.2f}"
        )


def write_journal(store: Path, events: int) -> None:
    """A journal as an import leaves it."""
    place = store.with_suffix(".store") / "journal" / "github"
    place.mkdir(parents=True)
    with (place / "00000001-made-up.jsonl.gz").open("wb") as file:
        for number in range(1, events // EVENTS_PER_TICKET + 1):
            reply = {"source": "github", "scope": "infra", "place": f"{number}", "body": json.dumps(page(number))}
            file.write(gzip.compress(json.dumps(reply).encode() + b"\n", compresslevel=1, mtime=0))


def page(number: int) -> dict[str, Any]:
    """An issue with a timeline: with what every issue is born with, sixteen events."""
    opened = BEGIN + timedelta(minutes=number)
    url = f"https://api.github.com/repos/acme/infra/issues/{number}"
    timeline = [_event(number, n, opened + timedelta(minutes=n)) for n in range(EVENTS_PER_TICKET - 4)]
    issue = {
        "url": url,
        "html_url": f"https://github.com/acme/infra/issues/{number}",
        "number": number,
        "title": f"Disk of web-{number % 97} is full",
        "user": _user(number % 211),
        "labels": [{"id": n, "name": f"area {n}"} for n in range(EVENTS_PER_TICKET - 4) if n % 4 == 1],
        "assignees": [],
        "state": "open",
        "created_at": f"{opened:%Y-%m-%dT%H:%M:%SZ}",
        "updated_at": f"{opened + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",
        "body": "It was fine yesterday. " * 8,
    }
    return {"type": "issue", "issue": issue, "events": timeline}


def _event(number: int, n: int, moment: datetime) -> dict[str, Any]:
    event = {"id": number * 100 + n, "actor": _user(n), "created_at": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}
    match n % 4:
        case 0:
            return event | {"event": "commented", "body": "I had a look and will come back to it. " * 3}
        case 1:
            return event | {"event": "labeled", "label": {"id": n, "name": f"area {n}"}}
        case 2:
            return event | {"event": "assigned", "assignee": _user(n)}
    return event | {"event": "unassigned", "assignee": _user(n - 1)}


def _user(number: int) -> dict[str, Any]:
    return {"login": f"person{number}", "id": number, "type": "User"}


if __name__ == "__main__":
    main()
