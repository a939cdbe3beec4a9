"""A small week before a handoff: one ticket for each thing that is handed over."""

from ingest.records import Account, Shift
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, utc

PEOPLE = "".join(
    f'\n[[person]]\nname = "{name}"\naccounts = ["test/{name.lower()}"]\nroles = ["duty"]\n' for name in ("Ana", "Bo")
)
WORLD = (
    (OFFICE + TRIAGE_PROMISE + PEOPLE).replace("[[priorities]]", '[[priorities]]\nlabel = { P1 = "P1" }')
    + """
[[slo]]
name = "Resolve"
clock = "resolve"
objective = 0.8
goals = [{ priority = ["P1"], within = "16h" }]

[[ownership]]
silent_days = 5
dead_days = 20

[[intake]]
checks = ["title", "priority"]

[[incident]]
presets = ["labels"]

[[role]]
name = "duty"
queues = ["infra", "access"]
"""
)
UNTIL = "2026-11-09 08:00"  # Monday morning


def told(history: History, title: str = "Broken pipe in the cellar") -> History:
    """Ana had the week of 2 November, Bo has the next one."""
    tell = history.ticket
    tell(1, "2026-11-06 16:00", title="Came in late on Friday")  # triage by Monday 12:00, without a priority
    tell(2, "2026-10-05 09:00", ("10:00", "label", "+P1", "ana"), ("11:00", "owner", "+ana", "ana"),
         ("12:00", "label", "+in progress", "ana"), title=title)  # fmt: skip
    tell(3, "2026-11-03 09:00", ("10:00", "label", "+P1", "ana"), ("11:00", "eta", "2026-11-12", "ana"),
         ("12:00", "owner", "+bo", "ana"), title="Promised for Thursday")  # fmt: skip
    tell(4, "2026-11-03 09:00", ("10:00", "label", "+waiting", "ana"), ("11:00", "comment", "Which one?", "ana"),
         title="Waits for its asker")  # fmt: skip
    tell(5, "2026-11-05 09:00", ("10:00", "label", "+incident", "ana"), ("10:00", "label", "+P1", "ana"),
         title="The cellar is under water")  # fmt: skip
    tell(6, "2026-11-04 09:00", ("10:00", "comment", "Which door?", "ana"), ("11:00", "comment", "That.", "asker"),
         title="The requester spoke last")  # fmt: skip
    tell(7, "2026-11-02 09:00", ("10:00", "label", "+P1", "ana"), ("11:00", "status", "closed", "ana"),
         title="Done and complete")  # fmt: skip
    tell(8, "2026-11-03 09:00", queue="access", title="Another queue of the role")
    shifts = (("ana", "2026-11-02", "2026-11-09"), ("bo", "2026-11-09", "2026-11-16"))
    for person, starts, ends in shifts:
        account = f"test/{person}"
        history.records += [Account(account, "test", person, None, False),
                            Shift(f"s-{person}", "cal", "duty", account, utc(starts), utc(ends))]  # fmt: skip
    return history
