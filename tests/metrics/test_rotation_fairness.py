"""Who has carried what, beside what would have been their share."""

from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

import metrics
from ingest.records import Absence, Account, Record, Shift
from metrics.fairness import COLUMNS, gini, jain, summary
from tests.conftest import OFFICE, History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import EXAMPLES, FEW_EXAMPLES, WORLD, instants, naive
from tests.metrics.rota_oracle import (
    ROTA,
    SAID,
    Held,
    days_of,
    duties,
    expected_weeks,
    is_member,
    rotas,
    runs,
    weeks_of,
)

Store = Callable[..., duckdb.DuckDBPyConnection]
LATER = utc("2026-12-28 00:00")
DUTY = OFFICE + '[[role]]\nname = "duty"\nqueues = ["infra"]\n'


def person(name: str, more: str = "", roles: str = '["duty"]') -> str:
    return f'[[person]]\nname = "{name}"\naccounts = ["test/{name}"]\nroles = {roles}\n{more}\n'


TWO = DUTY + person("ana") + person("bo")


def weeks(*names: str, role: str = "duty", monday: str = "2026-11-02") -> list[Record]:
    """One week each, from a Monday on; an empty name is a week that nobody has."""
    records: list[Record] = [Account(f"test/{name}", "test", name, None, False) for name in {*names} - {""}]
    first = utc(monday)
    for n, name in enumerate(names):
        if name:
            starts, ends = (first + (n + k) * (utc("2026-11-09") - utc("2026-11-02")) for k in (0, 1))
            records.append(Shift(f"{role}/{n}", "cal", role, f"test/{name}", starts, ends))
    return records


def away(name: str, starts: str, ends: str) -> Record:
    return Absence(f"away/{name}/{starts}", "cal", f"test/{name}", utc(starts), utc(ends))


def shares(
    con: duckdb.DuckDBPyConnection, as_of: datetime = LATER, **asked: Any
) -> dict[str, tuple[float, float, float]]:
    """Carried, expected and balance of each person."""
    rows = metrics.rotation_fairness(con, as_of=as_of, **asked)
    told = rows.project("person, duty_weeks, expected_duty_weeks, balance_duty_weeks").fetchall()
    return {name: tuple(round(x, 9) if x is not None else None for x in numbers) for name, *numbers in told}  # type: ignore[misc]


def test_two_people_owe_half_of_each_week(open_store_of: Store) -> None:
    con = open_store_of(weeks("ana", "ana", "ana", "bo"), TWO)
    assert shares(con) == {"ana": (3, 2, 1), "bo": (1, 2, -1)}


def test_a_part_timer_owes_a_part(open_store_of: Store) -> None:
    """Of three weeks, whoever works half as much owes one."""
    con = open_store_of(weeks("ana", "ana", "bo"), DUTY + person("ana") + person("bo", "share = 0.5"))
    assert shares(con) == {"ana": (2, 2, 0), "bo": (1, 1, 0)}


def test_a_newcomer_need_not_catch_up(open_store_of: Store) -> None:
    """Bo joins on the third Monday: of four weeks, one is half of what there was to carry since."""
    con = open_store_of(weeks("ana", "ana", "ana", "bo"), DUTY + person("ana") + person("bo", "joined = 2026-11-16"))
    assert shares(con) == {"ana": (3, 3, 0), "bo": (1, 1, 0)}


def test_who_leaves_owes_nothing_from_that_day_on(open_store_of: Store) -> None:
    con = open_store_of(weeks("ana", "bo", "ana", "ana"), DUTY + person("ana") + person("bo", "left = 2026-11-16"))
    assert shares(con) == {"ana": (3, 3, 0), "bo": (1, 1, 0)}


def test_joining_and_leaving_happen_at_midnight_of_the_person_s_zone(open_store_of: Store) -> None:
    """In Kolkata the 16th begins at 18:30 UTC on the 15th: five and a half hours more to owe half of."""
    joined = person("bo", 'joined = 2026-11-16\nzone = "Asia/Kolkata"')
    con = open_store_of(weeks("ana", "ana", "ana", "bo"), DUTY + person("ana") + joined)
    assert shares(con)["bo"][1] == pytest.approx(1 + 5.5 / 168 / 2)


def test_who_is_away_owes_nothing_meanwhile(open_store_of: Store) -> None:
    """Bo is away for the first two weeks, as two calendars say, of which one ends a day sooner."""
    absent = [away("bo", "2026-11-02", "2026-11-16"), away("bo", "2026-11-01", "2026-11-15")]
    con = open_store_of([*weeks("ana", "ana", "ana", "bo"), *absent], TWO)
    assert shares(con) == {"ana": (3, 3, 0), "bo": (1, 1, 0)}


def test_who_is_away_for_a_part_of_a_week_owes_the_rest(open_store_of: Store) -> None:
    """Bo is away for the first half of the first week, which is Ana's alone to owe."""
    con = open_store_of([*weeks("ana", "bo"), away("bo", "2026-11-02", "2026-11-05 12:00")], TWO)
    assert shares(con) == {"ana": (1, 1.25, -0.25), "bo": (1, 0.75, 0.25)}


def test_where_two_have_it_at_once_both_weeks_are_owed(open_store_of: Store) -> None:
    con = open_store_of([*weeks("ana"), *weeks("", "bo", monday="2026-10-26")], TWO)
    assert shares(con) == {"ana": (1, 1, 0), "bo": (1, 1, 0)}


def test_what_is_owed_of_one_role_is_not_owed_of_another(open_store_of: Store) -> None:
    """Two weeks of duty, and one of lead within them."""
    both = '["duty", "lead"]'
    text = DUTY + '[[role]]\nname = "lead"\n' + person("ana", roles=both) + person("bo", roles=both)
    con = open_store_of([*weeks("ana", "ana"), *weeks("bo", role="lead", monday="2026-11-05")], text)
    rows = metrics.rotation_fairness(con, as_of=LATER).project("role, person, expected_duty_weeks").fetchall()
    assert rows == [("duty", "ana", 1), ("duty", "bo", 1), ("lead", "ana", 0.5), ("lead", "bo", 0.5)]


def test_who_helps_without_being_listed_owes_nothing_and_is_shown(open_store_of: Store) -> None:
    """Cy takes a week; Ana and Bo owe it in halves all the same, and the balances still add up to nothing."""
    con = open_store_of(weeks("ana", "bo", "cy"), TWO)
    assert shares(con) == {"ana": (1, 1.5, -0.5), "bo": (1, 1.5, -0.5), "cy": (1, 0, 1)}
    rows = metrics.rotation_fairness(con, as_of=LATER)
    assert rows.filter("NOT is_listed").project("person, load_ratio").fetchall() == [("cy", None)]
    assert summary(rows).row(0)[:5] == ("duty", 3, 0.0, 0.5, 1.0)


def test_a_cover_counts_for_who_did_it(open_store_of: Store) -> None:
    cover = Shift("cover", "cal", "duty", "test/bo", utc("2026-11-02"), utc("2026-11-05 12:00"))
    con = open_store_of([*weeks("ana", "bo"), cover], TWO)
    assert shares(con) == {"ana": (0.5, 1, -0.5), "bo": (1.5, 1, 0.5)}


def test_a_shift_of_which_somebody_else_did_the_middle_is_one(open_store_of: Store) -> None:
    cover = Shift("cover", "cal", "duty", "test/bo", utc("2026-11-03"), utc("2026-11-05"))
    rows = metrics.rotation_fairness(open_store_of([*weeks("ana", "bo"), cover], TWO), as_of=LATER)
    assert rows.project("person, shifts").fetchall() == [("ana", 1), ("bo", 2)]


def test_a_vacant_week_is_owed_by_nobody(open_store_of: Store) -> None:
    con = open_store_of(weeks("ana", "", "bo"), TWO)
    assert shares(con) == {"ana": (1, 1, 0), "bo": (1, 1, 0)}


def test_a_week_in_which_everybody_was_away_counts_for_who_held_it_all_the_same(open_store_of: Store) -> None:
    absent = [away(name, "2026-11-02", "2026-11-09") for name in ("ana", "bo")]
    con = open_store_of([*weeks("ana", "bo"), *absent], TWO)
    assert shares(con) == {"ana": (1, 0.5, 0.5), "bo": (1, 0.5, 0.5)}


def test_the_burden_is_that_of_the_version_when_the_shift_began(open_store_of: Store) -> None:
    later = TWO + '[[role]]\nname = "duty"\nvalid_from = 2026-11-09\nburden = 3.0\nshare_limit = 0.5\n'
    con = open_store_of(weeks("ana", "bo"), later)
    assert shares(con) == {"ana": (1, 2, -1), "bo": (3, 2, 1)}
    assert shares(con, utc("2026-11-09 00:00")) == {"ana": (1, 0.5, 0.5), "bo": (0, 0.5, -0.5)}


def test_the_limit_is_that_of_the_version_in_force_as_the_window_ends(open_store_of: Store) -> None:
    """A version that begins at that instant comes too late, and nobody is told twice."""
    later = TWO + '[[role]]\nname = "duty"\nvalid_from = 2026-11-09\nshare_limit = 0.5\n'
    con = open_store_of(weeks("ana", "bo"), later)
    for until, limit in (("2026-11-09T00:00Z", 0.25), ("2026-11-09T00:00:01Z", 0.5)):
        rows = metrics.rotation_fairness(con, as_of=LATER, until=until)
        assert rows.project("person, share_limit").fetchall() == [("ana", limit), ("bo", limit)]


def test_a_window_cuts_shifts_and_shares(open_store_of: Store) -> None:
    con = open_store_of(weeks("ana", "bo"), TWO)
    asked = {"since": "2026-11-05T12:00Z", "until": "2026-11-12T12:00Z"}
    assert shares(con, **asked) == {"ana": (0.5, 0.5, 0), "bo": (0.5, 0.5, 0)}
    assert shares(con, utc("2026-11-05 12:00")) == {"ana": (0.5, 0.25, 0.25), "bo": (0, 0.25, -0.25)}
    assert shares(con, until="2026-11-09T00:00Z") == {"ana": (1, 0.5, 0.5), "bo": (0, 0.5, -0.5)}
    assert shares(con, since="2026-11-16T00:00Z") == {}


def test_a_window_has_no_shift_that_begins_as_it_ends(open_store_of: Store) -> None:
    con = open_store_of(weeks("ana", "bo", "bo"), TWO)
    rows = metrics.rotation_fairness(con, as_of=LATER, until="2026-11-09T00:00Z")
    assert rows.project("person, shifts, held_weeks").fetchall() == [("ana", 1, 1.0), ("bo", 0, 0.0)]


def test_who_joins_as_a_window_ends_or_left_as_it_began_is_not_of_it(open_store_of: Store) -> None:
    text = DUTY + person("ana") + person("bo", "joined = 2026-11-16") + person("cy", "left = 2026-11-09")
    con = open_store_of(weeks("ana", "ana", "ana"), text)
    assert shares(con, since="2026-11-09T00:00Z", until="2026-11-16T00:00Z") == {"ana": (1, 1, 0)}


def test_without_a_list_of_members_nobody_knows_who_owes_what(open_store_of: Store) -> None:
    con = open_store_of(weeks("ana", "bo"), DUTY)
    assert shares(con) == {"ana": (1, None, None), "bo": (1, None, None)}
    assert summary(metrics.rotation_fairness(con, as_of=LATER)).row(0)[1:6] == (2, None, None, None, None)


def test_of_a_role_that_nobody_described_no_load_is_known(open_store_of: Store) -> None:
    con = open_store_of(weeks("ana"), OFFICE + person("ana"))
    [row] = metrics.rotation_fairness(con, as_of=LATER).pl().to_dicts()
    assert (row["shifts"], row["held_weeks"], row["longest_run_weeks"]) == (1, 1.0, 1)
    unknown = ("duty_weeks", "expected_duty_weeks", "balance_duty_weeks", "load_ratio", "interruptions")
    assert [row[name] for name in (*unknown, "share_limit", "is_over_limit")] == [None] * 7


def test_the_share_of_time_is_of_the_time_as_a_member_and_at_the_limit_is_fine(open_store_of: Store) -> None:
    """Ana holds one week of four, the limit; Bo, who joined two weeks ago, one of two."""
    con = open_store_of(weeks("ana", "", "", "bo"), DUTY + person("ana") + person("bo", "joined = 2026-11-16"))
    rows = metrics.rotation_fairness(con, as_of=utc("2026-11-30 00:00"))
    told = rows.project("person, member_weeks, share_of_time, share_limit, is_over_limit").fetchall()
    assert told == [("ana", 4.0, 0.25, 0.25, False), ("bo", 2.0, 0.5, 0.25, True)]
    assert summary(rows)["people_over_limit"].to_list() == [1]
    rows = metrics.rotation_fairness(con, as_of=utc("2026-11-30 00:00"), since="2026-10-19T00:00Z")
    assert rows.project("member_weeks, share_of_time").fetchall() == [(6.0, pytest.approx(1 / 6)), (2.0, 0.5)]


def test_who_left_was_a_member_until_then_and_who_is_not_listed_is_measured_by_all_of_it(open_store_of: Store) -> None:
    con = open_store_of(weeks("ana", "bo", "cy"), DUTY + person("ana") + person("bo", "left = 2026-11-16"))
    rows = metrics.rotation_fairness(con, as_of=utc("2026-11-30 00:00"))
    told = rows.project("person, member_weeks, share_of_time, is_over_limit").fetchall()
    assert told == [("ana", 4.0, 0.25, False), ("bo", 2.0, 0.5, True), ("cy", 4.0, 0.25, False)]


def test_runs_and_gaps_and_weekends(open_store_of: Store) -> None:
    """Ana: two weeks, three weeks free, one week. Bo has two in between."""
    rows = metrics.rotation_fairness(open_store_of(weeks("ana", "ana", "bo", "bo", "", "ana"), TWO), as_of=LATER)
    told = rows.project("person, longest_run_weeks, shortest_gap_days, weekend_days").fetchall()
    assert told == [("ana", 2, 0.0, 6.0), ("bo", 2, 0.0, 4.0)]
    rows = metrics.rotation_fairness(open_store_of(weeks("ana", "", "", "ana"), TWO), as_of=LATER)
    told = rows.project("person, longest_run_weeks, shortest_gap_days, weekend_days").fetchall()
    assert told == [("ana", 1, 14.0, 4.0), ("bo", 0, None, 0.0)]


def test_interruptions_are_those_of_the_window(history: History, open_store_of: Store) -> None:
    for n, moment in enumerate(["03 10:00", "04 10:00", "04 10:30"]):
        history.ticket(n, f"2026-11-{moment}")
    con = open_store_of([*history.records, *weeks("ana", "bo")], TWO)
    for since, found in (
        ("2026-11-02T00:00Z", 2),
        ("2026-11-04T00:00Z", 1),
        ("2026-11-04T10:00:01Z", 1),
        ("2026-11-04T10:30:01Z", 0),
    ):
        rows = metrics.rotation_fairness(con, as_of=LATER, since=since)
        assert rows.filter("person = 'ana'").project("interruptions").fetchall() == [(found,)]


def test_roles_are_told_apart_and_a_queue_asks_for_those_that_answer_for_it(
    history: History, open_store_of: Store
) -> None:
    history.ticket(1, "2026-11-03 10:00")
    text = TWO + '[[role]]\nname = "lead"\nqueues = ["access"]\n'
    con = open_store_of([*history.records, *weeks("ana"), *weeks("bo", role="lead")], text)
    rows = metrics.rotation_fairness(con, as_of=LATER)
    assert rows.project("role, person, duty_weeks").fetchall() == [
        ("duty", "ana", 1),
        ("duty", "bo", 0),
        ("lead", "bo", 1),
    ]
    assert shares(con, queue="infra") == {"ana": (1, 0.5, 0.5), "bo": (0, 0.5, -0.5)}


def test_what_a_role_cost_while_it_answered_for_another_queue_is_not_told_of_this_one(
    history: History, open_store_of: Store
) -> None:
    """Ana's first week was for infra, her second one for access: one weekend and one week in a row for each."""
    history.ticket(1, "2026-11-03 10:00")
    history.ticket(2, "2026-11-03 10:00", queue="access")
    later = TWO + '[[role]]\nname = "duty"\nvalid_from = 2026-11-09\nqueues = ["access"]\n'
    con = open_store_of([*history.records, *weeks("ana", "ana")], later)
    for queue in ("infra", "access"):
        rows = metrics.rotation_fairness(con, as_of=LATER, queue=queue).filter("person = 'ana'")
        assert rows.project("shifts, held_weeks, weekend_days, longest_run_weeks").fetchall() == [(1, 1.0, 2.0, 1)]


@pytest.mark.parametrize(
    ("loads", "index", "coefficient"),
    [
        ((5, 3, 3, 2, 2), 0.882, 0.187),
        ((5, 5, 2, 2, 1), 0.763, 0.293),
        ((6, 3, 3, 2, 1), 0.763, 0.293),
        ((5, 6, 2, 1, 1), 0.672, 0.373),
        ((11, 1, 1, 1, 1), 0.360, 0.533),
        ((1, 1, 1), 1.0, 0.0),
        ((1, 0), 0.5, 0.5),
    ],
)
def test_jain_and_gini_of_known_loads(loads: tuple[float, ...], index: float, coefficient: float) -> None:
    assert jain(list(loads)) == pytest.approx(index, abs=5e-4)
    assert gini(list(loads)) == pytest.approx(coefficient, abs=5e-4)


def test_nothing_carried_is_neither_fair_nor_unfair() -> None:
    assert (jain([]), gini([]), jain([0.0, 0.0]), gini([0.0])) == (None, None, None, None)


@EXAMPLES
@given(loads=st.lists(st.integers(0, 50), min_size=1, max_size=8).filter(any))
def test_jain_and_gini_lie_between_even_and_all_on_one(loads: list[int]) -> None:
    n, told = len(loads), [float(load) for load in loads]
    index, coefficient = jain(told), gini(told)
    assert index is not None
    assert coefficient is not None
    assert 1 / n - 1e-9 <= index <= 1 + 1e-9
    assert -1e-9 <= coefficient <= (n - 1) / n + 1e-9


def test_the_summary_in_figures(open_store_of: Store) -> None:
    """Balances +1 and −1: two weeks apart. Ratios 1.5 and 0.5: Jain 4 ÷ (2 × 2.5), Gini 0.25."""
    rows = metrics.rotation_fairness(open_store_of(weeks("ana", "ana", "ana", "bo"), TWO), as_of=LATER)
    assert rows.project("person, load_ratio").fetchall() == [("ana", 1.5), ("bo", 0.5)]
    [row] = summary(rows).to_dicts()
    assert row == {
        "role": "duty",
        "people": 2,
        "spread_duty_weeks": pytest.approx(2),
        "largest_deviation_duty_weeks": pytest.approx(1),
        "jain": pytest.approx(0.8),
        "gini": pytest.approx(0.25),
        "people_over_limit": 1,
    }


def test_the_largest_deviation_is_of_whoever_is_farthest_off(open_store_of: Store) -> None:
    """Ana has all three weeks: she is two above her share, Bo and Cy are one below."""
    con = open_store_of(weeks("ana", "ana", "ana"), TWO + person("cy"))
    told = summary(metrics.rotation_fairness(con, as_of=LATER)).select(
        "spread_duty_weeks", "largest_deviation_duty_weeks"
    )
    assert told.row(0) == pytest.approx((3, 2))


def _wanted(records: list[Record], as_of: datetime, since: datetime) -> dict[tuple[str, str], dict[str, Any]]:
    """Every role and person, half hour by half hour."""
    told = [held for held in duties(records, as_of) if held.over > since]
    owed, found = expected_weeks(records, as_of, since), dict[tuple[str, str], dict[str, Any]]()
    for role in {held.role for held in told}:
        shifts = [held for held in told if held.role == role]
        names = {held.person for held in shifts} | {p.name for p in SAID.person if _was_listed(p, role, since, as_of)}
        for name in names:
            mine = [held for held in shifts if held.person == name]
            found[role, name] = _person(name, role, mine, shifts, since) | {
                "expected_duty_weeks": _expected(role, owed.get((role, name), Fraction(0)), shifts, since)
            }
    return found


def _was_listed(person: Any, role: str, since: datetime, as_of: datetime) -> bool:
    return any(is_member(person, role, since + n * (as_of - since) / 500) for n in range(500))


def _expected(role: str, owed: Fraction, shifts: list[Held], since: datetime) -> Fraction | None:
    is_described = any(held.version for held in shifts)
    return owed if is_described and any(role in p.roles for p in SAID.person) else None


def _person(name: str, role: str, mine: list[Held], shifts: list[Held], since: datetime) -> dict[str, Any]:
    slots = [slot for held in mine for slot in held.slots if slot >= since]
    load = sum(
        (Fraction(str(held.version.burden)) / 336 for held in mine if held.version for s in held.slots if s >= since),
        Fraction(0),
    )
    chains = runs(mine, shifts)
    gaps = [max(0.0, (b.begun - max(h.over for h in chain[: n + 1])).total_seconds()) / 86400
            for chain in chains for n, b in enumerate(chain[1:])]  # fmt: skip
    breaks = [
        (later[0].begun - max(h.over for chain in chains[: n + 1] for h in chain)).total_seconds() / 86400
        for n, later in enumerate(chains[1:])
    ]
    return {
        "shifts": len(mine),
        "held_weeks": Fraction(len(slots), 336),
        "duty_weeks": load if any(held.version for held in shifts) else None,
        "weekend_days": days_of(slots, name, holidays=False) if mine else 0,
        "holiday_days": days_of(slots, name, holidays=True) if mine else 0,
        "longest_run_weeks": max(map(weeks_of, chains), default=0),
        "shortest_gap_days": min(gaps + breaks, default=None),
    }


@FEW_EXAMPLES
@given(records=rotas(), as_of=instants(), begun=st.integers(0, 20))
def test_shares_agree_with_looking_at_every_half_hour(
    opened: Opened, records: list[Record], as_of: datetime, begun: int
) -> None:
    since = utc("2026-10-13 00:00") + begun * (utc("2026-10-14") - utc("2026-10-13"))
    if since >= as_of:
        since = utc("2026-10-13 00:00")
    with opened(records, WORLD + ROTA) as con:
        rows = metrics.rotation_fairness(con, as_of=as_of, since=since)
        assert rows.columns == list(COLUMNS)
        got = {(row["role"], row["person"]): row for row in rows.pl().to_dicts()}
    wanted = _wanted(records, naive(as_of), naive(since))
    assert got.keys() == wanted.keys()
    for key, row in wanted.items():
        exact = {name: float(value) if isinstance(value, Fraction) else value for name, value in row.items()}
        assert {name: got[key][name] for name in exact} == pytest.approx(exact, abs=1e-9), f"{key} as of {as_of}"


@EXAMPLES
@given(held=st.lists(st.sampled_from(["ana", "bo", "cy"]), min_size=1, max_size=8), part=st.integers(1, 10))
def test_balances_add_up_to_nothing_while_somebody_is_there_to_owe(opened: Opened, held: list[str], part: int) -> None:
    text = DUTY + person("ana") + person("bo", f"share = {part / 10}") + person("cy", "joined = 2026-11-10")
    with opened(weeks(*held), text) as con:
        told = shares(con)
    assert sum(balance for _, _, balance in told.values()) == pytest.approx(0, abs=1e-6)
    assert sum(load for load, _, _ in told.values()) == pytest.approx(len(held))
