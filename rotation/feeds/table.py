"""A plan as CSV, a row for each seat: for spreadsheets, and for `watchbill import rota`."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from rotation.plan import Plan, PlannedShift

COLUMNS = ("role", "person", "starts_at", "ends_at", "kind", "shift")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(plan: Plan) -> str:
    """The rows in order of time. `kind` is holds, shadows or vacant; instants are those of the team's zone.

    A cell that a spreadsheet would take for a formula begins with an apostrophe.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in plan.shifts:
        times = [_local(moment, plan.problem.zone) for moment in (row.since, row.until)]
        for person, kind in _seats(row, plan):
            writer.writerow(map(harmless, (row.role, person, *times, kind, row.shift)))
    return text.getvalue()


def _seats(row: PlannedShift, plan: Plan) -> Iterator[tuple[str, str]]:
    yield from ((person, "holds") for person in row.people)
    yield from [("", "vacant")] * (plan.problem.shift_by_id[row.shift].people - len(row.people))
    yield from ((person, "shadows") for person in row.shadows)


def harmless(cell: str) -> str:
    """The cell as spreadsheets take it for text. A name that begins with an apostrophe gets a second one."""
    return f"'{cell}" if cell.startswith((*FORMULA, "'")) else cell


def _local(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes")
