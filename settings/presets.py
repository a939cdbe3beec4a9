"""What settings may lean on without writing it down: stage maps, triage rules, and the settings of who has none."""

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
            "stalled": "waiting",
            "resolved": "done",
            "wontfix": "done",
            "invalid": "done",
            "duplicate": "done",
            "spite": "done",
            "declined": "done",
        }
    },
    "phorge-board": {"column": {"Backlog": "new", "Triaged": "triaged", "Doing": "active", "Done": "done"}},
    "jira": {"status": {"To Do": "new", "In Progress": "active", "Done": "done"}},
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

TRIAGE_PRESETS: dict[str, dict[str, Any]] = {
    "labelled": {"any": ["label_set", "owner_set", "closed"]},
    "board": {"any": ["left_new", {"all": ["priority_set", "owner_set"]}]},
    "duty": {"all": ["priority_set", "project_set", {"any": ["owner_set", "closed", "commented"]}]},
    "jira": {"any": ["left_new", {"all": ["priority_set", "owner_set"]}]},
    "rt": {"any": ["owner_set", "left_new"]},
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
presets = ["github", "github-labels"]

[[priorities]]

[[triage]]
rule = "labelled"

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
