"""Which category of work a ticket belongs to: ordered rules, the first that matches wins."""

import re
import warnings
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from settings.base import Table, TrackerPolicy
from settings.toil_presets import TOIL_PRESETS
from settings.words import known_presets

# What Python's regular expressions can do and those of the store's database (RE2) cannot, escaped characters left out.
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = set("abfnrtvdDsSwWBAzx") | set(r"\.+*?()|[]{}^$-/'\"#&%~!@,:;<>=_` ")
_GROUP = re.compile(r"\(\?(?!:|P<\w+>|[ims]+[:)])")
_NAMED_SET = re.compile(r"\[:\^?\w*:\]")
_GREEDY = re.compile(r"[*+?}]\+")
_REPEATS = re.compile(r"\{(\d+)?(?:,(\d+)?)?\}")
_MOST_REPEATS = 1000


def _pattern(text: str) -> str:
    try:
        with warnings.catch_warnings():  # of what a later Python may read otherwise: the store's database does not
            warnings.simplefilter("ignore", FutureWarning)
            re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is not a regular expression ({error})") from None
    if found := _unknown_to_re2(text):
        raise ValueError(f"{text!r} uses {found}, which is not possible here; write it without")
    return text


def _unknown_to_re2(text: str) -> str | None:
    """What of a regular expression cannot be asked of the store, in a few words; None where all of it can."""
    for escaped in _ESCAPED.findall(text):
        if escaped not in _ESCAPES:
            return f"\\{escaped}"
    plain = _ESCAPED.sub("x", text)
    if found := _GROUP.search(plain):
        return plain[found.start() : found.end() + 1]
    if found := _NAMED_SET.search(plain):
        return found[0]
    if found := _GREEDY.search(plain):
        return f"{found[0]!r}, a repetition of a repetition"
    if any(int(number) > _MOST_REPEATS for pair in _REPEATS.findall(plain) for number in pair if number):
        return f"more than {_MOST_REPEATS} repetitions"
    return None


Pattern = Annotated[str, AfterValidator(_pattern)]


class Category(Table):
    """One rule: everything written must hold; of each list, one pattern with * and ? must match, in any case."""

    name: str = Field(min_length=1)
    label: list[str] = Field(default_factory=list)
    type: list[str] = Field(default_factory=list)
    project: list[str] = Field(default_factory=list)
    queue: list[str] = Field(default_factory=list)
    title: Pattern | None = None  # a regular expression found anywhere in the title, in any case
    text: Pattern | None = None  # the same in the description

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not any((self.label, self.type, self.project, self.queue, self.title, self.text)):
            raise ValueError("nothing to recognise a ticket by; write label, type, project, queue, title or text")
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
        """The rules in order, presets spelled out: a list of name, label, type, project, queue, title, text."""
        shipped = [Category(**rule) for preset in self.presets for rule in TOIL_PRESETS[preset]]
        return {"categories": [rule.model_dump() for rule in [*self.category, *shipped]]}
