"""The stories of the duty team, the product team and the old help desk, as a desk without any ways of its own sees
them: believable by their numbers, repeatable, and never ahead of themselves."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from ingest import demo
from ingest.demo import duty_team, old_queue, people, product_team
from tests.ingest.demo_desk import Done, Recorder

TELLERS: dict[str, Callable[[Any, int, datetime], None]] = {
    "phorge": duty_team.live,
    "jira": product_team.live,
    "rt": old_queue.live,
}
EARLIER = datetime(2026, 6, 16, 17, 20, 31, tzinfo=UTC)
ENDINGS, RETURNS = ("close", "merge", "hide"), ("reopen",)


def told(tracker: str, *, seed: int = 7, until: datetime = demo.DEFAULT_UNTIL) -> Recorder:
    desk = Recorder(until)
    TELLERS[tracker](desk, seed, until)
    return desk


@pytest.fixture(scope="module")
def desks() -> dict[str, Recorder]:
    return {tracker: told(tracker) for tracker in TELLERS}


@pytest.fixture(params=TELLERS)
def tracker(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def desk(desks: dict[str, Recorder], tracker: str) -> Recorder:
    return desks[tracker]


# --- Told twice ---------------------------------------------------------------------------------------


def test_the_same_seed_tells_the_same_story(desk: Recorder, tracker: str) -> None:
    assert told(tracker).done == desk.done


def test_another_seed_tells_another_of_about_the_same_length(desk: Recorder, tracker: str) -> None:
    other = told(tracker, seed=1)
    assert other.done[:50] != desk.done[:50]
    assert 0.7 < other.tickets / desk.tickets < 1.4


def test_an_earlier_until_tells_the_beginning_of_the_same_story(desk: Recorder, tracker: str) -> None:
    shorter = told(tracker, until=EARLIER).done
    assert shorter == desk.done[: len(shorter)]
    assert all(done.at >= EARLIER for done in desk.done[len(shorter) :])


def test_things_are_done_one_after_the_other_and_none_from_until_on(desk: Recorder) -> None:
    instants = [done.at for done in desk.done]
    assert instants == sorted(instants)
    assert instants[-1] < demo.DEFAULT_UNTIL
    assert all(instant.microsecond == 0 for instant in instants)


# --- Possible -----------------------------------------------------------------------------------------


def about(desk: Recorder, ticket: str) -> list[Done]:
    return [done for done in desk.done if done.ticket == ticket]


def histories(desk: Recorder) -> list[list[Done]]:
    found: dict[str, list[Done]] = {done.ticket: [] for done in desk.of("open")}
    for done in desk.done:
        if done.ticket in found:
            found[done.ticket].append(done)
    return list(found.values())


def test_everybody_who_does_something_has_a_login(desk: Recorder) -> None:
    doers = {done.who for done in desk.done if done.verb not in ("hide", "show", "herald")}
    owners = {done.said[1] for done in desk.of("assign") if done.said[1]}
    assert doers | owners <= set(desk.people)


def test_people_act_only_while_they_work_here(desk: Recorder, tracker: str) -> None:
    dolores = people.DOLORES.login_at(tracker)
    acts = [done for done in desk.done if done.who == dolores]
    assert all(people.LOS_ANGELES.local(done.at).date() < people.DOLORES.left for done in acts)


def test_nothing_happens_to_a_ticket_that_is_out_of_sight_or_merged_away(desk: Recorder) -> None:
    for history in histories(desk):
        verbs = [done.verb for done in history]
        assert "merge" not in verbs[:-1]
        assert "hide" not in verbs[:-1] or verbs[-1] == "show"


def test_nothing_closed_is_closed_again_and_nothing_open_is_reopened(desk: Recorder, tracker: str) -> None:
    for history in histories(desk):
        turns = [done.verb for done in history if done.verb in ("close", "reopen")]
        if tracker == "rt":
            continue  # there a reply of the customer reopens
        assert all(before != after for before, after in pairwise(["reopen", *turns]))


def test_every_change_changes_something(desk: Recorder) -> None:
    for history in histories(desk):
        for verb in ("assign", "prioritise", "rename"):
            values = [done.said[1] for done in history if done.verb == verb]
            assert all(before != after for before, after in pairwise(values))


def test_no_word_is_left_unfilled(desk: Recorder) -> None:
    texts = [str(part) for done in desk.done for part in done.said[1:]]
    assert not [text for text in texts if "{about}" in text or "{author}" in text or "{eta}" in text]


# --- Believable ---------------------------------------------------------------------------------------


def is_open_at_the_end(history: list[Done]) -> bool:
    turns = [done.verb for done in history if done.verb in (*ENDINGS, *RETURNS)]
    return not turns or turns[-1] in RETURNS


def by_month(desk: Recorder) -> Counter[str]:
    return Counter(f"{done.at:%Y-%m}" for done in desk.of("open"))


SIZES = {"phorge": (220, 310), "jira": (160, 225), "rt": (130, 190)}
OPEN = {"phorge": (8, 30), "jira": (10, 35), "rt": (2, 12)}
REOPENED = {"phorge": (0.05, 0.15), "jira": (0.03, 0.12)}


def test_each_has_its_size(desk: Recorder, tracker: str) -> None:
    smallest, biggest = SIZES[tracker]
    assert smallest <= desk.tickets <= biggest


def test_some_is_still_open_at_the_end(desk: Recorder, tracker: str) -> None:
    fewest, most = OPEN[tracker]
    assert fewest <= sum(map(is_open_at_the_end, histories(desk))) <= most


@pytest.mark.parametrize("tracker", REOPENED, indirect=True)
def test_some_comes_back(desk: Recorder, tracker: str) -> None:
    least, most = REOPENED[tracker]
    found = histories(desk)
    assert least <= sum(any(done.verb == "reopen" for done in history) for history in found) / len(found) <= most


@pytest.mark.parametrize("tracker", ["phorge", "jira"], indirect=True)
def test_weeks_are_of_a_believable_size(desk: Recorder, tracker: str) -> None:
    weeks = Counter((done.at.date() - timedelta(days=done.at.weekday())) for done in desk.of("open"))
    assert max(weeks.values()) <= 22
    assert sum(count > 0 for count in weeks.values()) >= 48


def test_the_old_queue_dries_up_towards_summer(desks: dict[str, Recorder]) -> None:
    months = by_month(desks["rt"])
    assert min(months[month] for month in ("2026-01", "2026-02")) > 15
    assert months["2026-05"] < 0.6 * months["2026-02"]
    assert sum(count for month, count in months.items() if month >= "2026-07") <= 6
    assert max(done.at.date() for done in desks["rt"].of("open")) <= date(2026, 8, 22)


def test_customers_are_not_told_what_is_said_among_ourselves(desks: dict[str, Recorder]) -> None:
    notes = [done for done in desks["rt"].of("comment") if dict(done.more).get("is_internal")]
    assert len(notes) > 20
    assert all("@" not in done.who for done in notes)
    customers = [done for done in desks["rt"].of("comment") if "@" in done.who]
    assert len(customers) > 40


def test_hostile_titles_are_everywhere(desk: Recorder) -> None:
    titles = [str(done.said[1]) for done in desk.of("open")]
    assert any(any(odd in title for odd in ("<b>", "=SUM", "\\", "﷽", "{braces}")) for title in titles)


def test_a_post_mortem_leaves_actions_with_a_date_and_some_are_late(desks: dict[str, Recorder]) -> None:
    desk = desks["jira"]
    labels = Counter(str(done.said[1]) for done in desk.of("label"))
    actions = {done.ticket for done in desk.of("open") if dict(done.more)["kind"] == "Action item"}
    assert labels["postmortem"] >= 6 and len(actions) >= 15
    late = 0
    for ticket in actions:
        history = about(desk, ticket)
        due = max(date.fromisoformat(str(done.said[1])) for done in history if done.verb == "due")
        closed = [done.at.date() for done in history if done.verb == "close"]
        late += (closed[0] if closed else demo.DEFAULT_UNTIL.date()) > due
        assert any(done.verb == "link" for done in history)
    assert 3 <= late <= 0.6 * len(actions)
