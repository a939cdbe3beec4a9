"""Which category of work a ticket belongs to: ordered rules, the first that matches wins."""

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from settings.base import Table, TrackerPolicy
from settings.words import known_presets

_UNKNOWN_TO_RE2 = re.compile(r"\(\?[=!<]|\\[1-9]")


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is not a regular expression ({error})") from None
    if _UNKNOWN_TO_RE2.search(text):
        raise ValueError(f"{text!r} looks around or back, which is not possible here; write it without")
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]


class Category(Table):
    """One rule: everything written must hold; of each list, one pattern with * and ? must match, in any case."""

    name: str
    label: list[str] = Field(default_factory=list)
    type: list[str] = Field(default_factory=list)
    queue: list[str] = Field(default_factory=list)
    title: Pattern | None = None  # a regular expression found anywhere in the title, in any case
    text: Pattern | None = None  # the same in the description

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not any((self.label, self.type, self.queue, self.title, self.text)):
            raise ValueError("nothing to recognise a ticket by; write label, type, queue, title or text")
        return self


class Toil(TrackerPolicy):
    """Categories of work in order: those written here first, then those of the presets."""

    presets: list[str] = Field(default_factory=list)
    category: list[Category] = Field(default_factory=list)

    @model_validator(mode="after")
    def _presets_exist(self) -> Self:
        known_presets(self.presets, TOIL_PRESETS)
        return self

    def definition(self) -> dict[str, Any]:
        """The rules in order, presets spelled out: a list of name, label, type, queue, title, text."""
        shipped = [Category(**rule) for preset in self.presets for rule in TOIL_PRESETS[preset]]
        return {"categories": [rule.model_dump() for rule in [*self.category, *shipped]]}


_TITLES = {
    "outage or degradation": r"\b(outage|down|unreachable|degraded|5\d\d errors?|time-?outs?|slow)\b",
    "access": r"\b(access|permissions?|account|password|login|log in|vpn|ssh keys?|two-factor|2fa)\b",
    "maintenance": r"\b(upgrade|update|patch|renew|rotate|migrate|clean ?up|certificate|backup)\b",
    "configuration request": r"\b(config|configuration|enable|disable|set up|setup|add|change|create|dns|firewall)\b",
    "help request": r"\b(how (do|to|can)|help|question|cannot|can't|please)\b",
}

TOIL_PRESETS: dict[str, list[dict[str, Any]]] = {
    "labels": [
        {"name": "outage or degradation", "label": ["outage", "incident", "degradation"]},
        {"name": "access", "label": ["access", "access request"]},
        {"name": "maintenance", "label": ["maintenance", "chore"]},
        {"name": "configuration request", "label": ["configuration", "config", "configuration request"]},
        {"name": "help request", "label": ["help", "question", "support", "help request"]},
    ],
    "jira": [
        {"name": "outage or degradation", "type": ["Incident", "[System] Incident"]},
        {"name": "access", "type": ["Access"]},
        {"name": "maintenance", "type": ["Change", "[System] Change"]},
        {"name": "configuration request", "type": ["Service request", "[System] Service request"]},
        {"name": "help request", "type": ["Support", "Question"]},
    ],
    "titles": [{"name": name, "title": pattern} for name, pattern in _TITLES.items()],
}
