"""What settings may lean on without writing it down: maps, rules, and the settings of who has none."""

from typing import Any, Literal

Stage = Literal["new", "triaged", "active", "waiting", "done"]
CONDITIONS = ("priority_set", "project_set", "label_set", "owner_set", "commented", "closed", "left_new")

STAGE_PRESETS: dict[str, dict[str, dict[str, Stage]]] = {
    "github": {
        "status": {
            "open": "new",
            "closed": "done",
            "completed": "done",
            "not_planned": "done",
            "duplicate": "done",
            "converted": "done",
        }
    },
    "github-board": {"column": {"New": "new", "Triaged": "triaged", "In progress": "active", "Done": "done"}},
    "github-labels": {
        "label": {"triaged": "triaged", "in progress": "active", "waiting": "waiting", "blocked": "waiting"}
    },
    "phorge": {
        "status": {
            "open": "new",
            "progress": "active",
            "inprogress": "active",
            "in progress": "active",
            "stalled": "waiting",
            "resolved": "done",
            "wontfix": "done",
            "invalid": "done",
            "duplicate": "done",
            "spite": "done",
            "declined": "done",
        }
    },
    "phorge-board": {
        "column": {"Backlog": "new", "Triaged": "triaged", "Doing": "active", "Waiting": "waiting", "Done": "done"}
    },
    # Jira's own categories say the rest: only that somebody waits is in none of them.
    "jira": {
        "status": {
            "To Do": "new",
            "In Progress": "active",
            "Done": "done",
            "Blocked": "waiting",
            "On Hold": "waiting",
            "Pending": "waiting",
            "Waiting": "waiting",
            "Waiting for customer": "waiting",
        }
    },
    "rt": {
        "status": {
            "new": "new",
            "open": "active",
            "stalled": "waiting",
            "resolved": "done",
            "rejected": "done",
            "deleted": "done",
        }
    },
}

# Values are what people see. `default` are those that a ticket is born with and that nobody has chosen.
PRIORITY_PRESETS: dict[str, dict[str, Any]] = {
    "phorge": {
        "value": {"Unbreak Now!": "P0", "High": "P1", "Normal": "P2", "Low": "P3", "Wishlist": "P3"},
        "default": ["Needs Triage"],
    },
    "jira": {
        "value": {
            "Highest": "P0",
            "High": "P1",
            "Medium": "P2",
            "Low": "P3",
            "Lowest": "P4",
            "Blocker": "P0",
            "Critical": "P1",
            "Major": "P2",
            "Minor": "P3",
            "Trivial": "P4",
        },
        "default": [],
    },
    "rt": {"value": {"90-100": "P0", "60-89": "P1", "30-59": "P2", "1-29": "P3"}, "default": ["0"]},
}

TRIAGE_PRESETS: dict[str, dict[str, Any]] = {
    "labelled": {"any": ["label_set", "owner_set", "closed"]},
    "board": {"any": ["left_new", {"all": ["priority_set", "owner_set"]}]},
    "duty": {"all": ["priority_set", "project_set", {"any": ["owner_set", "closed", "commented"]}]},
    "jira": {"any": ["left_new", {"all": ["priority_set", "owner_set"]}]},
    "rt": {"any": ["owner_set", "left_new"]},
}

MilestoneName = Literal[
    "detected",
    "acknowledged",
    "mitigated",
    "resolved",
    "postmortem_started",
    "debrief_held",
    "postmortem_shared",
    "customer_input_asked",
]


def _told(*keys: str) -> list[dict[str, str]]:
    """A line of a comment that begins with one of these words and a colon, whoever may see the comment."""
    return [{"field": field, "key": key} for key in keys for field in ("comment", "note")]


def _labelled(*labels: str) -> list[dict[str, str]]:
    return [{"field": "label", "value": label} for label in labels]


_MILESTONES: dict[MilestoneName, list[dict[str, str]]] = {
    "detected": [{"field": "opened"}, *_told("Detected")],
    "acknowledged": [{"field": "owner"}, {"field": "comment"}, *_told("Acknowledged")],
    "mitigated": [*_labelled("mitigated"), {"field": "status", "value": "mitigated"}, *_told("Mitigated")],
    "resolved": [{"field": "closed"}, *_told("Resolved")],
    "postmortem_started": [*_labelled("post-mortem", "postmortem"), *_told("Post-mortem started")],
    "debrief_held": [*_labelled("debrief held"), *_told("Debrief held")],
    "postmortem_shared": [*_labelled("post-mortem shared"), *_told("Post-mortem shared")],
    "customer_input_asked": [*_labelled("customer input asked"), *_told("Customer input asked")],
}
_INCIDENT_WORDS = ["incident", "outage"]
_POSTMORTEM_WORDS = ["post-mortem", "postmortem", "post-incident review", "[System] Post-incident review"]
_ACTION_WORDS = ["post-mortem action", "postmortem-action", "action item", "action-item"]

# What makes a ticket an incident, a post-mortem or an action item: any one of the marks listed for it.
INCIDENT_PRESETS: dict[str, dict[str, Any]] = {
    "labels": {
        "incident": [{"label": _INCIDENT_WORDS}],
        "postmortem": [{"label": _POSTMORTEM_WORDS}],
        "action": [{"label": _ACTION_WORDS}],
        "milestones": _MILESTONES,
    },
    "types": {
        "incident": [{"type": [*_INCIDENT_WORDS, "[System] Incident"]}],
        "postmortem": [{"type": _POSTMORTEM_WORDS}],
        "action": [{"type": _ACTION_WORDS}],
        "milestones": _MILESTONES,
    },
    "projects": {
        "incident": [{"project": _INCIDENT_WORDS}],
        "postmortem": [{"project": _POSTMORTEM_WORDS}],
        "action": [{"project": _ACTION_WORDS}],
        "milestones": _MILESTONES,
    },
    "links": {"action": [{"link": ["action_of"]}], "milestones": {}},
}

DEFAULT_TOML = """
[[calendar]]
name = "office"
zone = "UTC"
[calendar.hours]
mon = ["09:00-17:00"]
tue = ["09:00-17:00"]
wed = ["09:00-17:00"]
thu = ["09:00-17:00"]
fri = ["09:00-17:00"]

[[team]]
name = "everyone"
calendar = "office"
queues = ["*"]

[[stages]]
sources = ["phorge*"]
presets = ["phorge"]

[[stages]]
sources = ["jira*"]
presets = ["jira"]

[[stages]]
sources = ["rt*"]
presets = ["rt"]

[[stages]]
presets = ["github", "github-labels"]

[[priorities]]
sources = ["phorge*"]
presets = ["phorge"]

[[priorities]]
sources = ["jira*"]
presets = ["jira"]

[[priorities]]
sources = ["rt*"]
presets = ["rt"]

[[priorities]]

[[triage]]
sources = ["phorge*"]
rule = "duty"

[[triage]]
sources = ["jira*"]
rule = "jira"

[[triage]]
sources = ["rt*"]
rule = "rt"

[[triage]]
rule = "labelled"

[[incident]]
presets = ["labels", "types", "projects", "links"]

[[cadence]]
[[ownership]]
[[intake]]

[[toil]]
presets = ["labels", "jira", "titles"]

[[slo]]
name = "Triage"
clock = "triage"
objective = 0.9
window = "28d"
goals = [{ inside = "4h", outside = "end of next working day" }]

[[slo]]
name = "First response"
clock = "first_response"
objective = 0.9
window = "28d"
goals = [{ within = "8h" }]
"""
