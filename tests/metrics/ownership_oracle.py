"""A second opinion on who held what, in plain Python: the end of every second of a ticket's life, read along."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import Any

from hypothesis import strategies as st

import settings
from tests.conftest import History
from tests.metrics.oracle import WORLD, Life, Moment, deciding, histories, naive

OWNED_WORLD = f"""{WORLD}
[[person]]
name = "Ana Lindqvist"
accounts = ["test/ana", "test/anna"]

[[ownership]]
queues = ["infra"]
silent_days = 1
dead_days = 2

[[ownership]]
queues = ["infra"]
valid_from = 2026-11-01
silent_days = 2
dead_days = 3

[[ownership]]
queues = ["access"]
silent_days = 3
"""
SAID = settings.parse(OWNED_WORLD, "the world of owners")
PERSONS = {"test/ana": "Ana Lindqvist", "test/anna": "Ana Lindqvist"}
TEAMS = {"infra": "infra", "access": "access"}
_ACTIONS = [
    *[("owner", sign + who) for who in ("ana", "anna", "bo", "machine") for sign in "++-"],
    *[("column", value) for value in ("In progress", "In progress", "Triaged", "Done")],
    *[("label", "+in progress"), ("label", "-in progress"), ("comment", "+Looking."), ("label", "+P0")],
    *[("queue", value) for value in ("infra", "access", "lost", "-infra")],
    *[("status", value) for value in ("open", "closed")],
]


@dataclass(frozen=True)
class Step:
    """What holds when a second is over. owners: name to the place since when it has been held."""

    at: datetime
    now: Moment
    owners: dict[str, tuple[datetime, int]]

    @property
    def holder(self) -> str | None:
        return min(self.owners, key=lambda name: (*self.owners[name], name), default=None)


def owned_histories() -> st.SearchStrategy[History]:
    """Histories in which much changes hands."""
    return histories(tickets=6, fewest=2, steps=6, actions=_ACTIONS)


def steps(life: Life) -> list[Step]:
    found: list[Step] = []
    for at, group in groupby(life.moments, key=lambda now: now.at):
        moments = list(group)
        kept = found[-1].owners if found else {}
        owners: dict[str, tuple[datetime, int]] = {}
        for account in _owners(moments[-1], life):
            name = PERSONS.get(account, account.split("/")[1])
            start = kept.get(name) or (at, _since(moments, account, life))
            owners[name] = min(start, owners.get(name, start))
        found.append(Step(at, moments[-1], owners))
    return found


def _owners(now: Moment, life: Life) -> set[str]:
    return {held.value for held in now.values("owner")} - life.bots


def _since(moments: list[Moment], account: str, life: Life) -> int:
    """The place in this second from which on the account has held the ticket."""
    seq = moments[-1].seq
    for now in reversed(moments):
        if account not in _owners(now, life):
            break
        seq = now.seq
    return seq


def hand_overs(life: Life) -> Iterator[tuple[Any, ...]]:
    """instant, kind, queue, from, to, is_return."""
    told = [step for step in steps(life) if not life.gone_at or step.at < life.gone_at]
    owners: list[str] = []
    queues: list[str] = []
    for step in told:
        queue = step.now.queue
        if step.holder and owners[-1:] != [step.holder]:
            if owners:
                yield step.at, "owner", queue or None, owners[-1], step.holder, step.holder in owners
            owners.append(step.holder)
        if queue and queues[-1:] != [queue]:
            if queues:
                yield step.at, "queue", queue, queues[-1], queue, _is_back(queues, queue)
            queues.append(queue)


def _is_back(queues: list[str], queue: str) -> bool:
    team, teams = TEAMS.get(queue), [TEAMS.get(former) for former in queues]
    return queue in queues or (team is not None and team != teams[-1] and team in teams)


def rows(life: Life) -> Iterator[tuple[Any, ...]]:
    """stage, owners, is_unowned_beyond_triage, owned_since, silent seconds, is_silent, is_dead, handovers, returns."""
    told = steps(life)
    now, owners = told[-1].now, sorted(told[-1].owners)
    if not now.is_open or not life.is_live():
        return
    stage, stays = life.stage(now), life.stays()
    is_triaged = bool(stays) and stays[-1]["left_at"] is None and stays[-1]["triaged_at"] is not None
    is_beyond = is_triaged or stage in ("triaged", "active", "waiting")
    since = None
    for before, step in pairwise([None, *told]):
        if step and step.owners and not (before and before.owners):
            since = step.at
    opened = naive(life.ticket.opened_at)
    quiet_from = max([opened, *life.updates()])
    policy = deciding(SAID.ownership, life.ticket.source, now.queue, quiet_from)
    quiet = life.as_of - quiet_from
    is_silent = is_dead = None
    if policy:
        is_silent = bool(owners) and stage == "active" and quiet >= timedelta(days=policy.silent_days)
        is_dead = quiet >= timedelta(days=policy.dead_days)
    told_of = list(hand_overs(life))
    handovers, returns = sum(kind == "owner" for _, kind, *_ in told_of), sum(row[-1] for row in told_of)
    yield (
        *(stage, owners, is_beyond and not owners, since if owners else None),
        *(quiet.total_seconds(), is_silent, is_dead, handovers, returns),
    )
