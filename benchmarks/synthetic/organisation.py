"""The made-up organisation behind the synthetic store: queues, accounts, a rota, and the settings it works by."""

from datetime import datetime, timedelta

import polars as pl

QUEUES = {  # queue: source, hours that its team's zone is ahead of UTC in winter
    "infra": ("github", 1.0),
    "PROD": ("jira", -8.0),
    "operations": ("phorge", 1.0),
    "access": ("github", -8.0),
    "DATA": ("jira", 9.5),
    "network": ("github", 1.0),
    "security": ("phorge", 1.0),
    "WEB": ("jira", -8.0),
}
SOURCES = ("github", "jira", "phorge")
PEOPLE, REQUESTERS, CREW = 60, 2_000, 20
PERSONS = [f"Person {n:02}" for n in range(PEOPLE)]
ROLES = ("duty", "incident commander")
_ZONES = ("Europe/Berlin", "America/Los_Angeles", "Australia/Adelaide")
_COUNTRIES = ("DE", "US", "AU")
_SECOND_ACCOUNTS = 20

PERSON_ACCOUNTS = [
    [f"{SOURCES[n % 3]}/staff{n:02}", *([f"{SOURCES[(n + 1) % 3]}/staff{n:02}"] if n < _SECOND_ACCOUNTS else [])]
    for n in range(PEOPLE)
]
BOTS = {source: f"{source}/robot[bot]" for source in SOURCES}
ASKERS = {source: [f"{source}/asker{n}" for n in range(REQUESTERS) if SOURCES[n % 3] == source] for source in SOURCES}


def crew(queue: str) -> list[str]:
    """The accounts that work on a queue, the busiest first."""
    source, turn = QUEUES[queue][0], list(QUEUES).index(queue) * 5
    accounts = [account for own in PERSON_ACCOUNTS for account in own if account.startswith(f"{source}/")]
    return (accounts[turn % len(accounts) :] + accounts)[:CREW]


def people_rows(begin: datetime, end: datetime) -> dict[str, pl.DataFrame]:
    """The tables about accounts, shifts, absences and reading, over [begin, end)."""
    return {
        "account": _accounts(),
        "source_status": _said_by_jira(),
        "shift": _shifts(begin, end),
        "absence": _absences(begin, end),
        "sync_run": _syncs(end),
    }


def _accounts() -> pl.DataFrame:
    staff = [account for own in PERSON_ACCOUNTS for account in own]
    names = [*staff, *BOTS.values(), *(account for asking in ASKERS.values() for account in asking)]
    return pl.DataFrame({"account_id": names}).with_columns(
        source=pl.col("account_id").str.extract("^(.*?)/"),
        login=pl.col("account_id").str.extract("/(.*)$"),
        is_bot=pl.col("account_id").is_in([BOTS["github"], BOTS["phorge"]]),  # the settings tell of the third
    )


def _said_by_jira() -> pl.DataFrame:
    stages = {"To Do": "new", "Selected": "new", "In Progress": "active", "Waiting": "active", "Done": "done"}
    rows = [("jira", status, stage) for status, stage in stages.items()]
    return pl.DataFrame(rows, schema=["source", "status", "stage"], orient="row")


def _shifts(begin: datetime, end: datetime) -> pl.DataFrame:
    """A week each from Monday to Monday, both roles in turn."""
    monday = begin - timedelta(days=begin.weekday())
    rows = [
        (f"{role}/{week}", "github", role, PERSON_ACCOUNTS[(week * (n + 1) + 7 * n) % PEOPLE][0],
         monday + timedelta(weeks=week), monday + timedelta(weeks=week + 1))
        for n, role in enumerate(ROLES)
        for week in range((end - monday).days // 7 + 4)
    ]  # fmt: skip
    columns = ["shift_id", "source", "role", "account_id", "starts_at", "ends_at"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def _absences(begin: datetime, end: datetime) -> pl.DataFrame:
    """Each person is away five times a year, from a few days to two weeks."""
    rows = [
        (f"{person}/{n}", "github", PERSON_ACCOUNTS[person][0], away, away + timedelta(days=3 + (person + n) % 12))
        for person in range(PEOPLE)
        for n in range(5 * ((end - begin).days // 365))
        if (away := begin + timedelta(days=73 * n + person)) < end
    ]
    columns = ["absence_id", "source", "account_id", "starts_at", "ends_at"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def _syncs(end: datetime) -> pl.DataFrame:
    counts = ("tickets", "events", "changed", "rejected", "new_tickets", "gone", "requests")
    rows = [
        {"run_id": f"run/{source}", "source": source, "scope": "all", "started_at": end, "finished_at": end}
        | {"data_until": end, **dict.fromkeys(counts, 0), "waited_seconds": 0.0}
        for source in SOURCES
    ]
    return pl.DataFrame(rows)


def _calendar(name: str, zone: str, country: str) -> str:
    hours = ", ".join(f'{day} = ["09:00-17:00"]' for day in ("mon", "tue", "wed", "thu", "fri"))
    return f'[[calendar]]\nname = "{name}"\nzone = "{zone}"\ncountry = "{country}"\nhours = {{ {hours} }}\n'


def _person(n: int) -> str:
    return (
        f'[[person]]\nname = "{PERSONS[n]}"\nzone = "{_ZONES[n % 3]}"\ncountry = "{_COUNTRIES[n % 3]}"\n'
        f"accounts = {PERSON_ACCOUNTS[n]}\nroles = {list(ROLES)}\n" + ("share = 0.5\n" if n % 10 == 9 else "")
    )


_TEAMS = """
[[team]]
name = "platform"
calendar = "Europe/Berlin"
queues = ["infra", "network"]
[[team]]
name = "access"
calendar = "America/Los_Angeles"
queues = ["access"]
[[team]]
name = "product"
calendar = "America/Los_Angeles"
queues = ["PROD", "WEB"]
[[team]]
name = "data"
calendar = "Australia/Adelaide"
queues = ["DATA"]
[[team]]
name = "operations"
calendar = "Europe/Berlin"
queues = ["operations", "security"]
"""
_POLICIES = """
[[stages]]
sources = ["github"]
presets = ["github", "github-board"]
column = { Waiting = "waiting" }
[[stages]]
sources = ["jira"]
presets = ["jira"]
status = { Selected = "triaged" }
[[stages]]
presets = ["phorge"]

[[priorities]]
sources = ["jira"]
presets = ["jira"]
[[priorities]]
sources = ["phorge"]
presets = ["phorge"]
[[priorities]]

[[triage]]
sources = ["github"]
rule = "board"
[[triage]]
sources = ["jira"]
rule = "jira"
[[triage]]
rule = "duty"

[[slo]]
name = "Triage"
clock = "triage"
objective = 0.8
goals = [{ within = "8h" }]
[[slo]]
name = "Triage"
valid_from = 2025-07-01
clock = "triage"
objective = 0.9
goals = [{ inside = "4h", outside = "end of next working day" }]
[[slo]]
name = "First response"
clock = "first_response"
objective = 0.8
goals = [{ priority = ["P0", "P1"], within = "4h" }, { within = "16h" }]
[[slo]]
name = "Resolve"
clock = "resolve"
objective = 0.8
pauses = true
goals = [
  { priority = ["P0"], within = "8h" },
  { priority = ["P1"], within = "24h" },
  { priority = ["P2"], within = "80h" },
]
[[slo]]
name = "Updates"
clock = "update"
calendar = "always"
objective = 0.9
goals = [{ priority = ["P0"], within = "24h" }, { priority = ["P1"], within = "168h" }]

[[cadence]]
[[wip]]
person = 5
queue = 60
[[ownership]]
[[intake]]
[[toil]]
presets = ["labels", "jira", "titles"]
[[incident]]
presets = ["labels", "types", "links"]
incident = [{ label = ["incident"] }, { type = ["Incident"] }]
action = [{ label = ["action-item"] }, { type = ["Action item"] }]

[[role]]
name = "duty"
people = 1
rest_days = 7
[[role]]
name = "incident commander"
burden = 0.5
excludes = ["duty"]
"""
SETTINGS = "\n".join(
    [
        f'bots = ["{BOTS["jira"]}"]',
        *(_calendar(zone, zone, country) for zone, country in zip(_ZONES, _COUNTRIES, strict=True)),
        _TEAMS,
        *map(_person, range(PEOPLE)),
        _POLICIES,
    ]
)
