"""Jira's rich text as plain text: the Atlassian Document Format of API v3, and the wiki markup of v2."""

import re
from collections.abc import Mapping
from typing import Any

# What stands between a node's children; nodes not named here run on.
_BETWEEN = {"doc": "\n", "tableRow": " | "}
_BLOCKS = frozenset(
    [
        "bulletList",
        "orderedList",
        "taskList",
        "decisionList",
        "blockquote",
        "panel",
        "expand",
        "nestedExpand",
        "listItem",
        "taskItem",
        "decisionItem",
        "table",
        "tableCell",
        "tableHeader",
        "layoutSection",
        "layoutColumn",
        "bodiedExtension",
    ]
)
_BULLETS = {"listItem": "- ", "taskItem": "- ", "decisionItem": "- "}

_VERBATIM = re.compile(r"\{(noformat|code)(?::[^}]*)?\}(.*?)\{\1\}", re.DOTALL)
_WIKI: list[tuple[re.Pattern[str], str]] = [
    (re.compile(r"\{(?:quote|panel|color|expand|section|column|anchor)(?:[:=][^}]*)?\}"), ""),
    (re.compile(r"^h[1-6]\.[ \t]+", re.MULTILINE), ""),
    (re.compile(r"^bq\.[ \t]+", re.MULTILINE), ""),
    (re.compile(r"^[ \t]*[*#-]+[ \t]+", re.MULTILINE), "- "),
    (re.compile(r"\[~(?:accountid:)?([^\]\s]+)\]"), r"@\1"),
    (re.compile(r"\[([^\]|\n]+)\|([^\]|\s]+)(?:\|[^\]\n]*)?\]"), r"\1 (\2)"),
    (re.compile(r"\[((?:https?|mailto):[^\]\s]+)\]"), r"\1"),
    (re.compile(r"\{\{(.+?)\}\}"), r"\1"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]*[^*\s])\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_\n]*[^_\s])_(?![\w_])"), r"\1"),
]


def plain(body: Any) -> str:
    """The words of a body, whichever way it is written; "" for none."""
    if isinstance(body, Mapping):
        return _node(body).strip("\n")
    return _wiki(body) if isinstance(body, str) else ""


def _node(node: Mapping[str, Any]) -> str:
    kind, attributes = node.get("type", ""), node.get("attrs") or {}
    match kind:
        case "text":
            return _linked(node)
        case "hardBreak":
            return "\n"
        case "rule":
            return "---"
        case "mention" | "status":
            return str(attributes.get("text") or attributes.get("id") or "")
        case "emoji":
            return str(attributes.get("text") or attributes.get("shortName") or "")
        case "inlineCard" | "blockCard" | "embedCard":
            return str(attributes.get("url") or "")
        case "media":
            return str(attributes.get("alt") or "")
    children = [_node(child) for child in node.get("content") or [] if isinstance(child, Mapping)]
    between = _BETWEEN.get(kind, "\n" if kind in _BLOCKS else "")
    return _BULLETS.get(kind, "") + between.join(children)


def _linked(node: Mapping[str, Any]) -> str:
    text = str(node.get("text") or "")
    marks = node.get("marks") or []
    target = next((mark.get("attrs", {}).get("href") for mark in marks if mark.get("type") == "link"), None)
    return f"{text} ({target})" if target and target != text else text


def _wiki(text: str) -> str:
    """Without its markup. What stands in code is left as it is."""
    done, place = "", 0
    for verbatim in _VERBATIM.finditer(text):
        done += _without_markup(text[place : verbatim.start()]) + verbatim[2].strip("\n")
        place = verbatim.end()
    return done + _without_markup(text[place:])


def _without_markup(text: str) -> str:
    for pattern, words in _WIKI:
        text = pattern.sub(words, text)
    return text
