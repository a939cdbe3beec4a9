"""Small charts as SVG, drawn by hand: a report opens offline, prints sharply, follows light and dark by its style
sheet, and is some kilobytes long where a drawing library alone would be megabytes.

Marks carry classes, and the style sheet of reports/page.py has their colours. Bars begin at zero; what is not over is
paler and dashed, and its label says so.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

WIDTH, HEIGHT = 640, 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 78, 26, 34
_ROW, _NAME = 24, 170
_LINE = 13  # from one line of small words to the next


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers of one kind, one for each label; `paint` is the class of its marks. None is nothing known."""

    name: str
    paint: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Level:
    """A line across: a limit, a mean, a target."""

    name: str
    value: float


def columns(labels: Sequence[str], series: Sequence[Series], *, is_stacked: bool, unfinished: int = 0, alt: str) -> str:
    """Bars upright, beside or upon each other; the last `unfinished` labels are not over."""
    sums = [sum(column.values[n] or 0 for column in series) for n in range(len(labels))]
    most = max([*(sums if is_stacked else [value or 0 for one in series for value in one.values]), 0])
    scale = _Scale(most)
    step = (WIDTH - _LEFT - _RIGHT) / len(labels)
    drawn = [*scale.grid(), *_labels(labels, step), *_legend(series)]
    for n in range(len(labels)):
        below = 0.0
        for place, one in enumerate(series):
            value = one.values[n] or 0.0
            width = step * 0.7 if is_stacked else step * 0.7 / len(series)
            x = _LEFT + step * (n + 0.15) + (0 if is_stacked else width * place)
            top, bottom = scale.at(below + value), scale.at(below)
            paint = f"{one.paint}{' sofar' if n >= len(labels) - unfinished else ''}"
            said = f"{labels[n]}: {value:g} {one.name}"
            drawn.append(_rect(x, top, width, bottom - top, paint, said))
            below += value if is_stacked else 0.0
    return _svg(HEIGHT, alt, drawn)


def curve(
    labels: Sequence[str], one: Series, *, levels: Sequence[Level] = (), marked: Sequence[str | None] = (), unit: str,
    is_share: bool = False, alt: str,
) -> str:  # fmt: skip
    """Points in order with a line through them; those with a word in `marked` are large, and the word beside them."""
    known = [value for value in one.values if value is not None]
    scale = _Scale(1.0 if is_share else max([*known, *(level.value for level in levels), 0.0]), is_share=is_share)
    step = (WIDTH - _LEFT - _RIGHT) / len(labels)
    points = [(n, _LEFT + step * (n + 0.5), scale.at(value)) for n, value in enumerate(one.values) if value is not None]
    drawn = [*scale.grid(), *_labels(labels, step), _text(_LEFT, 14, unit, "axis")]
    below = 0.0
    for level in sorted(levels, key=lambda level: -level.value):
        y = scale.at(level.value)
        drawn.append(f'<line class="level" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        below = max(y + 4, below + _LINE)  # names of levels that lie close stand below each other
        drawn.append(_text(WIDTH - _RIGHT + 5, below, level.name, "axis"))
    drawn += [
        f'<line class="{one.paint} line" x1="{x:.1f}" y1="{y:.1f}" x2="{after_x:.1f}" y2="{after_y:.1f}"/>'
        for (n, x, y), (after, after_x, after_y) in pairwise(points)
        if after == n + 1
    ]
    words = dict(enumerate(marked))
    for n, x, y in points:
        word = words.get(n)
        said = f"{labels[n]}: {one.values[n]:.4g} {one.name}" if not is_share else f"{labels[n]}: {one.values[n]:.0%}"
        drawn.append(_dot(x, y, "late" if word else one.paint, 6 if word else 3.5, said))
        drawn += [_text(x, y - 9, word, "mark", "middle")] if word else []
    return _svg(HEIGHT, alt, drawn)


def rows(labels: Sequence[str], series: Sequence[Series], *, notes: Sequence[str] = (), alt: str) -> str:
    """Bars lying, upon each other, a label to each: names from the top."""
    most = max([sum(one.values[n] or 0 for one in series) for n in range(len(labels))] + [1.0])
    reach = WIDTH - _NAME - _RIGHT
    drawn = list(_legend(series)) if len(series) > 1 else []
    for n, label in enumerate(labels):
        y, x = _TOP + n * _ROW, float(_NAME)
        drawn.append(_text(_NAME - 8, y + 14, label if len(label) < 26 else f"{label[:25]}…", "axis", "end"))
        for one in series:
            width = reach * (one.values[n] or 0) / most
            drawn.append(_rect(x, y + 2, width, _ROW - 7, one.paint, f"{label}: {one.values[n] or 0:g} {one.name}"))
            x += width
        drawn.append(
            _text(x + 6, y + 14, notes[n] if notes else f"{sum(one.values[n] or 0 for one in series):g}", "axis")
        )
    return _svg(_TOP + len(labels) * _ROW + 6, alt, drawn)


class _Scale:
    """From zero up to a round number, with a grid of a few lines."""

    def __init__(self, most: float, *, is_share: bool = False) -> None:
        self._is_share = is_share
        self._step = 0.25 if is_share else _round_step(most)
        self._highest = max(self._step * math.ceil(most / self._step - 1e-9), self._step)

    def at(self, value: float) -> float:
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * value / self._highest

    def grid(self) -> Iterable[str]:
        for n in range(round(self._highest / self._step) + 1):
            value, y = n * self._step, self.at(n * self._step)
            said = f"{value:.0%}" if self._is_share else f"{value:,g}"
            yield f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            yield _text(_LEFT - 6, y + 4, said, "axis", "end")


def _round_step(most: float) -> float:
    """So that about four lines reach the highest value, in steps of 1, 2 or 5."""
    if most <= 4:
        return 1.0
    power = 10 ** math.floor(math.log10(most / 4))
    return float(next(power * n for n in (1, 2, 5, 10) if power * n * 4 >= most))


def _labels(labels: Sequence[str], step: float) -> Iterable[str]:
    for n, label in enumerate(labels):
        yield _text(_LEFT + step * (n + 0.5), HEIGHT - _BOTTOM + 15, label, "axis", "middle")


def _legend(series: Sequence[Series]) -> Iterable[str]:
    x = float(_LEFT)
    for one in series:
        yield _rect(x, 5, 10, 10, one.paint, "")
        yield _text(x + 14, 14, one.name, "axis")
        x += 26 + 6.2 * len(one.name)


def _rect(x: float, y: float, width: float, height: float, paint: str, said: str) -> str:
    title = f"<title>{escape(said)}</title>" if said else ""
    return (
        f'<rect class="{paint}" x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}">'
        f"{title}</rect>"
    )


def _dot(x: float, y: float, paint: str, radius: float, said: str) -> str:
    return f'<circle class="{paint}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"><title>{escape(said)}</title></circle>'


def _text(x: float, y: float, words: str, kind: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _svg(height: float, alt: str, drawn: Iterable[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(alt, quote=True)}">'
        f"{''.join(drawn)}</svg>"
    )
