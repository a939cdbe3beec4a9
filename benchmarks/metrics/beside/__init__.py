"""Each metric's question put plainly in pandas and in SQL, beside what Watchbill tells: a file for each."""

from benchmarks.metrics.beside import (
    action_items,
    automation_candidates,
    cumulative_flow,
    first_response,
    flow,
    incidents,
    postmortems,
    role_concentration,
    rota_rules,
    rotation_fairness,
    shift_load,
    slo,
    toil,
    triage_latency,
    wip,
)
from benchmarks.metrics.beside.plain import Question

QUESTIONS: dict[str, Question] = {
    "triage_latency": triage_latency.QUESTION,
    "first_response": first_response.QUESTION,
    "slo": slo.QUESTION,
    "flow": flow.QUESTION,
    "cumulative_flow": cumulative_flow.QUESTION,
    "wip": wip.QUESTION,
    "toil": toil.QUESTION,
    "automation_candidates": automation_candidates.QUESTION,
    "incidents": incidents.QUESTION,
    "postmortems": postmortems.QUESTION,
    "action_items": action_items.QUESTION,
    "shift_load": shift_load.QUESTION,
    "rotation_fairness": rotation_fairness.QUESTION,
    "rota_rules": rota_rules.QUESTION,
    "role_concentration": role_concentration.QUESTION,
}
