"""Each metric's question put plainly in pandas and in SQL, beside what Watchbill tells: a file for each."""

from benchmarks.metrics.beside import cumulative_flow, first_response, flow, slo, triage_latency
from benchmarks.metrics.beside.plain import Question

QUESTIONS: dict[str, Question] = {
    "triage_latency": triage_latency.QUESTION,
    "first_response": first_response.QUESTION,
    "slo": slo.QUESTION,
    "flow": flow.QUESTION,
    "cumulative_flow": cumulative_flow.QUESTION,
}
