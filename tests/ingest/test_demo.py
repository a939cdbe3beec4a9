"""The made-up organisation: repeatable to the byte, harmless to look at, and told in words the source can read."""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest import demo, github
from ingest.demo import asked_of_access, asked_of_infra, asked_upkeep
from ingest.records import Event, Ticket
from tests.ingest.demo_reading import SITES

Page = dict[str, Any]
ROOT = Path(__file__).parents[2]
SITE = SITES["github"]
OLD_LABEL, NEW_LABEL = "db", "area/database"


@pytest.fixture(scope="module")
def pages() -> list[Page]:
    return list(demo.payloads())


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def queue_of(page: Page) -> str:
    return str(page["issue"]["repository_url"].rsplit("/", 1)[1])


def name_of(page: Page) -> str:
    return f"{queue_of(page)}#{page['issue']['number']}"


def kinds(page: Page) -> list[str]:
    return [event["event"] for event in page["events"]]


def digest(pages: Iterator[Page]) -> str:
    return hashlib.sha256("\n".join(json.dumps(page) for page in pages).encode()).hexdigest()


def test_the_same_seed_gives_the_same_bytes(pages: list[Page]) -> None:
    assert digest(demo.payloads()) == digest(iter(pages))


def test_another_process_gives_the_same_bytes(pages: list[Page]) -> None:
    code = "import json, hashlib; from ingest import demo; "
    code += "text = '\\n'.join(json.dumps(page) for page in demo.payloads()); "
    code += "print(hashlib.sha256(text.encode()).hexdigest())"
    environment = {**os.environ, "PYTHONHASHSEED": "4242", "TZ": "Pacific/Auckland"}
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == digest(iter(pages))


def test_another_seed_gives_another_year_of_the_same_size(pages: list[Page]) -> None:
    others = list(demo.payloads(seed=8))
    assert [page["issue"]["title"] for page in others[:50]] != [page["issue"]["title"] for page in pages[:50]]
    assert 0.8 < len(others) / len(pages) < 1.25


def test_until_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        list(demo.payloads(until=datetime(2026, 1, 1)))  # noqa: DTZ001 - the mistake is the point


def assert_only_adds(earlier: list[Page], later: list[Page]) -> None:
    after = {name_of(page): page for page in later}
    for page in earlier:
        grown = after[name_of(page)]
        assert grown["issue"]["id"] == page["issue"]["id"]
        assert unedited(grown["events"])[: len(page["events"])] == unedited(page["events"])


def test_a_later_until_only_adds(pages: list[Page]) -> None:
    assert_only_adds(list(demo.payloads(until=datetime(2026, 10, 16, 23, 50, 7, tzinfo=UTC))), pages)


def test_the_world_goes_on_after_the_default_until(pages: list[Page]) -> None:
    later = list(demo.payloads(until=datetime(2027, 2, 1, tzinfo=UTC)))
    assert len(later) > len(pages) + 200
    assert_only_adds(pages, later)


def unedited(events: list[Page]) -> list[Page]:
    """A comment keeps its place when it is edited later; only updated_at tells."""
    return [{key: value for key, value in event.items() if key != "updated_at"} for event in events]


def test_there_are_many_different_requests() -> None:
    rooms = (asked_of_infra, asked_of_access, asked_upkeep)
    lists = [value for room in rooms for name, value in vars(room).items() if name.isupper()]
    assert sum(map(len, lists)) >= 80


SECRETS = (
    r"AKIA[0-9A-Z]{16}",
    r"gh[pousr]_\w{20,}",
    r"xox[abp]-",
    r"-----BEGIN",
    r"eyJ[\w-]{20,}\.",
    r"(?i)(password|token|secret)\s*[=:]\s*\S",
    r"(?i)bearer \w{8,}",
)


def test_nothing_looks_like_a_secret(pages: list[Page]) -> None:
    text = json.dumps(pages)
    assert [pattern for pattern in SECRETS if re.search(pattern, text)] == []


def test_no_address_or_name_leads_outside(pages: list[Page]) -> None:
    """Machines are in the networks for documentation, sites under .example, accounts far above any real one."""
    text = json.dumps(pages)
    addresses = set(re.findall(r"\b\d{1,3}(?:\.\d{1,3}){3}\b", text))
    assert all(re.match(r"192\.0\.2\.|198\.51\.100\.|203\.0\.113\.", address) for address in addresses)
    assert set(re.findall(r"https?://([\w.-]+)", text)) <= {"github.com", "api.github.com", "harrow.example"}
    assert all(
        page["issue"]["user"]["id"] >= 900_000_000 or page["issue"]["user"]["login"] == "ghost" for page in pages
    )


def test_every_page_parses(pages: list[Page]) -> None:
    for page in pages:
        records = list(github.parse(page, SITE))
        tickets = [record for record in records if isinstance(record, Ticket)]
        assert len(tickets) == ("pull_request" not in page["issue"])


def test_the_source_knows_every_kind(pages: list[Page]) -> None:
    issues = [page for page in pages if not github.is_pull_request(page)]
    unknown = {kind for page in issues for kind in kinds(page) if not github.is_known(kind)}
    assert unknown == set()


def test_only_traps_are_inferred(pages: list[Page]) -> None:
    """What the source must guess is what was hidden on purpose."""
    for page in pages:
        guessed = [e for e in github.parse(page, SITE) if isinstance(e, Event) and e.origin == "inferred"]
        is_trap = "transferred" in kinds(page) or OLD_LABEL in then_called(page)
        assert not guessed or is_trap


def then_called(page: Page) -> set[str]:
    return {event["label"]["name"] for event in page["events"] if event["event"] == "labeled"}
