"""/feeds/<team>.ics: the rota that was published, for calendar programs to subscribe to; ?person= for one person's.

It is read from the desk alone: it goes on while there is no store.
"""

import hashlib
from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

import metrics
from desk import rotas
from desk.store import DeskError, desk_file
from metrics.teams import teams
from planning.feed import calendar
from serving import snapshots
from serving.guard import answered, feed_key, may_read_feed, turned_away

EVERY = 1_000_000  # a feed is made from every rota that was published


def feed_path(team: str, person: str | None = None) -> str:
    """Where a feed is, with the key that opens it where there is a token to make one from."""
    told = {"person": person, "key": feed_key(team, person)}
    query = urlencode({name: text for name, text in told.items() if text})
    return f"/feeds/{quote(team, safe='')}.ics{'?' if query else ''}{query}"


async def feed(request: Request) -> Response:
    team, person = request.path_params["team"], request.query_params.get("person") or None
    if not may_read_feed(request, team, person):
        return _no_key(request)
    try:
        told = await run_in_threadpool(_calendar, team, person)
    except (DeskError, ValueError) as error:
        return answered({"error": str(error)}, 503)
    if told is None:
        known = await run_in_threadpool(_teams)
        return answered({"error": f"there is no team {team!r}; there are {', '.join(known)}"}, 404)
    headers = {
        "ETag": f'"{hashlib.sha256(told).hexdigest()[:32]}"',
        "Cache-Control": "private, no-cache",
        "Content-Disposition": 'inline; filename="rota.ics"',
        "X-Content-Type-Options": "nosniff",
    }
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(told, media_type="text/calendar; charset=utf-8", headers=headers)


def _no_key(request: Request) -> Response:
    if request.query_params.get("key"):
        return answered({"error": "This key opens no feed: copy the address anew from the page Planner."}, 403)
    return turned_away()


def _calendar(team: str, person: str | None) -> bytes | None:
    """None for a team that nobody knows: where a store tells the teams, a mistyped name is no empty calendar."""
    published = rotas.published(desk_file(snapshots.store()), team, EVERY)
    if not published and team not in (known := _teams()) and known:
        return None
    return calendar(team, published, person=person)


def _teams() -> list[str]:
    try:
        snapshot = snapshots.newest()
        until = snapshot.until
    except metrics.StoreError:
        return []
    if until is None:
        return []
    with snapshot.reading() as con:
        return [team.name for team in teams(con, as_of=until)]
