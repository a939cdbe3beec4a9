"""Diaries as GitHub's REST API would tell them: the issue as it stands, and its timeline."""

import base64
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from ingest.demo import year
from ingest.demo.diary import Happening, Opening
from ingest.demo.people import GHOST, Person
from ingest.demo.world import Life

OWNER = "harrow-hosting"
API = "https://api.github.com"
BOARD_TITLE = "Infra board"
COLOURS = {"P0": "b60205", "P1": "d93f0b", "P2": "fbca04", "P3": "c2e0c6", "incident": "b60205", "stale": "eeeeee"}
# A move on the board is not a change of the issue, nor is being mentioned.
SILENT = ("project_v2_item_status_changed", "added_to_project_v2", "mentioned", "subscribed")

Json = dict[str, Any]


def payloads(lives: Sequence[Life], until: datetime) -> Iterator[Json]:
    """One page per issue, as an archive of the two calls made at `until` would hold it."""
    event_numbers = _event_numbers(lives)
    issue_numbers = _issue_numbers(lives)
    for place, life in enumerate(lives):
        timeline = [
            _event(life.opening, happening, event_numbers[place, n]) for n, happening in enumerate(life.happenings)
        ]
        yield {"type": "issue", "issue": _issue(life, issue_numbers[place], until), "events": timeline}


def _event_numbers(lives: Sequence[Life]) -> dict[tuple[int, int], int]:
    """Counted up over all repositories in the order of time: what comes later never renumbers what was."""
    places = [(h.at, place, n) for place, life in enumerate(lives) for n, h in enumerate(life.happenings)]
    return {(place, n): 17 * rank for rank, (_, place, n) in enumerate(sorted(places), start=1)}


def _issue_numbers(lives: Sequence[Life]) -> dict[int, int]:
    order = sorted(range(len(lives)), key=lambda place: (lives[place].opening.shows_at, place))
    return {place: 2_900_000_000 + 23 * rank for rank, place in enumerate(order)}


def _instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _node(prefix: str, number: int) -> str:
    return f"{prefix}_{base64.urlsafe_b64encode(number.to_bytes(8, 'big')).decode().rstrip('=')}"


def _repository(opening: Opening) -> str:
    return f"{OWNER}/{opening.queue}"


def _urls(opening: Opening) -> tuple[str, str]:
    path = f"{_repository(opening)}/issues/{opening.number}"
    return f"{API}/repos/{path}", f"https://github.com/{path}"


def user(person: Person) -> Json:
    number = 10137 if person == GHOST else person.account_number
    return {
        "login": person.login,
        "id": number,
        "node_id": _node("BOT" if person.is_bot else "U", number),
        "avatar_url": "",
        "gravatar_id": "",
        "url": f"{API}/users/{person.login}",
        "html_url": f"https://github.com/{person.login}",
        "type": person.kind,
        "site_admin": False,
    }


def _actor(person: Person) -> Json | None:
    """A deleted account is nobody where it acted, and a placeholder where it wrote."""
    return None if person == GHOST else user(person)


def _spelling(label: str, moment: datetime) -> str:
    """One label was renamed: the timeline keeps the old name, the issue shows today's."""
    old, new, renamed_at = year.LABEL_RENAMED
    return old if label == new and moment < renamed_at else label


def _event(opening: Opening, happening: Happening, number: int) -> Json:
    kind, api = happening.kind, f"{API}/repos/{_repository(opening)}/issues"
    head: Json = {"event": kind, "actor": _actor(happening.who), "created_at": _instant(happening.at)}
    if kind == "cross-referenced":
        return head | _cross_reference(happening)
    if kind == "commented":
        return head | _comment(opening, happening, 3_400_000_000 + number)
    number += 21_000_000_000
    head |= {"id": number, "node_id": _node("EV", number), "url": f"{api}/events/{number}"}
    return head | {"commit_id": None, "commit_url": None} | _particulars(happening)


def _particulars(happening: Happening) -> Json:
    what = happening.what
    match happening.kind:
        case "labeled" | "unlabeled":
            name = _spelling(what, happening.at)
            return {"label": {"name": name, "color": COLOURS.get(what, "bfd4f2")}}
        case "assigned" | "unassigned":
            assert happening.whom is not None
            return {"assignee": user(happening.whom)}
        case "closed":
            return {"state_reason": what}
        case "milestoned":
            return {"milestone": {"title": what}}
        case "renamed":
            return {"rename": {"from": happening.was, "to": what}}
        case "locked":
            return {"lock_reason": what}
        case "added_to_project_v2":
            return {"project_v2": {"title": BOARD_TITLE}}
        case "project_v2_item_status_changed":
            return {"previous_status": happening.was, "status": what, "project_v2": {"title": BOARD_TITLE}}
        case "issue_field_added":
            return {"issue_field": {"name": what, "value": "M"}}
    return {}


def _comment(opening: Opening, happening: Happening, number: int) -> Json:
    api, page = _urls(opening)
    edited_at = happening.at + timedelta(seconds=happening.edited_after)
    return {
        "id": number,
        "node_id": _node("IC", number),
        "url": f"{API}/repos/{_repository(opening)}/issues/comments/{number}",
        "html_url": f"{page}#issuecomment-{number}",
        "issue_url": api,
        "updated_at": _instant(edited_at),
        "author_association": happening.who.association,
        "body": happening.what,
        "user": user(happening.who),
    }


def _cross_reference(happening: Happening) -> Json:
    """The one kind without an id."""
    assert happening.about is not None
    source, (api, page) = happening.about, _urls(happening.about)
    issue = {"number": source.number, "title": source.ask.title, "url": api, "html_url": page}
    return {
        "updated_at": _instant(happening.at),
        "source": {"type": "issue", "issue": issue | {"repository": {"full_name": _repository(source)}}},
    }


def _issue(life: Life, number: int, until: datetime) -> Json:
    opening, happenings = life.opening, life.happenings
    api, page = _urls(opening)
    facts: Json = {
        "url": api,
        "repository_url": f"{API}/repos/{_repository(opening)}",
        "labels_url": f"{api}/labels{{/name}}",
        "comments_url": f"{api}/comments",
        "events_url": f"{api}/events",
        "html_url": page,
        "id": number,
        "node_id": _node("I", number),
        "number": opening.number,
        "title": _last(happenings, "renamed", opening.ask.title),
        "user": user(opening.author),
        "author_association": opening.author.association,
        "body": life.body,
        "comments": sum(h.kind == "commented" for h in happenings),
        "created_at": _instant(opening.at),
        "updated_at": _instant(_updated_at(opening, happenings)),
    }
    facts |= _standing(opening, happenings, until)
    return facts | ({"pull_request": {"html_url": page, "url": api}} if opening.story == "pull request" else {})


def _last(happenings: Sequence[Happening], kind: str, otherwise: str) -> str:
    return next((h.what for h in reversed(happenings) if h.kind == kind), otherwise)


def _updated_at(opening: Opening, happenings: Sequence[Happening]) -> datetime:
    changes = [h.at + timedelta(seconds=h.edited_after) for h in happenings if h.kind not in SILENT]
    return max([opening.shows_at, *changes])


def _standing(opening: Opening, happenings: Sequence[Happening], until: datetime) -> Json:
    """Where all that happened has left the issue."""
    labels, assignees = _labels(opening, happenings, until), _assignees(happenings)
    milestone, lock = _last(happenings, "milestoned", ""), _last(happenings, "locked", "")
    return {
        "labels": labels,
        "assignees": assignees,
        "assignee": assignees[0] if assignees else None,
        "milestone": _milestone(milestone) if milestone else None,
        "locked": bool(lock),
        "active_lock_reason": lock or None,
        **_ending(happenings),
    }


def _ending(happenings: Sequence[Happening]) -> Json:
    """A conversion to a discussion closes an issue without a word."""
    turns = [h for h in happenings if h.kind in ("closed", "reopened", "converted_to_discussion")]
    if not turns:
        return {"state": "open", "state_reason": None, "closed_at": None, "closed_by": None}
    last = turns[-1]
    if last.kind == "reopened":
        return {"state": "open", "state_reason": "reopened", "closed_at": None, "closed_by": None}
    return {
        "state": "closed",
        "state_reason": last.what or None,
        "closed_at": _instant(last.at),
        "closed_by": user(last.who),
    }


def _labels(opening: Opening, happenings: Sequence[Happening], until: datetime) -> list[Json]:
    names = set(opening.carried_labels)
    for happening in happenings:
        if happening.kind in ("labeled", "unlabeled"):
            (names.add if happening.kind == "labeled" else names.discard)(happening.what)
    return [_label(opening, name, _spelling(name, until)) for name in sorted(names)]


def _label(opening: Opening, label: str, name: str) -> Json:
    """A label keeps its number when it is renamed."""
    number = 7_000_000_000 + zlib.crc32(f"{opening.queue}/{label}".encode())
    return {
        "id": number,
        "node_id": _node("LA", number),
        "url": f"{API}/repos/{_repository(opening)}/labels/{name}",
        "name": name,
        "color": COLOURS.get(name, "bfd4f2"),
        "default": False,
        "description": None,
    }


def _assignees(happenings: Sequence[Happening]) -> list[Json]:
    """In the order they were assigned."""
    people: dict[str, Person] = {}
    for happening in happenings:
        if happening.kind == "assigned" and happening.whom:
            people[happening.whom.login] = happening.whom
        if happening.kind == "unassigned" and happening.whom:
            people.pop(happening.whom.login, None)
    return [user(person) for person in people.values()]


def _milestone(title: str) -> Json:
    number = 1 + zlib.crc32(title.encode()) % 40
    return {"id": 11_000_000 + number, "node_id": _node("MI", number), "number": number, "title": title}
