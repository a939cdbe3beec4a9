"""Toil rules as somebody edits them: from what a store carries to the text of one [[toil]] table, and back."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from settings import SettingsError, Toil, parse
from settings.toil_presets import TOIL_PRESETS

LONGEST_DRAFT = 20_000  # characters
_FIELDS = ("name", "label", "type", "project", "queue", "title", "text")


def written(rules: Sequence[Mapping[str, Any]], queues: Sequence[str] = ("*",), sources: Sequence[str] = ("*",)) -> str:
    """The table for rules in order. Those at the end that a preset spells out are written as the preset's name."""
    own, presets = folded(rules)
    head = {"sources": list(sources), "queues": list(queues)}
    lines = ["[[toil]]", *(f"{name} = {_value(said)}" for name, said in head.items() if said != ["*"])]
    lines += [f"presets = {_value(presets)}"] if presets else []
    for rule in own:
        lines += ["", "[[toil.category]]"]
        lines += [f"{name} = {_value(rule[name])}" for name in _FIELDS if rule.get(name)]
    return "\n".join(lines) + "\n"


def folded(rules: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Rules without those at the end that presets spell out, and the presets, in order."""
    own = [_bare(rule) for rule in rules]
    presets: list[str] = []
    longest_first = sorted(TOIL_PRESETS, key=lambda name: -len(TOIL_PRESETS[name]))
    shipped = {name: [_bare(rule) for rule in TOIL_PRESETS[name]] for name in longest_first}
    while found := next((name for name, preset in shipped.items() if own[-len(preset) :] == preset), None):
        presets.insert(0, found)
        del own[-len(shipped[found]) :]
    return own, presets


def _bare(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {name: rule[name] for name in _FIELDS if rule.get(name)}


def read(text: str) -> Toil:
    """The rules that a draft states: one [[toil]] table. Raises SettingsError."""
    if len(text) > LONGEST_DRAFT:
        raise SettingsError(f"the draft: longer than {LONGEST_DRAFT:,} characters; leave something out")
    said = parse(text, "the draft")
    if len(said.toil) != 1 or said.model_fields_set != {"toil"}:
        raise SettingsError("the draft: write one [[toil]] table and nothing else")
    return said.toil[0]


def with_rule(text: str, rule: Mapping[str, Any]) -> str:
    """The draft with a rule before all others: it is tried first. Raises SettingsError."""
    said = read(text)
    return written([_bare(rule), *said.definition()["categories"]], said.queues, said.sources)


def _value(said: str | Sequence[str]) -> str:
    if isinstance(said, str):
        return _text(said)
    return f"[{', '.join(map(_text, said))}]"


def _text(text: str) -> str:
    """A string of TOML: literal where that spares backslashes."""
    if "\\" in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
