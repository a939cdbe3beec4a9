"""Who may do what once they have signed in."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import Field

from settings.base import Table

Part = Literal["viewer", "planner"]


class Access(Table):
    """Viewers read; planners read, decide, plan and publish. Who is named nowhere may do neither.

    People are named by e-mail, or a pattern with * and ?, or by a group that the provider tells of them.
    """

    viewers: list[str] = Field(default_factory=list)
    viewer_groups: list[str] = Field(default_factory=list)
    planners: list[str] = Field(default_factory=list)
    planner_groups: list[str] = Field(default_factory=list)
    groups_claim: str = "groups"  # where the provider tells the groups; dots lead inwards: realm_access.roles

    def part_of(self, claims: Mapping[str, Any]) -> Part | None:
        """What somebody of whom the provider says this may do. An e-mail it calls unverified is nobody's."""
        email = str(claims.get("email") or "") if claims.get("email_verified") is not False else ""
        groups = _groups(claims, self.groups_claim)
        if _is_named(email, self.planners) or groups & set(self.planner_groups):
            return "planner"
        if _is_named(email, self.viewers) or groups & set(self.viewer_groups):
            return "viewer"
        return None

    @property
    def names_nobody(self) -> bool:
        return not (self.viewers or self.viewer_groups or self.planners or self.planner_groups)


def _is_named(email: str, patterns: list[str]) -> bool:
    return bool(email) and any(fnmatchcase(email.casefold(), pattern.casefold()) for pattern in patterns)


def _groups(claims: Mapping[str, Any], place: str) -> set[str]:
    found: Any = claims
    for name in place.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return {found}
    return {group for group in found if isinstance(group, str)} if isinstance(found, list | tuple) else set()
