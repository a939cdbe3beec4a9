"""What a made-up Jira is set up with: statuses, priorities, types, link types, fields."""

from ingest.demo.trackers import Ending, Priority
from ingest.demo.trackers.jira.model import Status

STATUSES = {
    "new": Status("10000", "To Do", "new"),
    "triaged": Status("10001", "Selected", "new"),
    "active": Status("3", "In Progress", "indeterminate"),
    "waiting": Status("10002", "Waiting", "indeterminate"),
    "done": Status("10003", "Done", "done"),
}
PRIORITIES = {"1": "Highest", "2": "High", "3": "Medium", "4": "Low", "5": "Lowest"}
RESOLUTIONS = {"10000": "Done", "10001": "Won't Do", "10002": "Duplicate"}
TYPES = {"10001": "Task", "10002": "Bug", "10003": "Incident", "10004": "Epic"}
TYPES |= {"10005": "Story", "10006": "Action item"}  # of the site's own making
LINKS = {  # name: inward, outward
    "Blocks": ("is blocked by", "blocks"),
    "Relates": ("relates to", "relates to"),
    "Duplicate": ("is duplicated by", "duplicates"),
}
FIELDS = {  # id: name, kind of its schema
    "customfield_10010": ("Request Type", "com.atlassian.servicedesk:vp-origin"),
    "customfield_10014": ("Epic Link", "com.pyxis.greenhopper.jira:gh-epic-link"),
    "customfield_10016": ("Story Points", "com.atlassian.jira.plugin.system.customfieldtypes:float"),
    "customfield_10020": ("Sprint", "com.pyxis.greenhopper.jira:gh-sprint"),
    "customfield_10021": ("Flagged", "com.atlassian.jira.plugin.system.customfieldtypes:multicheckboxes"),
    "customfield_10030": ("Time to first response", "com.atlassian.servicedesk:sd-sla-field"),
    "customfield_10031": ("Time to resolution", "com.atlassian.servicedesk:sd-sla-field"),
    "customfield_10040": ("Target start", "com.atlassian.jira.plugin.system.customfieldtypes:datetime"),
    "customfield_10041": ("Severity", "com.atlassian.jira.plugin.system.customfieldtypes:select"),
    "customfield_10042": ("Team", "com.atlassian.jira.plugin.system.customfieldtypes:textfield"),
}
PRIORITY_IDS: dict[Priority, str] = {"P0": "1", "P1": "2", "P2": "3", "P3": "4"}
RESOLUTION_IDS: dict[Ending, str] = {"done": "10000", "declined": "10001", "duplicate": "10002"}
