"""What the week cost whoever held it, beside what is usual for the role, and shares carried beside those expected."""

import streamlit as st

from metrics.handoff import Handoff
from metrics.handoff_load import SHARE_WEEKS, Load, Measure, Share, Shift
from metrics.wording import NOTHING, joined
from views._figures import about
from views._parts import notice
from views._style import block, plain


def show(told: Handoff) -> None:
    if told.load is None or told.role is None:
        return
    st.subheader("What did the week bring?", anchor=False)
    if not told.load.shifts:
        notice(f"The rota knows no shift of {told.role.name} in {told.week.name} that has begun.")
    for shift in told.load.shifts:
        _shift(shift, told.load, told.role.queues)
    _shares(told.load, told.role.name)
    about("shift_load")


def _shift(shift: Shift, load: Load, queues: tuple[str, ...]) -> None:
    so_far = ", so far" if shift.is_running else ""
    head = f"<th>{plain(shift.person)}{so_far}</th><th class='wb-num'>This shift</th><th class='wb-num'>Usual</th>"
    rows = "".join(map(_measure, shift.measures))
    block(f"<table class='wb-trace wb-narrow'><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")
    usual = f"Usual: the median of the {load.usual_of} shifts of this role in the twelve weeks before, none under five."
    block(f"<p class='wb-dim'>{plain(f'{joined(queues)} together, the shift alone. {usual}')}</p>")


def _measure(measure: Measure) -> str:
    value = NOTHING if measure.value is None else f"{measure.value:,}"
    usual = NOTHING if measure.usual is None else f"{measure.usual:,.0f}"
    return f"<tr><td>{plain(measure.words)}</td><td class='wb-num'>{value}</td><td class='wb-num'>{usual}</td></tr>"


def _shares(load: Load, role: str) -> None:
    told = [_share(share, role) for share in load.shares]
    block("".join(f"<p>{plain(said)}</p>" for said in told))


def _share(share: Share, role: str) -> str:
    if share.carried is None or share.expected is None:
        return f"{share.person}: nobody expects a share of {role} of them."
    carried, expected = f"{share.carried:.1f}", f"{share.expected:.1f}"
    return f"{share.person} carried {carried} duty-weeks of {role} in {SHARE_WEEKS} weeks; {expected} were expected."
