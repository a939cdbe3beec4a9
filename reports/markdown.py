"""Text from anywhere as Markdown that shows it literally: nothing in it is a sign, a link, a mention or a tag."""

import re
import unicodedata

from metrics.wording import shortened

_SIGNS = re.compile(r"([\\`*_\[\]{}()#+!|~$<>&-])")
_ADDRESS = re.compile(r"https?://[^\s<>\"'`\\|]+")
_ENUMERATION = re.compile(r"^(\d+)\.")


def literal(text: str, most: int = 300) -> str:
    """One line of it: breaks and what cannot be seen are spaces, and nobody is called by an @.

    >>> literal("<b>a</b> [x](y)")
    '\\\\<b\\\\>a\\\\</b\\\\> \\\\[x\\\\]\\\\(y\\\\)'
    >>> literal("1. a")
    '1\\\\. a'
    """
    seen = "".join(" " if unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp") else sign for sign in text)
    escaped = _SIGNS.sub(r"\\\1", " ".join(shortened(seen, most).split()))
    return _ENUMERATION.sub(r"\1\\.", escaped).replace("@", "@\u2060").replace("://", ":\u2060//")


def linked(words: str, url: str | None) -> str:
    """The words, leading to an address where a browser may follow it."""
    return f"[{literal(words)}](<{url}>)" if url and _ADDRESS.fullmatch(url) else literal(words)
