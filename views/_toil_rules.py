"""The rules editor: a draft of the rules, what it would change, and the text for watchbill.toml.

The draft is a text of TOML, as the settings have it. The address keeps it as long as an address can hold it.
"""

from datetime import datetime
from typing import Any

import polars as pl
import streamlit as st

from metrics.toil_drafts import JUDGED_AT_MOST, Preview, RulesInForce, rules_in_force, toil_draft
from metrics.wording import counted, joined
from settings import SettingsError, Toil
from settings.toil_drafts import LONGEST_DRAFT, read, with_rule, written
from views import _store
from views._chooser import picked
from views._frame import View
from views._opened import open_clock
from views._parts import FIRST_ROWS, notice
from views._style import block, plain
from views._tables import RowButton, table

DRAFT = "rules"
IN_ADDRESS = 3_000  # characters of a draft that an address can hold
_BEGINNING = '[[toil]]\npresets = ["labels", "jira", "titles"]\n'
_LOOKS_AT = {
    "title": "Title (regular expression)", "label": "Label (* and ?)", "type": "Type (* and ?)",
    "project": "Project (* and ?)", "queue": "Queue (* and ?)", "text": "Description (regular expression)",
}  # fmt: skip
_TOO_LONG = "draft-too-long"


def show(view: View, since: datetime, until: datetime) -> None:
    """The editor with its preview over the tickets opened in [since, until)."""
    st.subheader("Which rules tell kinds of work?", anchor=False)
    block(
        "<p class='wb-dim'>The first rule that matches decides. Change them here to see what would become of this "
        "window’s tickets. Nothing is kept: this page cannot write settings, nor the store.</p>"
    )
    versions = _store.answer(view.snapshot, rules_in_force, as_of=view.as_of, queues=tuple(view.address.queues))
    version = _version(versions)
    before = written(version.rules, version.queues, version.sources) if version else _BEGINNING
    text = _draft(before)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _editor(text, before)
    with right:
        _another_rule(text, before)
    try:
        draft = read(text)
    except SettingsError as error:
        notice(str(error), is_warning=True)
        return
    queues = version.decides_for if version else tuple(view.address.queues)
    _preview(view, draft, queues, since, until)
    _to_settings(draft, version, is_changed=text != before)


def _version(versions: tuple[RulesInForce, ...]) -> RulesInForce | None:
    if len(versions) < 2:
        return versions[0] if versions else None
    by_name = {version.version: version for version in versions}
    names = {name: f"Rules for {joined(version.decides_for)}" for name, version in by_name.items()}
    return by_name[picked("version", names, "Which rules")]


def _draft(before: str) -> str:
    return str(st.query_params.get(DRAFT) or st.session_state.get(_TOO_LONG) or before)


def _keep(text: str, before: str) -> None:
    """The draft in the address; one that is too long for that within this visit only."""
    st.query_params.pop(DRAFT, None)
    st.session_state.pop(_TOO_LONG, None)
    if text.strip() == before.strip():
        return
    if len(text) > IN_ADDRESS:
        st.session_state[_TOO_LONG] = text
    else:
        st.query_params[DRAFT] = text


def _editor(text: str, before: str) -> None:
    st.session_state["draft"] = text
    st.text_area(
        "Rules, as in watchbill.toml", key="draft", height=340, max_chars=LONGEST_DRAFT,
        on_change=lambda: _keep(st.session_state["draft"], before),
        help="One [[toil]] table. All that a rule says must hold; of each list, one pattern must match.",
    )  # fmt: skip
    if text.strip() != before.strip():
        st.button("Back to the rules in force", key="undo", type="tertiary", on_click=lambda: _keep(before, before))
    if st.session_state.get(_TOO_LONG) and DRAFT not in st.query_params:
        notice("This draft is too long for the address: a copied link shows the rules in force.")


def _another_rule(text: str, before: str) -> None:
    """A form for one rule more, which stands before all others."""

    def add() -> None:
        said = st.session_state
        name, looks_at, what = said["rule-name"].strip(), said["rule-looks-at"], said["rule-pattern"].strip()
        pattern: Any = what if looks_at in ("title", "text") else [what]
        try:
            _keep(with_rule(text, {"name": name, looks_at: pattern}), before)
        except SettingsError as error:
            said["rule-refused"] = str(error)

    with st.form("rule", border=True):
        block("<p><strong>Add a rule before all others</strong></p>")
        st.text_input("Kind of work", key="rule-name", max_chars=80, placeholder="such as access")
        st.selectbox("Looks at", list(_LOOKS_AT), key="rule-looks-at", format_func=_LOOKS_AT.__getitem__)
        st.text_input("For", key="rule-pattern", max_chars=400, placeholder="such as password|locked out")
        st.form_submit_button("Add and preview", on_click=add)
    if refused := st.session_state.pop("rule-refused", None):
        notice(refused, is_warning=True)


def _preview(view: View, draft: Toil, queues: tuple[str, ...], since: datetime, until: datetime) -> None:
    rules = draft.definition()["categories"]

    def asked(most: int) -> Preview:
        found: Preview = _store.answer(
            view.snapshot, toil_draft, as_of=view.as_of, since=since, until=until, queues=queues, rules=rules, most=most
        )
        return found

    try:
        told = asked(FIRST_ROWS)
    except ValueError as error:
        notice(f"{error}.", is_warning=True)
        return
    newest = f", the newest {JUDGED_AT_MOST:,} of this window," if told.tickets == JUDGED_AT_MOST else " of this window"
    would = "would change its kind" if told.changed == 1 else "would change their kind"
    block(f"<p role='status'><strong>{counted(told.tickets, 'ticket')}{newest} in {plain(joined(queues))}: "
          f"{told.changed:,} {would}.</strong></p>")  # fmt: skip
    if told.changed:
        _moves(told.moves)
        table(
            told.rows, zone=view.zone, name="changed", total=told.changed, fetch=lambda most: asked(most).rows,
            button=RowButton("Trace", "Clock", lambda row: open_clock(row["ticket_id"])), file_name="changes.csv",
            alt="Tickets that would change their kind",
        )  # fmt: skip
    with st.expander(f"What each of {counted(len(rules), 'rule')} decides"):
        looks = pl.Series("looks_for", [*map(_in_words, rules), "what no rule matches"])
        table(
            told.rules.select("rule", "category", looks, "tickets"), zone=view.zone, name="by-rule",
            file_name="rules.csv", alt="Tickets for which each rule decides",
        )  # fmt: skip


def _moves(moves: pl.DataFrame) -> None:
    shown = [
        f"<li>{plain(before or 'no rules')} → <strong>{plain(after)}</strong>: {tickets:,}</li>"
        for before, after, tickets in moves.head(FIRST_ROWS).rows()
    ]
    block(f"<ul class='wb-moves'>{''.join(shown)}</ul>")


def _in_words(rule: dict[str, Any]) -> str:
    told = [f"{name}: {said if isinstance(said, str) else ' or '.join(said)}"
            for name in _LOOKS_AT if (said := rule.get(name))]  # fmt: skip
    return "; ".join(told)


def _to_settings(draft: Toil, version: RulesInForce | None, is_changed: bool) -> None:
    """The text to put into watchbill.toml, and how it comes into force."""
    if not is_changed:
        return
    where = f"in place of the [[toil]] table {_for(version)}" if version else "as a table of its own"
    notice(
        f"To keep this, put the text below into watchbill.toml {where}; the next “watchbill sync” brings it in. It "
        "then speaks of all tickets, old ones included; with a line such as valid_from = 2026-01-01 and the old table "
        "left above it, of those opened from that day on."
    )
    st.code(written(draft.definition()["categories"], draft.queues, draft.sources), language="toml")


def _for(version: RulesInForce) -> str:
    return "for all queues" if version.queues == ("*",) else f"for {joined(version.queues)}"
