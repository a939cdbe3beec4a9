"""A run as a whole: what is taken in, what is left out and said, and what is there after a kill at any moment."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import pytest

import metrics
import settings
from ingest import intake, journal
from ingest.github import archive as github_archive
from ingest.journal import Reply
from ingest.store import StoreError, folder, journal_folder

TOP = Path(__file__).parents[2]
OFFICE = settings.parse(settings.DEFAULT_TOML, "test")
FACTS = ("ticket", "event", "account", "gone")
Page = dict[str, Any]
Content = dict[str, list[tuple[Any, ...]]]


def page(number: int = 1, *events: Page, **facts: Any) -> Page:
    """A made-up issue; its events happen a minute apart."""
    url = f"https://api.github.com/repos/acme/infra/issues/{number}"
    opened = datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(minutes=7 * number)
    issue = {
        "url": url,
        "html_url": f"https://github.com/acme/infra/issues/{number}",
        "number": number,
        "title": f"Ticket {number}",
        "user": {"login": f"asker{number % 7}", "type": "User"},
        "labels": [],
        "assignees": [],
        "state": "open",
        "state_reason": None,
        "created_at": _z(opened),
        "updated_at": _z(opened + timedelta(days=1)),
        "closed_at": None,
        "body": "Words. " * 20,
    }
    mona = {"login": "mona", "type": "User"}
    timeline = [
        {"id": number * 100 + n, "actor": mona, "created_at": _z(opened + timedelta(minutes=n)), **event}
        for n, event in enumerate(events, start=1)
    ]
    return {"type": "issue", "issue": issue | facts, "events": timeline}


def _z(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def labelled(name: str) -> Page:
    return {"event": "labeled", "label": {"name": name}}


def replies(*pages: Page | str, scope: str = "") -> Iterable[Reply]:
    bodies = [told if isinstance(told, str) else json.dumps(told) for told in pages]
    return [Reply("github", scope, f"saved.jsonl, line {n}", body) for n, body in enumerate(bodies, start=1)]


def take_in(path: Path, *pages: Page | str, **more: Any) -> intake.Outcome:
    return intake.take_in(path, OFFICE, "github", "infra", replies(*pages), **more)


def ask(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(path.resolve(), read_only=True) as con:
        return con.execute(sql).fetchall()


def content(path: Path) -> Content:
    return {table: ask(path, f"FROM {table} ORDER BY ALL") for table in FACTS}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "watchbill.duckdb"


# --- What is taken in -------------------------------------------------------------------------------


def test_a_run_says_what_it_did(path: Path) -> None:
    outcome = take_in(path, page(1, labelled("lamp"), {"event": "yawned"}, labels=[{"name": "lamp"}]), page(2))
    assert (outcome.tickets, outcome.events, outcome.left_out, outcome.rejected) == (2, 10, 0, [])
    assert outcome.changed == {"ticket": 2, "event": 10, "account": 3}
    assert outcome.unknown == {"yawned": 1}


def test_the_same_pages_again_change_nothing(path: Path) -> None:
    pages = [page(1, labelled("lamp")), page(2), page(3, {"event": "closed"})]
    take_in(path, *pages)
    before = content(path)
    again = take_in(path, *pages)
    assert again.changed.total() == 0 and again.tickets == 3
    assert content(path) == before


def test_a_pull_request_is_left_out_and_counted(path: Path) -> None:
    assert take_in(path, page(1), page(2, pull_request={"url": "x"})).left_out == 1
    assert ask(path, "SELECT key FROM ticket") == [("infra#1",)]


def test_two_queues_come_one_after_the_other_into_one_store(path: Path) -> None:
    take_in(path, page(1))
    other = page(1, url="https://api.github.com/repos/acme/access/issues/1")
    intake.take_in(path, OFFICE, "github", "doors", replies(other, scope="doors"))
    queues = ask(path, "SELECT ticket_id, new FROM event WHERE field = 'queue' ORDER BY 1")
    assert queues == [("github/acme/access#1", "doors"), ("github/acme/infra#1", "infra")]
    assert ask(path, "SELECT scope FROM sync_run ORDER BY started_at") == [("infra",), ("doors",)]


def test_of_one_number_told_twice_the_later_telling_wins_and_no_event_is_lost(path: Path) -> None:
    outcome = take_in(path, page(1, labelled("lamp"), title="Old"), page(1, {"event": "closed", "id": 7}, title="New"))
    assert outcome.rejected == []
    assert ask(path, "SELECT title FROM ticket") == [("New",)]
    assert {field for (field,) in ask(path, "SELECT field FROM event")} >= {"label", "status"}


def test_accounts_of_all_pages_are_kept_once(path: Path) -> None:
    take_in(path, page(1, labelled("a")), page(8, labelled("a")))
    assert ask(path, "SELECT login FROM account ORDER BY 1") == [("asker1",), ("mona",)]


# --- What cannot be taken in ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("{", "not JSON"),
        ("", "not JSON"),
        ("[1]", "not a JSON object"),
        ("null", "not a JSON object"),
        ("[" * 100_000, "not JSON: maximum recursion depth"),
        ('{"number": ' + "9" * 5_000 + "}", "not JSON"),
        (page(2, title=None), "title should be text"),
        (page(2, created_at="2026-03-02T09:00:00"), "no time zone"),
        ({"type": "issue", "issue": page()["issue"]}, "not an issue with its timeline: KeyError: 'events'"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place_and_the_rest_is_taken_in(
    path: Path, broken: Page | str, reason: str
) -> None:
    outcome = take_in(path, page(1), broken, page(3))
    [(place, words)] = outcome.rejected
    assert place == "saved.jsonl, line 2" and reason in words
    assert ask(path, "SELECT key FROM ticket ORDER BY 1") == [("infra#1",), ("infra#3",)]
    assert ask(path, "SELECT source, place, reason FROM rejected") == [("github", place, words)]
    assert ask(path, "SELECT rejected FROM sync_run") == [(1,)]


@pytest.mark.parametrize("text", ["half a \\ud83d character", "a \\u0000 character", "x" * 3_000_000])
def test_odd_text_spoils_no_run(path: Path, text: str) -> None:
    outcome = take_in(path, json.dumps(page(1)).replace("Ticket 1", text), page(2))
    assert outcome.rejected == [] and outcome.tickets == 2


def test_settings_that_cannot_be_used_stop_a_run_before_anything_is_read(path: Path) -> None:
    broken = settings.parse(settings.DEFAULT_TOML.replace('zone = "UTC"', 'zone = "UTC"\ncountry = "XX"'), "test")
    unread = iter(replies(page(1)))
    with pytest.raises(settings.SettingsError, match="office"):
        intake.take_in(path, broken, "github", "infra", unread)
    assert len(list(unread)) == 1 and not path.exists()


# --- Until when the history is known ----------------------------------------------------------------


def test_history_is_known_until_just_after_its_last_event(path: Path) -> None:
    take_in(path, page(1, labelled("a"), labels=[{"name": "a"}]))
    assert ask(path, "SELECT data_until::VARCHAR FROM sync_run") == [("2026-03-02 09:08:01",)]


def test_or_until_the_instant_its_source_tells_in_whatever_zone(path: Path) -> None:
    told = datetime(2026, 3, 9, 12, tzinfo=timezone(timedelta(hours=2)))
    take_in(path, page(1), data_until=told)
    assert ask(path, "SELECT data_until::VARCHAR FROM sync_run") == [("2026-03-09 10:00:00",)]
    con = metrics.open_store(path)
    assert metrics.data_until(con) == told
    con.close()


def test_a_run_that_read_nothing_does_not_say_until_when(path: Path) -> None:
    assert take_in(path).data_until is None
    assert ask(path, "SELECT tickets, data_until FROM sync_run") == [(0, None)]


# --- Inferences and time ----------------------------------------------------------------------------


def test_an_inference_stays_when_a_later_reading_would_push_it_forward(path: Path) -> None:
    gone = page(1, labelled("lamp"))
    take_in(path, gone)
    lost = "SELECT occurred_at FROM event WHERE origin = 'inferred'"
    before = ask(path, lost)
    take_in(path, gone | {"issue": gone["issue"] | {"updated_at": "2026-04-01T00:00:00Z"}})
    assert ask(path, lost) == before


def test_a_label_renamed_between_two_runs_has_todays_name_as_in_a_store_made_today(path: Path, tmp_path: Path) -> None:
    before, after = (page(1, labelled("db"), labels=[{"name": name}]) for name in ("db", "area/db"))
    take_in(path, before)
    take_in(path, after)
    take_in(tmp_path / "fresh.duckdb", after)
    assert content(path) == content(tmp_path / "fresh.duckdb")


# --- The journal ------------------------------------------------------------------------------------


def test_reading_the_journal_again_gives_the_same_tables(path: Path) -> None:
    first = page(1, labelled("lamp"))
    take_in(path, first, page(2), "{")
    take_in(path, first | {"issue": first["issue"] | {"updated_at": "2026-04-01T00:00:00Z", "title": "Later"}})
    before = content(path)
    outcome = intake.reparse(path, OFFICE)
    assert outcome.changed.total() == 0 and len(outcome.rejected) == 1
    assert content(path) == before


def test_a_store_lost_altogether_comes_back_from_its_journal(path: Path) -> None:
    first = page(1, labelled("lamp"))
    take_in(path, first)
    take_in(path, first | {"issue": first["issue"] | {"updated_at": "2026-04-01T00:00:00Z"}}, page(2))
    before = content(path)
    path.unlink()
    for file in folder(path).glob("*.duckdb"):
        file.unlink()
    intake.reparse(path, OFFICE)
    assert content(path) == before


def test_without_a_journal_there_is_nothing_to_read_again_and_no_store_is_made(path: Path) -> None:
    with pytest.raises(StoreError, match="has no journal to read again"):
        intake.reparse(path, OFFICE)
    assert not path.exists() and not folder(path).exists()


def test_what_could_not_be_parsed_is_in_the_journal(path: Path) -> None:
    take_in(path, "{")
    assert [reply.body for reply in journal.replay(journal_folder(path))] == ["{"]


# --- Settings and the demo --------------------------------------------------------------------------


def test_settings_are_put_into_a_store_that_is_there_and_into_no_other(path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store"):
        intake.apply_settings(path, OFFICE)
    assert not path.exists() and not folder(path).exists()
    take_in(path, page(1))
    before = content(path)
    intake.apply_settings(path, settings.parse('[[team]]\nname = "night"\ncalendar = "always"\nqueues = ["*"]', "test"))
    assert ask(path, "SELECT team FROM team") == [("night",)] and content(path) == before


def test_a_demo_takes_the_place_of_the_demo_before_it(path: Path) -> None:
    take_in(path, page(1), is_demo=True)
    take_in(path, page(2), is_demo=True)
    assert ask(path, "SELECT key FROM ticket") == [("infra#2",)]
    assert ask(path, "SELECT is_demo FROM store_meta") == [(True,)]


def test_real_tickets_take_the_place_of_a_demo_and_of_its_journal(path: Path) -> None:
    take_in(path, page(1), is_demo=True)
    outcome = take_in(path, page(2))
    assert outcome.replaces_demo
    intake.reparse(path, settings.parse("", "test"))
    assert ask(path, "SELECT key FROM ticket") == [("infra#2",)]
    assert ask(path, "SELECT is_demo FROM store_meta") == [(False,)]


def test_a_demo_never_takes_the_place_of_real_tickets(path: Path) -> None:
    take_in(path, page(1))
    before = content(path)
    with pytest.raises(StoreError, match="tickets of your own"):
        take_in(path, page(2), is_demo=True)
    assert content(path) == before


# --- Killed at any moment ---------------------------------------------------------------------------

# Takes an archive in, and kills itself at its nth step: a file opened, renamed, linked or removed in the store, or
# another thirty pages read. Without a number it goes through and says how many steps there were.
STEPPING = """
import os, pathlib, signal, sys
import settings
from ingest import intake
from ingest.github import archive as github_archive
path, archive, deadly = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
steps = 0
def step():
    global steps
    steps += 1
    if steps == deadly:
        os.kill(os.getpid(), 9)
def watch(event, arguments):
    if event in ("open", "os.rename", "os.symlink", "os.remove", "os.mkdir", "shutil.copyfile", "fcntl.flock"):
        if event == "fcntl.flock" or str(path.parent) in "".join(map(str, arguments)):
            step()
def stepping(replies):
    for n, reply in enumerate(replies):
        if n % 30 == 0:
            step()
        yield reply
sys.addaudithook(watch)
replies = stepping(github_archive.replies(archive, None))
intake.take_in(path, settings.load(pathlib.Path("none")), "github", "infra", replies)
print(steps)
"""

# Takes an archive in and says every page, so that it can be killed from outside while it works.
TALKING = """
import pathlib, sys
import settings
from ingest import intake
from ingest.github import archive as github_archive
def talking(replies):
    for n, reply in enumerate(replies):
        print(n, flush=True)
        yield reply
path, archive = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
replies = talking(github_archive.replies(archive, None))
intake.take_in(path, settings.load(pathlib.Path("none")), "github", "infra", replies)
print("published", flush=True)
"""
KILLS = 15
PAGES = 200


def start(program: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)], cwd=TOP, stdout=subprocess.PIPE, text=True
    )


def archive(file: Path, pages: Iterable[Page]) -> Path:
    file.write_text("".join(json.dumps(told) + "\n" for told in pages), encoding="utf-8")
    return file


def read_whole(path: Path, file: Path) -> Content:
    intake.take_in(path, OFFICE, "github", "infra", github_archive.replies(file, None))
    return content(path)


class Years:
    """An old archive and a newer one of the same queue, a store of the old, and what stores of either hold."""

    def __init__(self, place: Path, pages: int = PAGES) -> None:
        old = [page(n, labelled("a"), labelled("b")) for n in range(1, pages)]
        new = [page(n, labelled("a"), labelled("b"), {"event": "closed"}, title="New") for n in range(50, pages + 50)]
        self.newer = archive(place / "new.jsonl", new)
        self.store = place / "old" / "s.duckdb"
        self.store.parent.mkdir()
        self.old = read_whole(self.store, archive(place / "old.jsonl", old))
        undisturbed = self.copied(place / "undisturbed")
        self.new = read_whole(undisturbed, self.newer)
        assert self.new != self.old

    def copied(self, place: Path) -> Path:
        shutil.copytree(self.store.parent, place, symlinks=True)
        return place / self.store.name


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Years:
    return Years(tmp_path_factory.mktemp("years"))


def steps_of_a_whole_run(years: Years, place: Path) -> int:
    told, _ = start(STEPPING, years.copied(place), years.newer, 0).communicate()
    return int(told)


def killed_at(step: int, path: Path, file: Path) -> Path:
    run = start(STEPPING, path, file, step)
    run.communicate()
    assert run.returncode == -signal.SIGKILL, f"step {step} is one of the run's"
    return path


def killed_after(pages_read: int, path: Path, file: Path) -> Path:
    run = start(TALKING, path, file)
    assert run.stdout
    for _ in range(pages_read):
        run.stdout.readline()
    run.kill()
    run.communicate()
    return path


def test_a_run_killed_at_any_step_leaves_the_old_store_or_the_new_and_the_next_run_completes(
    years: Years, tmp_path: Path
) -> None:
    last = steps_of_a_whole_run(years, tmp_path / "whole")
    chosen = sorted({1 + (last - 1) * n // (KILLS - 1) for n in range(KILLS)})
    with ThreadPoolExecutor(2) as pool:
        stores = list(pool.map(lambda n: killed_at(n, years.copied(tmp_path / str(n)), years.newer), chosen))
    found = [content(path) for path in stores]
    assert all(held in (years.old, years.new) for held in found)
    assert found[0] == years.old and found[-1] == years.new, "the chosen steps lie on both sides of the publishing"
    assert all(read_whole(path, years.newer) == years.new for path in stores[::3])


def test_a_first_run_killed_leaves_no_store_or_a_whole_one(years: Years, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        stores = list(pool.map(lambda n: killed_at(n, tmp_path / str(n) / "s.duckdb", years.newer), (3, 12, 16)))
    for path in stores:
        assert not path.exists()
        assert len(read_whole(path, years.newer)["ticket"]) == PAGES


@pytest.mark.parametrize("pages_read", [1, PAGES // 2, PAGES, PAGES])
def test_a_run_killed_from_outside_leaves_the_old_store_or_the_new(
    years: Years, tmp_path: Path, pages_read: int
) -> None:
    path = killed_after(pages_read, years.copied(tmp_path / "killed"), years.newer)
    assert content(path) in (years.old, years.new)
    assert read_whole(path, years.newer) == years.new


@pytest.mark.soak
@pytest.mark.skipif(not os.environ.get("WATCHBILL_SOAK"), reason="a long hunt: make soak")
def test_runs_killed_from_outside_again_and_again_never_tear_the_store(tmp_path: Path) -> None:
    years = Years(tmp_path, pages=1_500)
    dice = random.Random(20_261_121)
    path = years.copied(tmp_path / "hunted")
    for _ in range(200):
        killed_after(dice.randrange(1, 1_502), path, years.newer)
        assert content(path) in (years.old, years.new)
    assert read_whole(path, years.newer) == years.new


@pytest.mark.soak
@pytest.mark.skipif(not os.environ.get("WATCHBILL_SOAK"), reason="a long hunt: make soak")
def test_a_run_killed_at_every_single_step_leaves_the_old_store_or_the_new(years: Years, tmp_path: Path) -> None:
    for step in range(1, 1 + steps_of_a_whole_run(years, tmp_path / "whole")):
        path = killed_at(step, years.copied(tmp_path / str(step)), years.newer)
        assert content(path) in (years.old, years.new)
        assert read_whole(path, years.newer) == years.new
