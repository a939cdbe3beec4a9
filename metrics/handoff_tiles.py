"""The headline figures of a handoff, each with the week before, its rule, its n and its definition."""

from dataclasses import dataclass

from metrics.handoff_checklist import Checklist
from metrics.handoff_incidents import Warm
from metrics.handoff_parts import Part
from metrics.weekly_tile import Tile, Tone, definition_of
from metrics.wording import NOTHING, counted, percent


@dataclass(frozen=True, slots=True)
class _Figure:
    """A count of a part: what it is called, where it is defined, and what makes it good. target is the most that is
    fine; None: a plain count, which no rule judges."""

    part: str
    label: str
    metric: str
    target: int | None = None
    rule: str = "No rule: this is a plain count."


_NONE_IS_GOOD = "Good where there is none."
_FIGURES = (
    _Figure("open", "Open", "ownership"),
    _Figure("unowned", "Beyond triage, nobody's", "ownership", 0, _NONE_IS_GOOD),
    _Figure("due", "Soon to break", "slo"),
    _Figure("late", "Late and open", "slo", 0, _NONE_IS_GOOD),
    _Figure("silent", "Silent", "ownership", 0, _NONE_IS_GOOD),
)


def tiles(parts: dict[str, Part], before: dict[str, int], warm: Warm, new: Checklist) -> tuple[Tile, ...]:
    """In reading order; `before` says how many each part listed a week earlier."""
    counts = tuple(_count(figure, parts[figure.part], before[figure.part]) for figure in _FIGURES)
    return *counts, _promised(parts["promised"], before["promised"]), _incidents(warm), _new(new)


def _count(figure: _Figure, part: Part, before: int) -> Tile:
    tone, verdict = _judged(part.total, figure.target)
    rule = f"{part.told.rule} {figure.rule}"
    return _tile(part, figure.label, part.total, before, figure.metric, tone, verdict, rule, figure.target)


def _judged(value: int, target: int | None) -> tuple[Tone, str]:
    if target is None:
        return "neutral", ""
    return ("good", "none") if value <= target else ("bad", f"{value:,} too many")


def _tile(
    part: Part, label: str, value: int, before: int | None, metric: str, tone: Tone, verdict: str, rule: str,
    target: int | None = None, note: str = "",
) -> Tile:  # fmt: skip
    """A plain count of a part; grey where the settings do not say what it would count."""
    known = part.unconfigured is None
    return Tile(
        part.name, label, value if known else None, f"{value:,}" if known else NOTHING, before if known else None,
        f"{before:,}" if known and before is not None else NOTHING,
        f"{target:,}" if known and target is not None else None, part.total, "tickets", note if known else "",
        tone if known else "unknown", verdict if known else "nothing configured", part.unconfigured or rule,
        definition_of(metric), part.name,
    )  # fmt: skip


def _promised(part: Part, before: int) -> Tile:
    past = int(part.listed["is_past_due"].sum())
    tone, verdict = _judged(past, 0) if part.total else ("neutral", "")
    said = f"{counted(past, 'date')} passed" if past else verdict and "all still ahead"
    return _tile(part, "Promised dates", part.total, before, "intake", tone, said,
                 f"{part.told.rule} Good where no date has passed; a day passes when it ends.")  # fmt: skip


def _incidents(warm: Warm) -> Tile:
    going_on = warm.part.listed.filter(state="going on").height
    tone: Tone = "bad" if going_on else "neutral"
    rule = f"{warm.part.told.rule} Marked while one goes on."
    note = f"{counted(warm.overdue_debriefs, 'debrief')} overdue" if warm.overdue_debriefs else ""
    return _tile(warm.part, "Incidents still warm", warm.part.total, warm.before, "incidents", tone,
                 f"{going_on} going on" if going_on else "", rule, note=note)  # fmt: skip


def _new(new: Checklist) -> Tile:
    """The share of new tickets that lack nothing."""
    is_known = new.part.unconfigured is None and new.tickets > 0
    lacking = new.tickets - new.complete
    verdict = "nothing is missing" if not lacking else f"{lacking:,} lack something"
    if not is_known:
        verdict = "nothing configured" if new.part.unconfigured else "nothing came in"
    tone: Tone = "unknown" if not is_known else "bad" if lacking else "good"
    return Tile(
        "new", "New tickets complete", new.complete if is_known else None, _of(new.complete, new.tickets, is_known),
        new.complete_before if new.tickets_before else None,
        _of(new.complete_before, new.tickets_before, new.tickets_before > 0), "all" if is_known else None,
        new.part.total, "tickets", f"{new.part.total:,} of them still open" if lacking else "", tone, verdict,
        new.part.unconfigured or "Opened since the week began. Good where each has all that its checklist asks for.",
        definition_of("intake"), "new",
    )  # fmt: skip


def _of(complete: int, tickets: int, is_known: bool) -> str:
    return f"{percent(complete / tickets)} of {tickets:,}" if is_known else NOTHING
