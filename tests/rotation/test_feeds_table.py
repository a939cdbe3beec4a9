"""A plan as CSV: a row for each seat, and nothing that a spreadsheet would run."""

import csv
import io

import pytest

from rotation.feeds.table import COLUMNS, harmless, table
from rotation.plan import Plan
from tests.rotation.problems import team, week


def rows(plan: Plan) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table(plan), newline="")))


def test_every_seat_is_a_row() -> None:
    pins = [{"person": "Cy", "shift": week(0), "is_shadow": True}]
    roles = [{"name": "duty", "people": 2}]
    problem = team("Ana", "Bo", "Cy", weeks=2, zone="Europe/Berlin", roles=roles, pins=pins)
    told = rows(Plan.of(problem, {week(0): ("Ana",), week(1): ("Ana", "Bo")}))
    assert tuple(told[0]) == COLUMNS
    assert [(row["person"], row["kind"], row["starts_at"]) for row in told] == [
        ("Ana", "holds", "2026-11-02T00:00+01:00"),
        ("", "vacant", "2026-11-02T00:00+01:00"),
        ("Cy", "shadows", "2026-11-02T00:00+01:00"),
        ("Ana", "holds", "2026-11-09T00:00+01:00"),
        ("Bo", "holds", "2026-11-09T00:00+01:00"),
    ]
    assert {row["role"] for row in told} == {"duty"}
    assert [row["shift"] for row in told][::3] == [week(0), week(1)]


def test_times_carry_the_offset_of_their_day() -> None:
    problem = team("Ana", weeks=1, first_day="2026-10-19", zone="Europe/Berlin")
    [row] = rows(Plan.of(problem, {"duty/2026-10-19": ("Ana",)}))
    assert (row["starts_at"], row["ends_at"]) == ("2026-10-19T00:00+02:00", "2026-10-26T00:00+01:00")


@pytest.mark.parametrize("name", ['=HYPERLINK("x")', "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_is_a_formula(name: str) -> None:
    problem = team(name, weeks=1)
    [row] = rows(Plan.of(problem, {week(0): (name,)}))
    assert row["person"] == f"'{name}"


def test_other_names_stay_as_they_are() -> None:
    assert [harmless(name) for name in ("Ana", "O'Hara", "a=b", "")] == ["Ana", "O'Hara", "a=b", ""]
