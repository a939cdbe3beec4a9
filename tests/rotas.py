"""A small team with a rota in its calendar, for the pages that show and plan it."""

from datetime import date, timedelta

from ingest.records import Absence, Account, Record, Shift
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, utc

HOSTILE_NAME = "<b>Dee</b> & =Co"
UNTIL = "2026-11-18 12:00"  # a Wednesday: the plan begins on Monday 23 November
PEOPLE = "".join(
    f'[[person]]\nname = "{name}"\naccounts = ["test/{login}"]\nroles = ["duty"]\n'
    for login, name in (("ana", "Ana"), ("bo", "Bo"), ("cy", "Cy"), ("dee", HOSTILE_NAME))
)
ROLE = '[[role]]\nname = "duty"\nqueues = ["infra"]\nshare_limit = 0.25\n'
TEXT = OFFICE + TRIAGE_PROMISE + PEOPLE + ROLE
HELD = ("ana", "bo", "cy", "dee", "ana", "bo")  # the weeks from 12 October on
TO_COME = ("cy", "dee", "ana")  # ... from 23 November


def shift(login: str, starts: str, ends: str) -> list[Record]:
    account = Account(f"test/{login}", "test", login, None, False)
    return [account, Shift(f"cal/{login}/{starts}", "cal", "duty", f"test/{login}", utc(starts), utc(ends))]


def records() -> list[Record]:
    """A ticket a week, the duties held and to come, and Bo away in the week of 7 December."""
    history = History()
    for number in range(10):
        history.ticket(number + 1, f"{date(2026, 9, 8) + timedelta(weeks=number)} 09:00")
    mondays = ["10-12", "10-19", "10-26", "11-02", "11-09", "11-16", "11-23", "11-30", "12-07", "12-14"]
    found = list(history.records)
    for place, login in enumerate((*HELD, *TO_COME)):
        found += shift(login, f"2026-{mondays[place]}", f"2026-{mondays[place + 1]}")
    found.append(Absence("cal/away", "cal", "test/bo", utc("2026-12-07"), utc("2026-12-14")))
    return found
