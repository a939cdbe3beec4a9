"""How much a made-up GitHub lets itself be asked: points by the hour, and impatience with those who ask too fast."""

import json
import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ingest.demo.trackers.wire import Response

Resource = Literal["graphql", "core"]
Style = Literal["403 with a time", "403 without", "429", "200"]
HOUR = 3600
TOO_FAST = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
USED_UP = "API rate limit exceeded for user ID 1."
JSON_TYPE = {"Content-Type": "application/json; charset=utf-8"}


@dataclass
class Limits:
    """`spent` counts all points ever; `impatience` are refusals still to come, one for each request."""

    is_off: bool = False
    hourly: int = 5_000
    spent: dict[str, int] = field(default_factory=lambda: {"graphql": 0, "core": 0})
    impatience: list[Style] = field(default_factory=list)
    _used: dict[str, int] = field(default_factory=lambda: {"graphql": 0, "core": 0})
    _resets_at: dict[str, int] = field(default_factory=dict)

    def spend(self, resource: Resource, points: int, now: datetime) -> None:
        self._renew(resource, now)
        self._used[resource] += points
        self.spent[resource] += points

    def remaining(self, resource: Resource, now: datetime) -> int:
        self._renew(resource, now)
        return max(0, self.hourly - self._used[resource])

    def resets_at(self, resource: Resource, now: datetime) -> int:
        self._renew(resource, now)
        return self._resets_at[resource]

    def headers(self, resource: Resource, now: datetime) -> dict[str, str]:
        if self.is_off:
            return {}
        return {
            "x-ratelimit-limit": str(self.hourly),
            "x-ratelimit-remaining": str(self.remaining(resource, now)),
            "x-ratelimit-used": str(self._used[resource]),
            "x-ratelimit-reset": str(self._resets_at[resource]),
            "x-ratelimit-resource": resource,
        }

    def refusal(self, resource: Resource, now: datetime) -> Response | None:
        if self.impatience:
            return _impatient(self.impatience.pop(0), self.headers(resource, now))
        if self.is_off or self.remaining(resource, now) > 0:
            return None
        headers = JSON_TYPE | self.headers(resource, now)
        if resource == "core":
            return Response(403, json.dumps({"message": USED_UP}).encode(), headers)
        return Response(200, json.dumps({"errors": [{"type": "RATE_LIMIT", "message": USED_UP}]}).encode(), headers)

    def _renew(self, resource: Resource, now: datetime) -> None:
        if now.timestamp() >= self._resets_at.get(resource, 0):
            self._used[resource], self._resets_at[resource] = 0, math.floor(now.timestamp()) + HOUR


def _impatient(style: Style, headers: dict[str, str]) -> Response:
    body = json.dumps({"message": TOO_FAST}).encode()
    match style:
        case "403 with a time":
            return Response(403, body, JSON_TYPE | headers | {"Retry-After": "30"})
        case "429":
            return Response(429, body, JSON_TYPE | headers)
        case "200":
            return Response(200, json.dumps({"errors": [{"message": TOO_FAST}]}).encode(), JSON_TYPE | headers)
    return Response(403, body, JSON_TYPE | headers)
