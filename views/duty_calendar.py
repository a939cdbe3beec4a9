"""Who has carried what? The calendar of the rota, everybody's balance, the rules, and whom a role hangs on."""

from collections.abc import Iterator
from datetime import UTC, datetime

import polars as pl
import streamlit as st

from desk import rotas
from desk.store import DeskError
from metrics.rota_calendar import CalendarWeek, RotaCalendar, Turn, by_week, replaced, rota_calendar
from metrics.rota_report import RotaReport, rota_report
from metrics.rota_rules import summed as bent
from metrics.weeks import Week
from metrics.wording import counted
from planning.published import plan_of
from planning.whose import SharedRota, shared_rota
from rotation.check import check
from rotation.plan import Plan
from views import _menu, _store
from views._address import TREND
from views._charts import CONFIG
from views._columns import as_csv
from views._derived import derived
from views._desk import desk
from views._figures import about
from views._frame import View, framed
from views._parts import notice
from views._plan_consequences import reachable
from views._rota_figures import carried, timeline
from views._style import block, plain
from views._tables import table
from views._turns import worked_out_once

TITLE = "Who has carried what?"
AHEAD = 8  # weeks of the calendar after the week shown last
_CSS = "<style>.wb-narrow { display: none; } @media (max-width: 640px) { .wb-narrow { display: inline; } }</style>"
_LOADS = ("week", "role", "person", "arrivals", "urgent_arrivals", "interruptions",
          "business_interruptions", "off_interruptions", "sleep_interruptions")  # fmt: skip


def page() -> None:
    """The whole page, or the sentence that says what is missing."""
    framed(TITLE, _body, asks=TREND)


def _body(view: View) -> None:
    weeks = view.address.shown_weeks
    weeks += [weeks[-1].shifted(n) for n in range(1, AHEAD + 1)]
    found: RotaCalendar = _store.answer(
        view.snapshot, rota_calendar, as_of=view.as_of, since=weeks[0].starts_at, until=weeks[-1].ends_at,
        queue=tuple(view.address.queues),
    )  # fmt: skip
    plan = _plan_in_force(view)
    if plan:
        found = derived(_with, found, plan, view.as_of)
    if not found.turns:
        notice(
            f"No shift of a role that answers for {', '.join(view.address.queues)} is known for these weeks. Name the "
            "calendars of your rota under [[source]] in watchbill.toml, describe each [[role]], and run "
            "`watchbill sync`; or choose another team or a longer window."
        )
        return
    report = _reported(view)
    _fairness(view, report, plan)
    _calendar(view, found, weeks)
    _loads(view, report.loads)
    _rules(view, report.breaches)
    _concentration(view, report.hangs_on)
    if _menu.has("planner") and st.button("Plan the coming weeks", key="plan"):
        _menu.go("planner", team=view.team.name)


def _reported(view: View) -> RotaReport:
    first, told = view.address.shown_weeks[0], view.address
    found: RotaReport = _store.answer(
        view.snapshot, rota_report, as_of=view.as_of, since=told.since,
        before=first.shifted(-told.weeks).starts_at, queue=tuple(told.queues),
    )  # fmt: skip
    return found


def _plan_in_force(view: View) -> Plan | None:
    """What was published last for this team; a desk that cannot be read is the planner's to complain of."""
    shared: SharedRota | None = _store.answer(view.snapshot, shared_rota, team=view.team.name, as_of=view.as_of)
    try:
        rota = rotas.in_force(desk(), shared.name) if shared else None
        return _published(f"{desk()}/{rota.id}", rota) if rota else None
    except (DeskError, ValueError):
        return None


@worked_out_once(8)
def _published(key: str, _rota: rotas.Published) -> Plan:  # noqa: ARG001 - what it is kept under
    return plan_of(_rota.problem, _rota.plan)


def _with(found: RotaCalendar, plan: Plan, as_of: datetime) -> RotaCalendar:
    turns = (
        Turn(row.role, person, row.since, row.until, row.since >= as_of) for row in plan.shifts for person in row.people
    )
    return replaced(found, turns, plan.problem.span)


def _fairness(view: View, report: RotaReport, plan: Plan | None) -> None:
    """The spread as this window, the one before and the best reachable; then everybody beside their share, by name."""
    if report.spreads.is_empty():
        notice("Nobody has held a role in this window, so there is nothing to share out yet. Choose a longer window.")
        return
    st.subheader("Is it shared out as agreed?", anchor=False)
    with st.grid(4, min_column_width=190, border=True, gap="xsmall"):
        for row in report.spreads.iter_rows(named=True):
            _spread(view, row, report.spreads_before)
        if plan:
            _best_reachable(plan)
    if plan is None:
        block("<p class='wb-dim'>How even it can get stands here once a rota was published from the planner.</p>")
    for role in report.spreads["role"]:
        _people(view, role, derived(_of_role, report.people, role))
    about("rotation_fairness")


def _of_role(people: pl.DataFrame, role: str) -> pl.DataFrame:
    return people.filter(pl.col("role") == role).sort("person")


def _spread(view: View, row: dict[str, object], before: pl.DataFrame) -> None:
    then = before.filter(pl.col("role") == row["role"])["spread_duty_weeks"].to_list()
    over = row["people_over_limit"]
    limit = "no limit is set" if over is None else f"{counted(int(str(over)), 'person', 'people')} over the limit"
    _tile(
        f"{row['role']}: spread, duty-weeks", _number(row["spread_duty_weeks"]),
        [(f"{view.address.weeks} weeks before", _number(then[0] if then else None)), ("n", f"{row['people']} people"),
         ("share of time", limit)],
    )  # fmt: skip


def _tile(label: str, value: str, facts: list[tuple[str, str]]) -> None:
    told = "".join(f"<div><span>{plain(name)}</span>{plain(fact)}</div>" for name, fact in facts)
    block(
        f'<div class="wb-label">{plain(label)}</div><div class="wb-value">{plain(value)}</div>'
        f'<div class="wb-facts wb-wrap">{told}</div>',
        "wb-tile wb-neutral",
    )


def _number(value: object) -> str:
    return "–" if value is None else f"{float(str(value)):.1f}"


def _best_reachable(plan: Plan) -> None:
    best = reachable(plan.problem)
    word = "best reachable" if best.is_proven else "best known"
    _tile("After the published plan, duty-weeks", f"{check(plan).spread:.1f}", [(word, f"{best.spread:.1f}")])


def _people(view: View, role: str, people: pl.DataFrame) -> None:
    known = derived(_with_a_share, people)
    if known.is_empty():
        notice(
            f"{role}: nobody's share is known. Describe the [[role]], and name it at each [[person]] who may hold it."
        )
        return
    alt = "; ".join(
        f"{name} {held:.1f} of {owed:.1f}"
        for name, held, owed in known.select("person", "duty_weeks", "expected_duty_weeks").iter_rows()
    )
    block(f"<p class='wb-name'>{plain(role)}</p>")
    figure = derived(carried, known)
    st.plotly_chart(figure, config=CONFIG, key=f"carried-{role}", alt=f"Duty-weeks carried of one's share: {alt}")
    shown = derived(_told_of, people)
    table(shown, zone=view.zone, name=f"people-{role}", file_name=f"rotation-{role}.csv", alt=f"{role} by person")


def _with_a_share(people: pl.DataFrame) -> pl.DataFrame:
    return people.filter(pl.col("duty_weeks").is_not_null() & pl.col("expected_duty_weeks").is_not_null())


def _told_of(people: pl.DataFrame) -> pl.DataFrame:
    return people.select(
        "person", "shifts", pl.col("duty_weeks").round(2),
        pl.col("expected_duty_weeks").round(2).alias("share_of_duty"),
        pl.col("balance_duty_weeks").round(2).alias("balance"), pl.col("weekend_days").round(1),
        pl.col("holiday_days").round(1), "interruptions",
        (100 * pl.col("share_of_time")).round(0).alias("percent_of_time"),
        (100 * pl.col("share_limit")).round(0).alias("limit_percent"), pl.col("is_over_limit"),
        "longest_run_weeks",
    )  # fmt: skip


def _calendar(view: View, found: RotaCalendar, weeks: list[Week]) -> None:
    st.subheader("Who was on, and who will be?", anchor=False)
    alt = (
        f"{counted(len(found.turns), 'turn')} of {counted(len(found.people), 'person', 'people')}, week by week below."
    )
    figure = derived(timeline, found, view.as_of, view.zone)
    st.plotly_chart(figure, config=CONFIG, key="timeline", alt=alt)
    block("<p class='wb-dim'>Hatched is planned; the dotted line is as of when this page speaks.</p>")
    st.html(_CSS)
    heads = "".join(f"<th scope='col'>{plain(head)}</th>" for head in ("Week", *found.roles, "Away", "Public holidays"))
    rows = "".join(_week(row, view.as_of) for row in by_week(found, weeks, view.as_of))
    block(f"<table class='wb-trace'><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>")
    st.download_button(
        "Save as CSV", lambda: _csv(found), file_name="rota-calendar.csv", mime="text/csv", key="calendar-csv",
        on_click="ignore", help="Instants in UTC",
    )  # fmt: skip


def _week(row: CalendarWeek, as_of: datetime) -> str:
    day = row.week.monday
    sign = " · now" if row.week.starts_at <= as_of < row.week.ends_at else " · planned" if row.is_planned else ""
    cells = [("", f"{row.week.name}, {day.day} {day:%b}{sign}")]
    cells += [(role, " & ".join(names) or f"nobody holds {role}") for role, names in row.held.items()]
    cells += [("away", ", ".join(row.away)), ("holiday", ", ".join(row.holidays))]
    return f"<tr>{''.join(map(_cell, cells))}</tr>"


def _cell(told: tuple[str, str]) -> str:
    """On a phone, where the head of the table is gone, each cell says what it is."""
    name, text = told
    label = f"<span class='wb-narrow wb-dim'>{plain(name)}: </span>" if name and text else ""
    return f"<td>{label}{plain(text)}</td>"


def _csv(found: RotaCalendar) -> bytes:
    rows = [(t.role, t.person, t.from_at, t.until_at, t.is_planned) for t in found.turns]
    frame = pl.DataFrame(rows, schema=["role", "person", "from_at", "until_at", "is_planned"], orient="row")
    return as_csv(frame.with_columns(pl.col("from_at", "until_at").dt.replace_time_zone(None)))


def _loads(view: View, loads: pl.DataFrame) -> None:
    st.subheader("What did each duty meet?", anchor=False)
    shown = derived(_loads_told, loads, view.zone)
    table(shown, zone=view.zone, name="loads", file_name="shift-load.csv", alt="What each duty met",
          empty="No duty of this window has begun.")  # fmt: skip
    about("shift_load")


def _loads_told(loads: pl.DataFrame, zone: str) -> pl.DataFrame:
    found = loads.sort("starts_at", descending=True)
    weeks = [Week.containing(middle.replace(tzinfo=UTC), zone).name for middle in found["middle_at"]]
    return found.with_columns(pl.Series("week", weeks, pl.String)).select(_LOADS)


def _rules(view: View, breaches: pl.DataFrame) -> None:
    st.subheader("Which rules were kept, and which were bent?", anchor=False)
    for said in derived(_kept, breaches):
        block(said)
    if breaches.is_empty():
        about("rota_rules")
        return
    shown = derived(_breaches_told, breaches)
    table(shown, zone=view.zone, name="breaches", file_name="rota-rules.csv", alt="Rules that were bent")
    about("rota_rules")


def _breaches_told(breaches: pl.DataFrame) -> pl.DataFrame:
    named, roles = pl.col("person").fill_null("nobody"), pl.col("roles").list.join(", ")
    return breaches.select("rule", named, roles, "from_at", "until_at", "detail")


def _kept(breaches: pl.DataFrame) -> tuple[str, ...]:
    """A line for each rule, the kept ones together."""
    return tuple(_lines(bent(breaches)))


def _lines(summary: pl.DataFrame) -> Iterator[str]:
    kept = [rule for rule, breaches in summary.select("rule", "breaches").iter_rows() if not breaches]
    for rule, breaches, hours in summary.select("rule", "breaches", "hours").iter_rows():
        if breaches:
            told = f"{rule}: {counted(breaches, 'time')}, {hours / 24:.1f} days in all."
            yield f"<div class='wb-worse'><b class='wb-mark'>◆ Bent</b> {plain(told)}</div>"
    if kept:
        yield f"<div class='wb-good'><b class='wb-mark'>● Never</b> {plain('; '.join(kept))}.</div>"


def _concentration(view: View, found: pl.DataFrame) -> None:
    st.subheader("Whom does a role hang on?", anchor=False)
    if found.is_empty():
        notice("Nobody did anything in this window that could be shared out. Choose a longer one.")
        return
    alone = found.filter("is_bus_factor_one")
    for kind, subject, person in alone.select("kind", "subject", "top_person").iter_rows():
        notice(f"{_subject(kind, subject)} hangs on {person} alone: have somebody else learn it.", is_warning=True)
    table(derived(_concentration_told, found), zone=view.zone, name="concentration", file_name="concentration.csv",
          alt="Concentration of roles")  # fmt: skip
    about("role_concentration")


def _concentration_told(found: pl.DataFrame) -> pl.DataFrame:
    return found.select(
        pl.concat_str([pl.col("kind"), pl.col("subject").fill_null("")], separator=" ").str.strip_chars().alias("of"),
        pl.col("people").alias("people_who_did_any"),
        pl.col("absence_factor").alias("fewest_who_carry_half"),
        (100 * pl.col("top_share")).round(0).alias("largest_share_percent"),
        pl.col("eligible_people").alias("people_who_may"),
    )


def _subject(kind: str, subject: str | None) -> str:
    return f"The {kind} {subject}" if subject and kind != "closed" else "Closing tickets"
