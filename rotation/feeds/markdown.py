"""A plan as a Markdown table, weeks down and roles across: for a chat, a wiki, a ticket."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rotation.plan import Plan, PlannedShift


def markdown(plan: Plan) -> str:
    """A row for each week of the plan, named by its first day; who is on from later in the week with the day."""
    roles = [role.name for role in plan.problem.roles]
    rows = [["Week", "From", *map(_escaped, roles)], ["---"] * (len(roles) + 2)]
    for number in range(plan.problem.weeks):
        day = plan.problem.first_day + timedelta(weeks=number)
        year, week, _ = day.isocalendar()
        rows.append([f"{year}-W{week:02}", f"{day:%a} {day}", *(_cell(plan, role, number) for role in roles)])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _cell(plan: Plan, role: str, number: int) -> str:
    since, until = plan.problem.week_spans(range(number, number + 1))[0]
    shifts = [row for row in plan.shifts if row.role == role and since <= row.since < until]
    if len(shifts) == 1:
        return _who(shifts[0], plan)
    return ", ".join(f"{_day(row.since, plan.problem.zone)} {_who(row, plan)}" for row in shifts)


def _who(row: PlannedShift, plan: Plan) -> str:
    vacant = ["**vacant**"] * (plan.problem.shift_by_id[row.shift].people - len(row.people))
    names = " & ".join([*map(_escaped, row.people), *vacant])
    return names + (f" (shadow: {', '.join(map(_escaped, row.shadows))})" if row.shadows else "")


def _day(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%a}"


def _escaped(name: str) -> str:
    """A name that Markdown leaves as it is."""
    return re.sub(r"([\\`*_\[\]<>|~])", r"\\\1", " ".join(name.split()))
