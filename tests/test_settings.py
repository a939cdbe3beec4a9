"""watchbill.toml: what is valid, what it means, and what is said about every kind of mistake."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

import settings
from settings import Settings, SettingsError
from settings.presets import INCIDENT_PRESETS, PRIORITY_PRESETS, STAGE_PRESETS, TRIAGE_PRESETS, Stage

EXAMPLE = Path(__file__).parents[1] / "watchbill.example.toml"
CALENDAR = '[[calendar]]\nname = "office"\nzone = "UTC"\n'
SLO = '[[slo]]\nname = "S"\nobjective = 0.9\n'
GOALS = 'goals = [{ within = "4h" }]\n'


def parse(text: str) -> Settings:
    return settings.parse(text, "watchbill.toml")


def complaint(text: str) -> str:
    with pytest.raises(SettingsError) as raised:
        parse(text)
    return str(raised.value)


# --- What is valid ----------------------------------------------------------------------------------


def test_without_a_file_one_team_has_every_queue_in_office_hours(tmp_path: Path) -> None:
    found = settings.load(tmp_path / "none.toml")
    assert [(team.name, team.calendar, team.queues) for team in found.team] == [("everyone", "office", ["*"])]
    assert sorted(found.calendar[0].hours) == ["fri", "mon", "thu", "tue", "wed"]
    assert [slo.name for slo in found.slo] == ["Triage", "First response"]
    assert found == parse(settings.DEFAULT_TOML)


def test_nothing_at_all_is_valid_and_says_nothing() -> None:
    assert parse("") == Settings()


def test_the_example_is_valid() -> None:
    found = settings.load(EXAMPLE)
    assert found.team and found.calendar and found.slo and found.stages and found.priorities and found.triage


def test_the_example_shows_every_setting() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    models: list[type[BaseModel]] = [Settings, settings.Calendar, settings.Team, settings.Person, settings.Stages]
    models += [settings.Priorities, settings.Triage, settings.Slo, settings.Milestone, settings.Incident, settings.Mark]
    models += [settings.Review, settings.Cadence, settings.Wip, settings.Ownership, settings.Intake, settings.Toil]
    models += [settings.Category, settings.Role, settings.Access]
    names = {name for model in models for name in model.model_fields}
    assert {name for name in names if name not in text} == set()


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        parse("").bots = ["x"]


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "w.toml").write_text('bots = ["github/x"]', encoding="utf-8-sig")
    assert settings.load(tmp_path / "w.toml").bots == ["github/x"]


# --- What it means ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T00:00:00Z", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T09:30:00+09:00", datetime(2026, 3, 1, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_bare_date_is_midnight_utc_and_an_instant_is_itself(written: str, meant: datetime) -> None:
    [found] = parse(f"[[triage]]\nvalid_from = {written}").triage
    assert found.valid_from == meant and found.valid_from.utcoffset() == meant.utcoffset()


def test_left_out_is_ever() -> None:
    assert parse("[[triage]]").triage[0].valid_from == settings.EVER


def test_own_entries_beat_presets_and_later_presets_earlier_ones() -> None:
    [found] = parse('[[stages]]\npresets = ["github", "phorge"]\nstatus = { open = "active" }').stages
    mapping = found.mapping("status")
    assert (mapping["open"], mapping["stalled"], mapping["completed"]) == ("active", "waiting", "done")


def test_a_preset_of_triage_is_spelled_out() -> None:
    assert parse('[[triage]]\nrule = "labelled"').triage[0].expression() == {
        "any": ["label_set", "owner_set", "closed"]
    }


def test_a_triage_rule_may_be_nested() -> None:
    rule = '{ all = ["priority_set", { any = ["owner_set", "closed"] }] }'
    assert parse(f"[[triage]]\nrule = {rule}").triage[0].expression() == {
        "all": ["priority_set", {"any": ["owner_set", "closed"]}]
    }


def test_every_preset_names_known_stages_and_conditions() -> None:
    for name, fields in STAGE_PRESETS.items():
        [stages] = parse(f'[[stages]]\npresets = ["{name}"]').stages
        assert {field: stages.mapping(field) for field in ("status", "column", "label") if field in fields} == fields
        assert {stage for values in fields.values() for stage in values.values()} <= set(get_args(Stage))
    for name, rule in TRIAGE_PRESETS.items():
        spelled_out = parse(f"[[triage]]\nrule = {_toml(rule)}").triage[0]
        assert parse(f'[[triage]]\nrule = "{name}"').triage[0].expression() == spelled_out.expression() == rule


def test_every_preset_of_priorities_and_incidents_is_valid() -> None:
    for name, said in PRIORITY_PRESETS.items():
        [priorities] = parse(f'[[priorities]]\npresets = ["{name}"]').priorities
        assert (priorities.values(), priorities.undecided()) == (said["value"], said["default"])
    for name, said in INCIDENT_PRESETS.items():
        [rules] = parse(f'[[incident]]\npresets = ["{name}"]').incident
        definition = rules.definition()
        assert {role: marks for role, marks in definition["marks"].items() if marks} | {"milestones": {}} == {
            **said,
            "milestones": {},
        }
        for ways in definition["milestones"].values():
            assert [settings.Milestone(**way).model_dump(exclude_defaults=True) for way in ways] == ways
        for marks in definition["marks"].values():
            assert [settings.Mark(**mark).patterns() for mark in marks] == marks


def test_own_priorities_beat_presets_and_so_do_own_defaults() -> None:
    told = '[[priorities]]\npresets = ["phorge"]\nvalue = { High = "P0" }\ndefault = ["Low"]'
    [priorities] = parse(told).priorities
    assert (priorities.values()["High"], priorities.values()["Normal"], priorities.undecided()) == ("P0", "P2", ["Low"])


def test_a_native_priority_may_be_a_range_of_numbers() -> None:
    [priorities] = parse('[[priorities]]\nvalue = { "90-100" = "P0", "-5" = "P4", "1-a" = "P3" }').priorities
    assert priorities.values() == {"90-100": "P0", "-5": "P4", "1-a": "P3"}


def test_presets_of_incidents_add_up_and_own_lists_take_their_place() -> None:
    text = """
[[incident]]
presets = ["labels", "types"]
action = [{ link = ["child_of"] }]
[incident.milestones]
resolved = [{ field = "label", value = "resolved" }]
"""
    [rules] = parse(text).incident
    told = rules.definition()
    assert [sorted(mark) for mark in told["marks"]["incident"]] == [["label"], ["type"]]
    assert told["marks"]["action"] == [{"link": ["child_of"]}]
    assert told["milestones"]["resolved"] == [{"field": "label", "value": "resolved"}]
    assert told["milestones"]["detected"] == INCIDENT_PRESETS["labels"]["milestones"]["detected"]


def test_a_role_may_be_left_to_nobody() -> None:
    [rules] = parse('[[incident]]\npresets = ["labels"]\naction = []').incident
    assert rules.definition()["marks"]["action"] == []


def test_one_milestone_may_come_from_any_kind_of_event() -> None:
    fields = ["status", "label", "comment", "note", "custom.Restored at", "opened", "closed", "eta", "type"]
    ways = ", ".join(f'{{ field = "{field}" }}' for field in fields)
    text = f'[[incident]]\npresets = ["labels"]\n[incident.milestones]\nresolved = [{ways}]'
    assert [way.field for way in parse(text).incident[0].milestones["resolved"]] == fields


def _toml(rule: Any) -> str:
    if isinstance(rule, str):
        return f'"{rule}"'
    ((joint, parts),) = rule.items()
    return "{ " + joint + " = [" + ", ".join(map(_toml, parts)) + "] }"


def test_a_person_has_days_of_joining_and_leaving() -> None:
    [found] = parse('[[person]]\nname = "Ana"\njoined = 2026-01-01\nleft = 2026-06-30').person
    assert (found.joined, found.left, found.zone) == (date(2026, 1, 1), date(2026, 6, 30), "UTC")


def test_versions_of_one_name_may_stand_side_by_side() -> None:
    text = f"{SLO}clock = 'triage'\n{GOALS}" + f"{SLO}clock = 'triage'\nvalid_from = 2026-03-01\n{GOALS}"
    assert len(parse(text).slo) == 2


def test_the_calendar_always_needs_no_words() -> None:
    assert parse('[[team]]\nname = "a"\ncalendar = "always"\nqueues = ["*"]').team[0].calendar == "always"


@pytest.mark.parametrize("deadline", ["30m", "4h", "4 h", "end of next working day", "end of the next working day"])
def test_deadlines(deadline: str) -> None:
    [promise] = parse(f'{SLO}clock = "triage"\ngoals = [{{ within = "{deadline}" }}]').slo
    assert [goal.within for goal in promise.goals] == [deadline]


@pytest.mark.parametrize("window", ["28d", "week", "month", "quarter"])
def test_windows(window: str) -> None:
    [promise] = parse(f'{SLO}clock = "triage"\nwindow = "{window}"\n{GOALS}').slo
    assert promise.window == window


# --- Mistakes ---------------------------------------------------------------------------------------

MISTAKES = {
    "not TOML": ("bots = [", "", "not valid TOML"),
    "a key written twice": ("bots = []\nbots = []", "", "not valid TOML"),
    "an unknown table": ("[[calender]]\n", "calender", "did you mean 'calendar'?"),
    "a key of another table": (
        f'{CALENDAR}hours = {{}}\nqueues = ["infra"]',
        "calendar.0.queues",
        "other tables have one",
    ),
    "an unknown key": (f'{CALENDAR}hours = {{}}\nzones = "UTC"', "calendar.0.zones", "did you mean 'zone'?"),
    "an unknown key like no other": ("qqq = 1", "qqq", "see watchbill.example.toml"),
    "a key left out": ('[[calendar]]\nname = "x"\nhours = {}', "calendar.0.zone", "Field required"),
    "text in place of a list": ('bots = "github/x"', "bots", "should be a valid list"),
    "a number in place of text": ("bots = [7]", "bots.0", "should be a valid string"),
    "a zone that is none": (
        '[[calendar]]\nname = "x"\nzone = "Mars/Olympus"\nhours = {}',
        "calendar.0.zone",
        "'Mars/Olympus' is not a time zone; write one like",
    ),
    "a zone that is a path": ('[[person]]\nname = "x"\nzone = "../x"', "person.0.zone", "is not a time zone"),
    "a weekday that is none": (f"{CALENDAR}hours = {{ mo = [] }}", "calendar.0.hours.mo", "'mon', 'tue'"),
    "hours in other words": (
        f'{CALENDAR}hours = {{ mon = ["9-5"] }}',
        "calendar.0.hours.mon",
        "write it as '09:00-17:00'",
    ),
    "hours that end before they start": (
        f'{CALENDAR}hours = {{ mon = ["17:00-09:00"] }}',
        "calendar.0.hours.mon",
        "ends before it starts",
    ),
    "hours past midnight": (f'{CALENDAR}hours = {{ mon = ["09:00-25:00"] }}', "calendar.0.hours.mon", "passes 24:00"),
    "hours that overlap": (
        f'{CALENDAR}hours = {{ mon = ["09:00-12:00", "11:00-13:00"] }}',
        "calendar.0.hours.mon",
        "overlaps the one before it",
    ),
    "a special day that is no date": (
        f'{CALENDAR}hours = {{}}\nspecial_days = {{ "Christmas" = [] }}',
        "calendar.0",
        "special_days: 'Christmas' is not a date; write it as",
    ),
    "a holiday that is no date": (
        f'{CALENDAR}hours = {{}}\nholidays = {{ Eve = "2026-12-24" }}',
        "calendar.0.holidays.Eve",
        "should be a valid date",
    ),
    "an instant without a zone": (
        "[[triage]]\nvalid_from = 2026-03-01T09:00:00",
        "triage.0.valid_from",
        "end it with Z",
    ),
    "an instant as text": (
        '[[triage]]\nvalid_from = "2026-03-01"',
        "triage.0.valid_from",
        "should be a valid datetime",
    ),
    "a team without queues": (
        '[[team]]\nname = "x"\ncalendar = "always"\nqueues = []',
        "team.0.queues",
        "at least 1 item",
    ),
    "a team in no calendar": (
        '[[team]]\nname = "x"\ncalendar = "ofice"\nqueues = ["*"]',
        "the file as a whole",
        "team 'x': calendar 'ofice' is not defined; known are always",
    ),
    "a promise in no calendar": (
        f'{SLO}clock = "triage"\ncalendar = "ofice"\n{GOALS}',
        "the file as a whole",
        "slo 'S': calendar 'ofice' is not defined",
    ),
    "a stage that is none": ('[[stages]]\nstatus = { open = "begun" }', "stages.0.status.open", "'new', 'triaged'"),
    "a preset that is none": (
        '[[stages]]\npresets = ["gitlab"]',
        "stages.0",
        "'gitlab' is unknown; choose among github",
    ),
    "a triage rule that is none": ('[[triage]]\nrule = "swift"', "triage.0.rule", "choose among labelled"),
    "a condition that is none": (
        '[[triage]]\nrule = { any = ["swift"] }',
        "triage.0.rule",
        "write one of priority_set",
    ),
    "an empty rule": ("[[triage]]\nrule = { any = [] }", "triage.0.rule", "is not a condition"),
    "a rule with two joints": (
        '[[triage]]\nrule = { any = ["closed"], all = ["closed"] }',
        "triage.0.rule",
        "is not a condition",
    ),
    "a rule that is a number": ("[[triage]]\nrule = 5", "triage.0.rule", "is not a condition"),
    "a priority outside the order": (
        '[[priorities]]\norder = ["P0"]\nlabel = { hot = "P1" }',
        "priorities.0",
        "'P1' is not in order = ['P0']; add it there",
    ),
    "an objective of all": (f'{SLO.replace("0.9", "1.0")}clock = "triage"\n{GOALS}', "slo.0.objective", "less than 1"),
    "an objective in per cent": (
        f'{SLO.replace("0.9", "90")}clock = "triage"\n{GOALS}',
        "slo.0.objective",
        "less than 1",
    ),
    "a clock that is none": (f'{SLO}clock = "close"\n{GOALS}', "slo.0.clock", "'triage', 'first_response'"),
    "a deadline in days": (
        f'{SLO}clock = "triage"\ngoals = [{{ within = "2d" }}]',
        "slo.0.goals.0.within",
        "is not a deadline; write working time such as '4h'",
    ),
    "a deadline of nothing": (
        f'{SLO}clock = "triage"\ngoals = [{{ within = "0h" }}]',
        "slo.0.goals.0.within",
        "write working",
    ),
    "a window in words": (f'{SLO}clock = "triage"\nwindow = "4 weeks"\n{GOALS}', "slo.0.window", "write '28d'"),
    "a promise without goals": (f'{SLO}clock = "triage"\ngoals = []', "slo.0.goals", "at least 1 item"),
    "a goal without a deadline": (f'{SLO}clock = "triage"\ngoals = [{{}}]', "slo.0.goals.0", "write either within"),
    "a goal with both forms": (
        f'{SLO}clock = "triage"\ngoals = [{{ within = "1h", inside = "1h", outside = "1h" }}]',
        "slo.0.goals.0",
        "write either within, or both inside and outside",
    ),
    "half a goal": (f'{SLO}clock = "triage"\ngoals = [{{ inside = "1h" }}]', "slo.0.goals.0", "go together"),
    "a milestone left out": (f'{SLO}clock = "debrief"\n{GOALS}', "slo.0", "needs stop = { field = ..., value = ... }"),
    "a milestone too many": (
        f'{SLO}clock = "triage"\nstop = {{ field = "label" }}\n{GOALS}',
        "slo.0",
        "start and stop belong to the clocks acknowledge and debrief",
    ),
    "an event that is none": (
        f'{SLO}clock = "acknowledge"\nstop = {{ field = "custom" }}\n{GOALS}',
        "slo.0.stop.field",
        "'custom' is nothing that happens; write one of opened, closed, status",
    ),
    "a line of something other than a comment": (
        f'{SLO}clock = "acknowledge"\nstop = {{ field = "label", key = "Ack" }}\n{GOALS}',
        "slo.0.stop",
        "write field = 'comment' or 'note', not 'label'",
    ),
    "a line with its colon": (
        f'{SLO}clock = "acknowledge"\nstop = {{ field = "note", key = "Ack:" }}\n{GOALS}',
        "slo.0.stop.key",
        "should match pattern",
    ),
    "a line and a pattern": (
        f'{SLO}clock = "acknowledge"\nstop = {{ field = "note", key = "Ack", value = "*" }}\n{GOALS}',
        "slo.0.stop",
        "write either key (a line of the comment) or value",
    ),
    "an instant in a field that holds none": (
        f'{SLO}clock = "acknowledge"\nstop = {{ field = "label", when = "value" }}\n{GOALS}',
        "slo.0.stop",
        "needs a field that holds an instant: custom.NAME, not 'label'",
    ),
    "an instant and a pattern": (
        f'{SLO}clock = "acknowledge"\nstop = {{ field = "custom.x", when = "value", value = "*" }}\n{GOALS}',
        "slo.0.stop",
        "leave out the pattern",
    ),
    "incidents by nothing": (
        "[[incident]]\n",
        "incident.0",
        "say what makes an incident: incident = [{ label = [...] }]",
    ),
    "a mark of nothing": (
        "[[incident]]\nincident = [{}]",
        "incident.0.incident.0",
        "nothing to recognise a ticket by; write one of type, label, project",
    ),
    "a mark outside a list": (
        '[[incident]]\nincident = { label = ["x"] }',
        "incident.0.incident",
        "should be a valid list",
    ),
    "an incident by a link": (
        '[[incident]]\nincident = [{ link = ["child_of"] }]',
        "incident.0",
        "link leads to an incident, so it cannot make one; use it under action",
    ),
    "a preset of incidents that is none": (
        '[[incident]]\npresets = ["columns"]',
        "incident.0",
        "'columns' is unknown; choose among labels, types, projects, links",
    ),
    "a milestone that is none": (
        '[[incident]]\npresets = ["labels"]\n[incident.milestones]\nfixed = []',
        "incident.0.milestones.fixed",
        "'detected', 'acknowledged'",
    ),
    "a role that is misspelt": (
        '[[incident]]\npresets = ["labels"]\npostmortems = []',
        "incident.0.postmortems",
        "did you mean 'postmortem'?",
    ),
    "a preset of priorities that is none": (
        '[[priorities]]\npresets = ["github"]',
        "priorities.0",
        "'github' is unknown; choose among phorge, jira, rt",
    ),
    "a preset's priority outside the order": (
        '[[priorities]]\npresets = ["jira"]\norder = ["P0"]\nlabel = {}',
        "priorities.0",
        "'P1' is not in order = ['P0']; add it there",
    ),
    "a range backwards": (
        '[[priorities]]\nvalue = { "100-90" = "P0" }',
        "priorities.0.value.100-90",
        "write the smaller number first, such as '90-100'",
    ),
    "a range without bounds": (
        '[[priorities]]\nvalue = { "0-999999999" = "P0" }',
        "priorities.0.value.0-999999999",
        "at most 1000 numbers",
    ),
    "sources of nobody": ("[[triage]]\nsources = []", "triage.0.sources", "at least 1 item"),
    "sources of a promise": (f'{SLO}clock = "triage"\nsources = ["rt"]\n{GOALS}', "slo.0.sources", "no such setting"),
    "a checklist that names another clock's promise": (
        f'{SLO}clock = "triage"\n{GOALS}[[intake]]\npromise = "S"\n',
        "the file as a whole",
        "intake: promise 'S' is no [[slo]] with clock = 'first_response'; such are none yet",
    ),
    "two maps for the same queues of one tracker": (
        '[[priorities]]\nsources = ["rt"]\n' * 2,
        "the file as a whole",
        "priorities ['*'] of ['rt'] is defined twice",
    ),
    "two versions from one instant": (
        f'{SLO}clock = "triage"\n{GOALS}' * 2,
        "the file as a whole",
        "slo 'S' is defined twice from the same instant; give the later version another valid_from",
    ),
    "two promises of one name for two queues": (
        f'{SLO}clock = "triage"\nqueues = ["a"]\n{GOALS}{SLO}clock = "triage"\nqueues = ["b"]\n{GOALS}',
        "the file as a whole",
        "or rename one promise",
    ),
    "two calendars of one name": (
        f"{CALENDAR}hours = {{}}\n" * 2,
        "the file as a whole",
        "calendar 'office' is defined twice",
    ),
    "two stage maps for the same queues": ("[[stages]]\n" * 2, "the file as a whole", "stages ['*'] is defined twice"),
    "a calendar of your own called always": (
        '[[calendar]]\nname = "always"\nzone = "UTC"\nhours = {}',
        "the file as a whole",
        "give yours another name",
    ),
    "a team twice": (
        '[[team]]\nname = "x"\ncalendar = "always"\nqueues = ["*"]\n' * 2,
        "the file as a whole",
        "team 'x' stands",
    ),
    "a person twice": ('[[person]]\nname = "Ana"\n' * 2, "the file as a whole", "person 'Ana' stands there twice"),
    "an account of two persons": (
        '[[person]]\nname = "Ana"\naccounts = ["github/a"]\n[[person]]\nname = "Ben"\naccounts = ["github/a"]\n',
        "the file as a whole",
        "account 'github/a' belongs to two persons",
    ),
}


@pytest.mark.parametrize(("text", "key", "remedy"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_said_with_file_key_and_remedy(text: str, key: str, remedy: str) -> None:
    said = complaint(text)
    assert said.startswith(f"watchbill.toml: {key}")
    assert remedy in said


def test_every_mistake_is_said_at_once_one_a_line() -> None:
    said = complaint('bots = 3\n[[person]]\nname = "x"\nzone = "Nowhere"')
    assert [line.split(":")[1].strip() for line in said.splitlines()] == ["person.0.zone", "bots"]


def test_no_message_repeats_what_stands_behind_an_unknown_key() -> None:
    assert "hush" not in complaint('token = "hush"\n[github]\npassword = "hush"')
    assert "hush" not in complaint('token = "hush" and more')


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "w.toml").write_bytes('name = "Größe"'.encode("latin-1"))
    with pytest.raises(SettingsError, match=r"w\.toml: not UTF-8 text; save it as UTF-8"):
        settings.load(tmp_path / "w.toml")


def test_a_folder_is_no_settings_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot be read \(.*\); name a file with --settings"):
        settings.load(tmp_path)
