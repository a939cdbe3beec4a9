"""What people wrote, as plain text: Request Tracker's editor writes HTML, and mail comes as both."""

from collections.abc import Iterable
from html.parser import HTMLParser

from ingest.source import Json

_BREAKS = frozenset(
    ("p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "blockquote", "pre", "table", "ul", "ol", "hr")
)
_SILENT = frozenset(("script", "style", "head", "title"))


def texts(attachments: Iterable[Json]) -> dict[str, str]:
    """The text of each transaction: of several, the first that is not HTML, or else the first."""
    found: dict[str, tuple[bool, str]] = {}
    for attachment in sorted(attachments, key=lambda one: int(one["id"])):
        number, is_html = str(attachment["TransactionId"]), attachment["ContentType"] == "text/html"
        if number not in found or (found[number][0] and not is_html):
            found[number] = is_html, attachment["Content"] or ""
    return {number: plain(text) if is_html else text for number, (is_html, text) in found.items()}


def plain(html: str) -> str:
    """The words of a piece of HTML, a line for each block."""
    reader = _Words()
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.words).split("\n")]
    return "\n".join(line for line in lines if line)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag in _BREAKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self._silent and tag == self._silent[-1]:
            self._silent.pop()
        elif tag in _BREAKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data.replace("\n", " "))
