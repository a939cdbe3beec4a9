"""Every version of every policy: when it is in force, what it says, and what it changed; and what words mean."""

from datetime import datetime, time

import streamlit as st

from metrics.instants import parse_instant
from metrics.policy_history import (
    KINDS,
    Edition,
    Policy,
    calendar_versions,
    policy_history,
    team_queues,
    word_map,
)
from metrics.wording import day, joined, moment
from views import _store
from views._frame import View
from views._parts import READING_WIDTH, notice
from views._style import block, plain
from views._tables import table

_TEAMS = "teams"
_MAPPED = {"stages": "stage", "priorities": "priority"}


def show(view: View) -> None:
    kinds = (*KINDS, _TEAMS)
    kind = _chosen(kinds)
    if kind == _TEAMS:
        _teams(view)
        return
    policies: tuple[Policy, ...] = _store.answer(view.snapshot, policy_history)
    chosen = [policy for policy in policies if policy.kind == kind]
    if not chosen:
        notice(f"Nothing configured: write [[{kind}]] in watchbill.toml, then run “watchbill apply”.")
        return
    if kind in _MAPPED:
        _map(view, kind)
    for policy in chosen:
        _policy(policy, view)


def _chosen(kinds: tuple[str, ...]) -> str:
    asked = st.query_params.get("kind", kinds[0])
    if asked not in kinds:
        notice(f"kind=“{asked[:80]}” is no kind of policy. Shown are the promises.", is_warning=True)
        asked = kinds[0]
    st.session_state["kind"] = kinds.index(asked)

    def chosen() -> None:
        st.query_params["kind"] = kinds[st.session_state["kind"]]

    st.selectbox(
        "Which policies", range(len(kinds)), key="kind", on_change=chosen, width=READING_WIDTH,
        format_func=lambda n: KINDS.get(kinds[n], "Teams and their calendars"),
    )  # fmt: skip
    return asked


def _policy(policy: Policy, view: View) -> None:
    where = f"queues {', '.join(policy.queues)}"
    where += "" if policy.sources == ("*",) else f"; sources {', '.join(policy.sources)}"
    block(f"<h3 class='wb-name'>{plain(policy.name)} <span class='wb-dim'>{plain(where)}</span></h3>")
    for edition in reversed(policy.editions):
        _edition(edition, view)


def _edition(edition: Edition, view: View) -> None:
    is_in_force = edition.is_in_force(parse_instant(view.as_of))
    said = f"{_since(edition, view)}{', in force' if is_in_force else ''}"
    changes = "".join(f"<li>{plain(change)}</li>" for change in edition.changes)
    told = f"<ul class='wb-moves'>{changes}</ul>" if changes else ""
    block(f"<p><strong>{plain(said)}</strong></p>{told}")
    with st.expander("What it says"):
        st.code("\n".join(edition.says) or "nothing", language=None)


def _since(edition: Edition, view: View) -> str:
    since, until = (_day(instant, view) if instant else None for instant in (edition.valid_from, edition.valid_until))
    if since and until:
        return f"From {since} to {until}"
    return f"Since {since}" if since else f"Until {until}" if until else "Ever since"


def _day(instant: datetime, view: View) -> str:
    """A bare date in the settings is midnight UTC, and is told as that date."""
    if instant.time() == time():
        return day(instant, "UTC", year_of=view.as_of)
    return moment(instant, view.zone, year_of=view.as_of)


def _map(view: View, kind: str) -> None:
    st.subheader(f"What words mean in {joined(view.team.queues)}" if view.team.queues else "What words mean",
                 anchor=False)  # fmt: skip
    rows = _store.answer(view.snapshot, word_map, as_of=view.as_of, kind=kind, queues=view.team.queues)
    table(
        rows.rename({"target": _MAPPED[kind]}).select("value", _MAPPED[kind], "field", "queue", "source"),
        zone=view.zone,
        name=f"map-{kind}",
        file_name=f"{kind}.csv",
        alt=KINDS[kind],
        empty="No word means anything here: name them in watchbill.toml.",
    )


def _teams(view: View) -> None:
    st.subheader("Who answers which queue", anchor=False)
    table(_store.answer(view.snapshot, team_queues), zone=view.zone, name="teams", file_name="teams.csv", alt="Teams")
    st.subheader("When the doors are open", anchor=False)
    for row in _store.answer(view.snapshot, calendar_versions).iter_rows(named=True):
        edition = Edition(_known(row["valid_from"]), _known(row["valid_until"]), (), ())
        special = f"{row['special_days']:,} holidays and special days"
        until = f", the last {row['last_day']:%d %b %Y}" if row["last_day"] else ""
        block(f"<p><strong>{plain(row['calendar'])}</strong>, {plain(row['zone'])}. {plain(_since(edition, view))}. "
              f"{plain(special + until)}.</p>")  # fmt: skip
        st.code(row["hours"], language="json")


def _known(instant: datetime) -> datetime | None:
    """Ever and for ever are no dates."""
    return instant if 1971 <= instant.year <= 2100 else None
