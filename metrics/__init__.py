"""Pure questions to a snapshot at an instant.

    con = metrics.open_store("watchbill.duckdb")
    rows = metrics.triage_latency(con, as_of="2026-11-16T00:00Z", queue="infra")
    rows.pl()                # or .df(), .arrow()
    metrics.catalogue()      # name, question, definition, unit, which way is good

In reading order: `snapshot` opens a store; `spells.sql`, `conditions.sql`, `clocks.sql`, `milestones.sql` and
`incidents.sql` are the relations that every metric stands on; `worktime` is the arithmetic; then one file per metric.
"""

from metrics.catalogue import Metric, catalogue
from metrics.clock_trace import clock_trace
from metrics.first_response import first_response
from metrics.flow import flow
from metrics.incident_tickets import incident_links, incident_milestones, incident_tickets
from metrics.reopen_cycles import reopen_cycles
from metrics.slo import slo
from metrics.slo_summary import slo_summary
from metrics.snapshot import StoreError, data_until, open_store
from metrics.ticket_state import ticket_state
from metrics.triage_latency import triage_latency

__all__ = [
    "Metric",
    "StoreError",
    "catalogue",
    "clock_trace",
    "data_until",
    "first_response",
    "flow",
    "incident_links",
    "incident_milestones",
    "incident_tickets",
    "open_store",
    "reopen_cycles",
    "slo",
    "slo_summary",
    "ticket_state",
    "triage_latency",
]
