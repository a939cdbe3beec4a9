"""The made-up year is one that people would believe: quiet in December, bad in October, mending in November."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ingest import demo
from ingest.demo import people
from tests.ingest.demo_pages import Page, instant, kinds, queue_of, triaged_at

LOS_ANGELES = ZoneInfo("America/Los_Angeles")


@pytest.fixture(scope="module")
def issues(pages: list[Page]) -> list[Page]:
    return [page for page in pages if "pull_request" not in page["issue"]]


def test_both_queues_have_their_size(issues: list[Page]) -> None:
    sizes = Counter(map(queue_of, issues))
    assert 1150 < sizes["infra"] < 1450
    assert 240 < sizes["access"] < 360


def opened_by_week(issues: list[Page]) -> Counter[date]:
    days = [
        instant(page["issue"]["created_at"]).astimezone(LOS_ANGELES).date()
        for page in issues
        if queue_of(page) == "infra"
    ]
    return Counter(day - timedelta(days=day.weekday()) for day in days)


def test_weeks_are_of_a_believable_size(issues: list[Page]) -> None:
    weeks = opened_by_week(issues)
    complete = [count for monday, count in weeks.items() if date(2025, 11, 17) <= monday < date(2026, 11, 16)]
    assert len(complete) == 52
    assert min(complete) >= 3 and max(complete) <= 65
    assert 20 <= sum(complete) / 52 <= 28


def test_december_is_quiet_and_the_move_is_noticed(issues: list[Page]) -> None:
    weeks = opened_by_week(issues)
    ordinary = sorted(weeks.values())[len(weeks) // 2]
    assert weeks[date(2025, 12, 29)] < 0.7 * ordinary
    assert weeks[date(2026, 3, 16)] + weeks[date(2026, 3, 23)] > 2.4 * ordinary


def is_morning_of_a_working_day(opened: datetime) -> bool:
    return opened.weekday() < 4 and 9 <= opened.hour < 12


@pytest.fixture(scope="module")
def triaged_the_same_day(issues: list[Page]) -> dict[str, float]:
    """By month of opening: share of the tickets of Monday to Thursday mornings that were triaged that day."""
    verdicts: dict[str, list[bool]] = {}
    for page in issues:
        opened, done = instant(page["issue"]["created_at"]).astimezone(LOS_ANGELES), triaged_at(page)
        if is_morning_of_a_working_day(opened):
            is_same_day = done is not None and done.astimezone(LOS_ANGELES).date() == opened.date()
            verdicts.setdefault(f"{opened:%Y-%m}", []).append(is_same_day)
    return {month: sum(found) / len(found) for month, found in verdicts.items()}


def test_october_was_bad(triaged_the_same_day: dict[str, float]) -> None:
    others = [share for month, share in triaged_the_same_day.items() if month != "2026-10"]
    assert triaged_the_same_day["2026-10"] < 0.75
    assert triaged_the_same_day["2026-10"] < min(others)


def open_at(issues: list[Page], moment: datetime) -> int:
    return sum(
        instant(page["issue"]["created_at"]) < moment
        and (page["issue"]["closed_at"] is None or instant(page["issue"]["closed_at"]) >= moment)
        for page in issues
    )


def test_work_piles_up_in_october_and_november_takes_some_of_it_down(issues: list[Page]) -> None:
    before, after = (open_at(issues, datetime(2026, month, 1, tzinfo=UTC)) for month in (10, 11))
    assert after > 1.4 * before
    assert 55 <= open_at(issues, demo.DEFAULT_UNTIL) < after


def test_the_last_week_leaves_three_untriaged_past_the_promise(issues: list[Page]) -> None:
    untriaged = [page for page in issues if triaged_at(page) is None]
    opened = [instant(page["issue"]["created_at"]) for page in untriaged]
    overdue = [moment for moment in opened if people.LOS_ANGELES.promised(moment) <= demo.DEFAULT_UNTIL]
    assert 2 <= len(overdue) <= 4
    assert timedelta(days=5) < demo.DEFAULT_UNTIL - min(opened) < timedelta(days=7)


def test_the_other_team_works_with_labels_only(issues: list[Page]) -> None:
    for page in issues:
        if queue_of(page) == "access":
            assert not {"added_to_project_v2", "project_v2_item_status_changed"} & set(kinds(page))
