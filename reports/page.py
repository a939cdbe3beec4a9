"""A document as one HTML file that needs nothing else: no script, nothing to fetch; light, dark, and for paper."""

import re
from collections.abc import Iterator
from html import escape

from metrics.house import AMBER, BLUE, GREY, VERMILION, VIOLET
from metrics.weekly_tile import Tile
from reports.document import Cell, Document, Listing, Part, Picture, Points, Said, Tiles

_ADDRESS = re.compile(r"https?://\S+")
_SIGNS = {"good": "● ", "bad": "▲ ", "neutral": "", "unknown": "○ "}
_STYLE = f"""
:root {{ color-scheme: light dark; --paper: light-dark(#FFFFFF, #16171B); --ink: light-dark(#1F2328, #E8E8E6);
  --dim: light-dark(#5F5F66, #A9A9B2); --grid: light-dark(#DEDEDA, #3A3B42); --link: light-dark(#1D629A, #7DB9E8);
  --bad: light-dark(#A8430A, #F2995F); --soft: light-dark(#F5F5F2, #212329); }}
* {{ box-sizing: border-box; unicode-bidi: isolate; }}
body {{ font: 15px/1.45 system-ui, sans-serif; background: var(--paper); color: var(--ink); max-width: 1040px;
  margin: 0 auto; padding: 1.5rem 1rem 3rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }}
td, th {{ overflow-wrap: break-word; min-width: 4.5rem; max-width: 28rem; }}
h1 {{ font-size: 1.75rem; margin: 0; }} h2 {{ font-size: 1.2rem; margin: 2rem 0 .5rem; }}
p {{ margin: .25rem 0; }} a {{ color: var(--link); font-weight: 600; text-decoration: none; }}
.dim {{ color: var(--dim); font-size: .875rem; }}
.notice {{ border-left: 4px solid {GREY}; padding: .35rem .75rem; background: var(--soft); }}
ul {{ list-style: none; margin: .5rem 0; padding: 0; }}
li {{ display: grid; grid-template-columns: 5.5rem 1fr; gap: .5rem; }}
li.bare {{ display: block; }} li b {{ font-weight: 600; }} li.worse b, li.decision b, .bad b {{ color: var(--bad); }}
.tiles {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(215px, 1fr)); gap: .5rem; }}
.tile {{ border: 1px solid var(--grid); padding: .6rem .75rem; break-inside: avoid; }}
.tile .value {{ font-size: 1.5rem; font-weight: 600; }} .tile.unknown .value {{ color: var(--dim); font-weight: 500; }}
.tile b {{ font-weight: 600; }} .good b {{ color: var(--link); }}
.pictures {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 430px), 1fr)); gap: 1rem; }}
figure {{ margin: 0; break-inside: avoid; }} svg {{ width: 100%; height: auto; }}
figcaption {{ font-size: .875rem; color: var(--dim); }}
.scroll {{ overflow-x: auto; }}
table {{ border-collapse: collapse; width: 100%; font-size: .875rem; }}
th, td {{ text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--grid); }}
th {{ color: var(--dim); font-weight: 400; }} .number {{ text-align: right; white-space: nowrap; }}
td:first-child {{ white-space: nowrap; }}
.came {{ fill: {AMBER}; stroke: {AMBER}; }} .closed, .met {{ fill: {BLUE}; stroke: {BLUE}; }}
.open {{ fill: {VIOLET}; stroke: {VIOLET}; }} .late {{ fill: {VERMILION}; stroke: {VERMILION}; }}
.running {{ fill: {GREY}; stroke: {GREY}; }} rect {{ stroke-width: 0; }} .line {{ stroke-width: 2; }}
.sofar {{ fill-opacity: .45; stroke-width: 1; stroke-dasharray: 3 2; }}
.grid {{ stroke: var(--grid); }} .level {{ stroke: {GREY}; stroke-width: 1.5; stroke-dasharray: 5 4; }}
text {{ font: 11px system-ui, sans-serif; fill: var(--dim); }} text.mark {{ fill: var(--ink); }}
@media print {{ :root {{ color-scheme: light; }} body {{ max-width: none; padding: 0; font-size: 12px; }}
  h2 {{ break-after: avoid; }} tr {{ break-inside: avoid; }} .scroll {{ overflow: visible; }}
  * {{ print-color-adjust: exact; }} @page {{ margin: 14mm; }} }}
"""


def written(document: Document) -> str:
    """The whole file."""
    sections = "".join(
        f"<section><h2>{escape(section.title)}</h2>{''.join(_parts(section.parts))}</section>"
        for section in document.sections
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(f'{document.title} {document.heading}')}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(document.title)}</h1><p><strong>{escape(document.heading)}</strong></p>"
        f'<p class="dim">{escape(document.stood)}</p>{sections}</main></body></html>\n'
    )


def _parts(parts: tuple[Part, ...]) -> Iterator[str]:
    """Pictures that follow each other stand side by side."""
    waiting: list[str] = []
    for part in parts:
        if isinstance(part, Picture):
            waiting.append(f"<figure>{part.svg}<figcaption>{escape(part.alt)}</figcaption></figure>")
            continue
        if waiting:
            yield f'<div class="pictures">{"".join(waiting)}</div>'
            waiting = []
        yield _part(part)
    if waiting:
        yield f'<div class="pictures">{"".join(waiting)}</div>'


def _part(part: Said | Points | Tiles | Listing) -> str:
    match part:
        case Said(words, is_notice, is_small):
            kind = "notice" if is_notice else "dim" if is_small else ""
            return f'<p class="{kind}">{escape(words)}</p>'
        case Points(points):
            return f"<ul>{''.join(_point(mark, words) for mark, words in points)}</ul>"
        case Tiles(tiles, before):
            return f'<div class="tiles">{"".join(_tile(tile, before) for tile in tiles)}</div>'
        case Listing():
            return _table(part)


def _point(mark: str, words: str) -> str:
    if not mark:
        return f'<li class="bare">{escape(words)}</li>'
    kind = "worse" if "Worse" in mark else "decision" if "Decide" in mark else ""
    return f'<li class="{kind}"><b>{escape(mark)}</b><span>{escape(words)}</span></li>'


def _tile(tile: Tile, before: str) -> str:
    verdict = f"<b>{_SIGNS[tile.tone]}{escape(tile.verdict)}</b> " if tile.verdict else ""
    target = f" · target {escape(tile.target)}" if tile.target else ""
    rule = escape(tile.rule, quote=True)
    return (
        f'<div class="tile {tile.tone}" title="{rule}"><div class="dim">{escape(tile.label)}</div>'
        f'<div class="value">{escape(tile.shown)}</div><div>{verdict}<span class="dim">{escape(tile.note)}</span></div>'
        f'<div class="dim">{escape(before)} {escape(tile.shown_before)}{target} · n = {tile.n:,}</div></div>'
    )


def _table(listing: Listing) -> str:
    numbers = [cell.is_number for cell in listing.rows[0]] if listing.rows else [False] * len(listing.columns)
    heads = "".join(
        f"<th{' class=number' if is_number else ''}>{escape(column)}</th>"
        for column, is_number in zip(listing.columns, numbers, strict=True)
    )
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in listing.rows)
    more = listing.total - len(listing.rows)
    rest = f'<p class="dim">And {more:,} more.</p>' if more > 0 else ""
    return f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>{rest}'


def _cell(cell: Cell) -> str:
    words = escape(cell.words)
    if cell.url and _ADDRESS.fullmatch(cell.url):
        words = f'<a href="{escape(cell.url, quote=True)}" rel="noopener noreferrer">{words}</a>'
    return f'<td class="number">{words}</td>' if cell.is_number else f"<td>{words}</td>"
