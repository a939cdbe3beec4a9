"""Pure questions to a snapshot at an instant.

    con = metrics.open_store("watchbill.duckdb")
    rows = metrics.triage_latency(con, as_of="2026-11-16T00:00Z", queue="infra")
    rows.pl()                # or .df(), .arrow()
    metrics.catalogue()      # name, question, definition, unit, which way is good

In reading order: `snapshot` opens a store; `spells.sql`, `conditions.sql`, `clocks.sql`, `milestones.sql` and
`incidents.sql` are the relations that every metric stands on; `worktime` is the arithmetic; then one file per metric.
"""

# The catalogue asks for modules, whose names the functions below take over.
# isort: split
from metrics.catalogue import Metric, catalogue

# isort: split
from metrics.action_items import action_items
from metrics.aging import aging
from metrics.aging_bands import aging_bands
from metrics.automation_candidates import automation_candidates
from metrics.cadence import cadence
from metrics.clock_trace import clock_trace
from metrics.concentration import role_concentration
from metrics.cumulative_flow import cumulative_flow
from metrics.data_quality import data_quality
from metrics.duplicate_suspects import duplicate_suspects
from metrics.fairness import rotation_fairness
from metrics.first_response import first_response
from metrics.flow import flow
from metrics.incident_tickets import incident_links, incident_milestones, incident_tickets
from metrics.incidents import incidents
from metrics.intake import intake
from metrics.ownership import ownership, ownership_history
from metrics.postmortems import postmortems
from metrics.reopen_cycles import reopen_cycles
from metrics.rota_rules import rota_rules
from metrics.shift_load import shift_load
from metrics.slo import slo
from metrics.slo_summary import slo_summary
from metrics.snapshot import StoreError, data_until, open_store
from metrics.stage_times import stage_times
from metrics.ticket_state import ticket_state
from metrics.toil import toil
from metrics.triage_latency import triage_latency
from metrics.wip import wip

__all__ = [
    "Metric",
    "StoreError",
    "action_items",
    "aging",
    "aging_bands",
    "automation_candidates",
    "cadence",
    "catalogue",
    "clock_trace",
    "cumulative_flow",
    "data_quality",
    "data_until",
    "duplicate_suspects",
    "first_response",
    "flow",
    "incident_links",
    "incident_milestones",
    "incident_tickets",
    "incidents",
    "intake",
    "open_store",
    "ownership",
    "ownership_history",
    "postmortems",
    "reopen_cycles",
    "role_concentration",
    "rota_rules",
    "rotation_fairness",
    "shift_load",
    "slo",
    "slo_summary",
    "stage_times",
    "ticket_state",
    "toil",
    "triage_latency",
    "wip",
]
