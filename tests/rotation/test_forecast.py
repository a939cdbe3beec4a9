"""The forecast: sane for any history, about right where the truth is known, and honest about its error."""

import math
import random
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import metrics
import settings
from ingest import intake
from ingest.github import archive as github_archive
from metrics.weeks import Week
from rotation.forecast import (
    AHEAD,
    FEWEST_WEEKS,
    HALF_LIVES,
    Backtest,
    Forecast,
    TooLittleHistory,
    forecast,
    quantile,
)

MONDAY = date(2026, 1, 5)


def told(counts: Sequence[int | None]) -> list[tuple[date, int | None]]:
    return [(MONDAY + timedelta(weeks=n), count) for n, count in enumerate(counts)]


def after(counts: Sequence[int | None], weeks: int = 4) -> list[date]:
    return [MONDAY + timedelta(weeks=len(counts) + n) for n in range(weeks)]


def foretold(counts: Sequence[int | None], weeks: int = 4) -> Forecast:
    found = forecast(told(counts), after(counts, weeks))
    assert isinstance(found, Forecast)
    return found


def judged(counts: Sequence[int | None]) -> Backtest:
    backtest = foretold(counts).backtest
    assert backtest is not None
    return backtest


def test_a_queue_that_never_varies_is_expected_to_go_on() -> None:
    found = foretold([6] * 30)
    assert [week.monday for week in found.weeks] == after([6] * 30)
    assert [week.expected for week in found.weeks] == pytest.approx([6, 6, 6, 6])
    assert found.usual == 6
    assert found.backtest is not None
    assert (found.backtest.error, found.backtest.within) == (pytest.approx(0), 1)


def test_a_queue_without_tickets_may_still_get_one() -> None:
    [week] = foretold([0] * 20, weeks=1).weeks
    assert (week.expected, week.low) == (0, 0)
    assert week.high <= 1


def test_a_queue_that_dried_up_is_forgotten_fast() -> None:
    found = foretold([20] * 20 + [0] * 10)
    assert found.half_life == min(HALF_LIVES)
    assert found.weeks[0].expected < 1
    assert found.usual == pytest.approx(400 / 30)


@pytest.mark.parametrize("known", range(FEWEST_WEEKS))
def test_too_little_history_is_said_and_nothing_is_invented(known: int) -> None:
    counts = [3] * known + [None] * 5
    assert forecast(told(counts), after(counts)) == TooLittleHistory(known)
    assert f"knows {known} complete week" in TooLittleHistory(known).sentence()


def test_enough_to_foretell_may_be_too_little_to_be_judged() -> None:
    assert foretold([3] * (FEWEST_WEEKS + AHEAD - 1)).backtest is None
    assert judged([3] * (FEWEST_WEEKS + AHEAD)).weeks == 1


def test_a_week_that_is_not_known_is_not_a_week_without_tickets() -> None:
    assert foretold([4, None] * 12).weeks[0].expected == pytest.approx(4)


def test_the_backtest_by_hand() -> None:
    """Eight fours and then four fives; the first guess was made after eight weeks, of the twelfth: 4 by all means."""
    assert judged([4] * 8 + [5] * 4) == Backtest(1, pytest.approx(1), 1, 1, 1)


def test_the_backtest_looks_at_nothing_that_came_later() -> None:
    counts = [3, 5, 2, 8, 6, 4, 4, 7, 1, 5, 9, 2, 6, 5, 3, 5]
    errors = [judged(counts[:n]) for n in range(12, 17)]
    sums = [found.error * found.weeks for found in errors]
    added = [later - earlier for earlier, later in pairwise(sums)]
    for n, error in zip(range(13, 17), added, strict=True):
        guess = foretold(counts[: n - AHEAD], weeks=1).weeks[0].expected
        assert error == pytest.approx(abs(counts[n - 1] - guess))


def test_the_sentence_tells_the_errors_beside_simpler_guesses() -> None:
    words = Backtest(40, 5.708, 7.925, 6.36, 0.85).sentence()
    assert words == (
        "Over 40 past weeks, guessed 4 weeks ahead, this was off by 5.7 tickets a week on average; repeating the last "
        "week known by 7.9, the mean of eight weeks by 6.4. Of those weeks, 85% fell between low and high; about 80% "
        "should."
    )


counts_of_weeks = st.lists(st.none() | st.integers(0, 400), min_size=0, max_size=60)


@given(counts_of_weeks)
def test_whatever_the_history_the_interval_is_sane(counts: list[int | None]) -> None:
    found = forecast(told(counts), after(counts))
    if isinstance(found, TooLittleHistory):
        assert found.known < FEWEST_WEEKS
        return
    most = max(count for count in counts if count is not None)
    for week in found.weeks:
        assert 0 <= week.low <= week.high
        assert 0 <= week.expected <= most
        assert week.low <= math.ceil(week.expected)
    if found.backtest:
        assert 0 <= found.backtest.within <= 1 and math.isfinite(found.backtest.error)


@given(st.lists(st.integers(0, 60), min_size=FEWEST_WEEKS, max_size=40))
def test_weeks_not_known_before_the_history_change_nothing(counts: list[int]) -> None:
    assert foretold([None] * 7 + counts).weeks[0].high == foretold(counts).weeks[0].high


def poisson(rng: random.Random, mean: float) -> int:
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count, product = count + 1, product * rng.random()
    return count


def scattered(rng: random.Random, mean: float) -> int:
    """A negative binomial with a variance of three times the mean: a Poisson whose mean varies."""
    return poisson(rng, rng.gammavariate(mean / 2, 2))


@pytest.mark.parametrize("mean", [0.5, 2, 6, 25])
@pytest.mark.parametrize("draw", [poisson, scattered])
def test_about_four_of_five_weeks_fall_into_the_interval(
    draw: Callable[[random.Random, float], int], mean: float
) -> None:
    """Small counts come in steps, so that the interval holds more than it promises; never much less."""
    rng = random.Random(f"{draw.__name__} {mean}")
    hits = 0
    for _ in range(200):
        *past, came = (draw(rng, mean) for _ in range(41))
        [week] = foretold(past, weeks=1).weeks
        hits += week.low <= came <= week.high
    assert 0.76 * 200 <= hits <= (0.93 if mean > 5 else 1) * 200


@pytest.mark.parametrize(("share", "count"), [(0.1, 0), (0.5, 2), (0.9, 4), (0.99, 6)])
def test_quantiles_of_a_poisson_as_in_tables(share: float, count: int) -> None:
    assert quantile(2, 2, share) == count


def test_quantiles_of_a_negative_binomial_by_hand() -> None:
    """Shape 1: each further ticket is half as likely as the one before; 1/2, 3/4, 7/8, 15/16."""
    assert [quantile(1, 2, share) for share in (0.4, 0.6, 0.8, 0.9)] == [0, 1, 2, 3]


def test_quantiles_of_large_counts_join_those_of_small_ones() -> None:
    for share in (0.1, 0.9):
        assert quantile(999.9, 4_000, share) == pytest.approx(quantile(1_000.1, 4_000, share), abs=4)


@pytest.mark.parametrize(
    ("history", "ahead", "complaint"),
    [
        ([(MONDAY, 1), (MONDAY + timedelta(days=14), 1)], [], "give every week, with None if not known"),
        ([(MONDAY, -1)], [], "cannot have -1 tickets"),
        (told([1, 2]), [MONDAY], "is part of the history; ask about weeks after 2026-01-12"),
    ],
)
def test_what_is_no_history_is_refused(
    history: list[tuple[date, int | None]], ahead: list[date], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        forecast(history, ahead)


def arrivals(store: Path, as_of: str, weeks: int, queue: str | None = None) -> list[int]:
    con = metrics.open_store(store)
    last = Week.containing(datetime.fromisoformat(as_of).replace(tzinfo=UTC), "UTC").shifted(-1)
    bounds = last.through(weeks)
    rows = metrics.flow(con, as_of=as_of, queue=queue).pl()
    con.close()
    opened = rows.filter(rows["change"] == 1)["occurred_at"].dt.replace_time_zone("UTC").to_list()
    return [sum(week.starts_at <= moment < week.ends_at for moment in opened) for week in bounds]


def test_on_the_demo_it_guesses_better_than_the_last_week(demo_store: Path) -> None:
    for queue in ("infra", "access", "operations", "PROD"):
        found = judged(arrivals(demo_store, "2026-11-16T16:30Z", 51, queue))
        assert found.weeks == 40
        assert found.error < found.error_of_last_week
        assert found.error < 1.02 * found.error_of_eight_weeks
        assert 0.7 <= found.within <= 1


@pytest.mark.shared
def test_on_a_real_queue_of_six_years(shared: Path, tmp_path: Path) -> None:
    """Sixteen in a hundred better than the last week; the mean of eight weeks is as good, and better by a hair."""
    store = tmp_path / "real.duckdb"
    replies = github_archive.replies(shared / "real" / "github-bitcoin-core-gui" / "issues.jsonl.xz", "gui")
    intake.take_in(store, settings.parse(settings.DEFAULT_TOML, "the defaults"), "github", "gui", replies)
    found = judged(arrivals(store, "2026-08-21T00:00Z", 320))
    assert found.weeks == 309
    assert found.error == pytest.approx(0.92, abs=0.005)
    assert found.error_of_last_week == pytest.approx(1.09, abs=0.005)
    assert found.error_of_eight_weeks == pytest.approx(0.90, abs=0.005)
    assert found.within == pytest.approx(0.95, abs=0.005)
