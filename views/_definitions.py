"""What every number means: the catalogue's own words, searchable; `metric=slo` in the address shows one of them."""

import re

import streamlit as st

import metrics
from metrics.catalogue import Metric
from metrics.wording import counted
from views import _menu
from views._parts import READING_WIDTH, defined, notice
from views._style import block, plain

LONGEST_SEARCH = 100
SHOWN_ON = {
    "ticket_state": "tickets",
    "triage_latency": "weekly-health",
    "first_response": "weekly-health",
    "slo": "slo",
    "clock_trace": "tickets",
    "cadence": "weekly-health",
    "flow": "weekly-health",
    "reopen_cycles": "aging",
    "stage_times": "aging",
    "cumulative_flow": "aging",
    "aging": "aging",
    "aging_bands": "aging",
    "wip": "aging",
    "toil": "toil",
    "automation_candidates": "toil",
    "intake": "handoff",
    "duplicate_suspects": "triage-meeting",
    "ownership": "handoff",
    "incidents": "incidents",
    "postmortems": "incidents",
    "action_items": "incidents",
    "shift_load": "handoff",
    "rotation_fairness": "rotation",
    "rota_rules": "rotation",
    "role_concentration": "rotation",
    "data_quality": "trust",
}
_BETTER = {"neither": "", "lower": "; lower is better", "higher": "; higher is better"}


def show() -> None:
    """One definition, or all that have the words sought."""
    asked = st.query_params.get("metric")
    every = metrics.catalogue()
    if asked is not None:
        found = next((metric for metric in every if metric.name == asked), None)
        if found:
            st.button("← All definitions", key="all-metrics", type="tertiary", on_click=_all)
            _one(found, is_alone=True)
            return
        notice(f"There is no metric “{asked[:80]}”. These are the ones there are.", is_warning=True)
    _every(every)


def _all() -> None:
    st.query_params.pop("metric", None)
    st.query_params["show"] = "definitions"


def _every(every: tuple[Metric, ...]) -> None:
    st.session_state["define"] = st.query_params.get("q", "")
    st.text_input(
        "Search the definitions", key="define", placeholder="Words, such as: bots waiting", max_chars=LONGEST_SEARCH,
        on_change=_typed, width=READING_WIDTH,
    )  # fmt: skip
    words = st.query_params.get("q", "").lower().split()
    shown = [metric for metric in every if all(word in _text(metric) for word in words)]
    block(f"<p class='wb-dim' role='status'>{plain(counted(len(shown), 'metric'))}</p>")
    if not shown:
        notice("No definition has all of these words: take one away.")
    for metric in shown:
        _one(metric)


def _typed() -> None:
    text = st.session_state["define"].strip()
    if text:
        st.query_params["q"] = text
    else:
        st.query_params.pop("q", None)


def _text(metric: Metric) -> str:
    return f"{metric.name} {metric.question} {metric.definition}".lower()


def _one(metric: Metric, *, is_alone: bool = False) -> None:
    unit = f"{metric.name}, in {metric.unit}{_BETTER[metric.better]}"
    with st.container(border=True, width=READING_WIDTH, gap="xsmall"):
        block(f"<h3 class='wb-name'>{plain(metric.question)}</h3><p class='wb-dim'>{plain(unit)}</p>"
              f"{defined(metric.definition)}")  # fmt: skip
        if is_alone:
            _rows(metric)
        with st.container(horizontal=True, gap="small"):
            if not is_alone:
                st.button("Only this one", key=f"metric-{metric.name}", type="tertiary", on_click=_open,
                          args=(metric.name,), help="Its address can be sent to others")  # fmt: skip
            path = SHOWN_ON.get(metric.name, "")
            if path not in ("", "trust") and _menu.has(path):
                _lead(metric.name, path)


def _open(name: str) -> None:
    st.query_params["metric"] = name
    for other in ("q", "show"):
        st.query_params.pop(other, None)


def _lead(name: str, path: str) -> None:
    label = next(label for _, known, label in _menu.MENU if known == path)
    if st.button(f"See it: {label}", key=f"see-{name}", type="tertiary"):
        _menu.go(path)


def _rows(metric: Metric) -> None:
    """What a row of it is, and how to ask for it outside the app."""
    told = re.sub(r"\n\s*\n", "\n\n", metric.rows.__doc__ or "")
    paragraphs = (" ".join(part.split()) for part in told.split("\n\n") if part.strip())
    block(f"<h4 class='wb-name'>Its rows</h4>{''.join(f'<p>{plain(part)}</p>' for part in paragraphs)}")
    st.code(f"watchbill metric {metric.name} --format csv", language="shell")
