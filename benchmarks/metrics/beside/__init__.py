"""Each metric's question put plainly in pandas and in SQL, beside what Watchbill tells: a file for each."""

from benchmarks.metrics.beside import (
    aging,
    aging_bands,
    cadence,
    cumulative_flow,
    data_quality,
    duplicate_suspects,
    first_response,
    flow,
    intake,
    ownership,
    reopen_cycles,
    slo,
    stage_times,
    ticket_state,
    triage_latency,
)
from benchmarks.metrics.beside.plain import Question

QUESTIONS: dict[str, Question] = {
    "ticket_state": ticket_state.QUESTION,
    "triage_latency": triage_latency.QUESTION,
    "first_response": first_response.QUESTION,
    "slo": slo.QUESTION,
    "cadence": cadence.QUESTION,
    "flow": flow.QUESTION,
    "reopen_cycles": reopen_cycles.QUESTION,
    "stage_times": stage_times.QUESTION,
    "cumulative_flow": cumulative_flow.QUESTION,
    "aging": aging.QUESTION,
    "aging_bands": aging_bands.QUESTION,
    "intake": intake.QUESTION,
    "duplicate_suspects": duplicate_suspects.QUESTION,
    "ownership": ownership.QUESTION,
    "data_quality": data_quality.QUESTION,
}
