"""A document as Markdown, for a wiki or a ticket, and in a few lines of plain text for a chat."""

from collections.abc import Iterator

from reports.document import Document, Listing, Part, Picture, Points, Said, Tiles
from reports.markdown import linked, literal

_LONGEST = 1_000  # characters of a sentence of ours


def markdown(document: Document) -> str:
    """The whole document; a picture is told by the sentence that stands for it."""
    lines = [f"# {literal(document.title)}", "", f"**{literal(document.heading)}**", "", literal(document.stood), ""]
    for section in document.sections:
        lines += [f"## {literal(section.title)}", ""]
        for part in section.parts:
            lines += [*_part(part), ""]
    return "\n".join(lines).rstrip() + "\n"


def _part(part: Part) -> Iterator[str]:
    match part:
        case Said(words):
            yield literal(words, _LONGEST)
        case Points(points):
            yield from (
                f"- {f'**{literal(mark)}** ' if mark else ''}{literal(words, _LONGEST)}" for mark, words in points
            )
        case Tiles():
            yield from _tiles(part)
        case Picture(alt=alt):
            yield f"*{literal(alt, _LONGEST)}*"
        case Listing():
            yield from _table(part)


def _tiles(tiles: Tiles) -> Iterator[str]:
    yield from _head(("Figure", "Now", tiles.before.capitalize(), "Target", "n", "Said"))
    for tile in tiles.tiles:
        said = ", ".join(words for words in (tile.verdict, tile.note) if words)
        cells = (tile.label, tile.shown, tile.shown_before, tile.target or "–", f"{tile.n:,}", said or "–")
        yield f"| {' | '.join(literal(cell) for cell in cells)} |"


def _table(listing: Listing) -> Iterator[str]:
    yield from _head(listing.columns)
    for row in listing.rows:
        yield f"| {' | '.join(linked(cell.words, cell.url) for cell in row)} |"
    if listing.total > len(listing.rows):
        yield from ("", f"And {listing.total - len(listing.rows):,} more.")


def _head(columns: tuple[str, ...]) -> Iterator[str]:
    yield f"| {' | '.join(literal(column) for column in columns)} |"
    yield f"|{'---|' * len(columns)}"


def brief(document: Document) -> str:
    """A few lines for a chat, without any sign that a chat would act on."""
    lines = [f"{document.title} {document.heading}", *document.brief, document.stood]
    return "\n".join(_calm(line) for line in lines)


def _calm(line: str) -> str:
    """Slack reads &, < and > as its own signs; an @ calls somebody."""
    escaped = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("@", "@\u2060")
