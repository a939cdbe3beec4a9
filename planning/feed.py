"""A team's calendar feed, made anew from every rota that was published: the same rotas give the same bytes.

UIDs end in a name made of the team and of its first publication, so that they stay for ever; revisions are counted by
going through the publications in order, so that SEQUENCE rises only where something changed.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256

from planning.published import Rota, plan_of
from rotation.feeds import ical
from rotation.feeds.revisions import Revisions, revised

EVER = datetime(1971, 1, 1, tzinfo=UTC)


def calendar(
    team: str,
    rotas: Iterable[Rota],
    *,
    person: str | None = None,
    called: Mapping[str, str] | None = None,
    has_cancelled: bool = True,
) -> bytes:
    """The feed of a team, or of one person of it, as iCalendar.

    `rotas` are all that were published for the team, in any order, as `desk.rotas.published` tells them when it is
    asked for more than its 25. Without any, the feed is empty: whoever subscribes early sees the first rota come.
    `called` are names to write instead of people's own, as in rotation.feeds.revisions, and `has_cancelled` is that of
    rotation.feeds.ical. Raises ValueError where a rota is none, such as one of a later release, or one is missing.
    """
    name = f"{team}: {person}" if person else f"{team} rota"
    found = revisions(team, rotas, called)
    return ical.calendar(found, name, person=person, has_cancelled=has_cancelled).encode()


def revisions(team: str, rotas: Iterable[Rota], called: Mapping[str, str] | None = None) -> Revisions:
    """Everything that the feeds of a team hold."""
    ordered = sorted(rotas, key=lambda rota: rota.sequence)
    if [rota.sequence for rota in ordered] != list(range(1, len(ordered) + 1)):
        raise ValueError(f"a feed is made from every rota that was published for {team}, the first one included")
    begun = ordered[0].published_at.isoformat() if ordered else ""
    found = Revisions(namespace=f"{sha256(f'{team}/{begun}'.encode()).hexdigest()[:12]}.rota.watchbill")
    at = EVER
    for rota in ordered:
        at = max(at, rota.published_at.replace(microsecond=0))  # a clock that was put back stands still until then
        found = revised(found, plan_of(rota.problem, rota.plan), at, called)
    return found
