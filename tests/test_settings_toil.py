"""Rules that tell categories of work, and the ones that ship."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

import settings
from settings.toil_presets import TOIL_PRESETS

CON = duckdb.connect()
CATEGORIES = ["outage or degradation", "access", "maintenance", "configuration request", "help request"]


def rules(text: str) -> list[dict[str, object]]:
    [toil] = settings.parse("[[toil]]\n" + text, "w.toml").toil
    found: list[dict[str, object]] = toil.definition()["categories"]
    return found


def test_own_rules_stand_before_those_of_the_presets_in_order() -> None:
    found = rules('presets = ["titles", "jira"]\ncategory = [{ name = "mine", project = ["a*"], text = "x" }]\n')
    assert found[0] == {
        "label": [],
        "type": [],
        "queue": [],
        "name": "mine",
        "project": ["a*"],
        "title": None,
        "text": "x",
    }
    assert [rule["name"] for rule in found[1:7]] == ["help request", *CATEGORIES]
    assert found[7]["type"]


@pytest.mark.parametrize(
    ("category", "complaint"),
    [
        ('{ name = "x" }', "nothing to recognise a ticket by"),
        ('{ name = "", label = ["x"] }', "at least 1 character"),
        ('{ name = "x", title = "(" }', "is not a regular expression"),
        ("{ name = 'x', title = 'a(?=b)' }", r"uses \(\?=, which is not possible"),
        ("{ name = 'x', title = 'a(?<!b)' }", "not possible"),
        ("{ name = 'x', title = '(a)(?P=n)' }", "not a regular expression"),
        (r"{ name = 'x', text = '(a)\1' }", r"uses \\1,"),
        (r"{ name = 'x', text = 'a\Z' }", r"uses \\Z,"),
        (r"{ name = 'x', text = '\u00e9' }", r"uses \\u,"),
        ("{ name = 'x', title = 'a++' }", "repetition of a repetition"),
        ("{ name = 'x', title = '(?>a)' }", "not possible"),
        ("{ name = 'x', title = '(?x)a b' }", "not possible"),
        ("{ name = 'x', title = '[[:alpha:]]' }", r"uses \[:alpha:\]"),
        ("{ name = 'x', title = 'a{1001}' }", "more than 1000 repetitions"),
        ("{ name = 'x', labels = ['y'] }", "there is no such setting"),
    ],
)
def test_a_rule_that_cannot_work_is_refused(category: str, complaint: str) -> None:
    with pytest.raises(settings.SettingsError, match=complaint):
        rules(f"category = [{category}]\n")


@pytest.mark.parametrize(
    "pattern", [r"\(\?=", r"a\\1", "(?i)a", "(?P<name>a)", "(?:a)", r"\bssh\b", "[+*]+", "a{1000}"]
)
def test_what_both_understand_is_accepted(pattern: str) -> None:
    assert rules(f"category = [{{ name = 'x', title = '{pattern}' }}]\n")[0]["title"] == pattern
    CON.execute("SELECT regexp_matches('', ?, 'i')", [pattern])


PIECES = [
    "a",
    "\\",
    "1",
    "(",
    ")",
    "?",
    "=",
    "!",
    "<",
    ":",
    "P",
    ">",
    "+",
    "*",
    "{2}",
    "[",
    "]",
    "^",
    "i",
    "x",
    "Z",
    "b",
    "|",
]


@given(
    pattern=st.text(st.sampled_from("ab1(?=!<:P>)+*{2}[]^ixZu|.\\-"), max_size=8)
    | st.lists(st.sampled_from(PIECES)).map("".join)
)
def test_whatever_is_accepted_the_store_understands(pattern: str) -> None:
    try:
        settings.Category(name="x", title=pattern)
    except ValueError:
        return
    assert CON.execute("SELECT regexp_matches('', ?, 'i') IS NOT NULL", [pattern]).fetchall() == [(True,)]


@pytest.mark.parametrize("preset", TOIL_PRESETS)
def test_presets_are_valid_and_know_the_reference_categories(preset: str) -> None:
    found = rules(f'presets = ["{preset}"]\n')
    assert {rule["name"] for rule in found} == set(CATEGORIES)
    for rule in found:
        CON.execute("SELECT regexp_matches('', ?, 'i')", [rule["title"]])


@pytest.mark.parametrize(
    ("title", "category"),
    [
        ("Mail relay is down", "outage or degradation"),
        ("image-proxy down??", "outage or degradation"),
        ("502s on the shop", "outage or degradation"),
        ("db-7 does not answer", "outage or degradation"),
        ("Disk 91 % full on web-01", "outage or degradation"),
        ("Timeouts in eu-north", "outage or degradation"),
        ("Scale down the workers", None),
        ("Download page shows the wrong name", None),
        ("Slow down the crawler", None),
        ("Error message is empty when no translation is available", None),
        ("Addresses unavailable for encrypted wallets", None),
        ("Offline signing of payments", None),
        ("search unavailable in eu-north", "outage or degradation"),
        ("SSH access to web-01 for Ana", "access"),
        ("Reset password of bo", "access"),
        ("Bo cannot log in", "access"),
        ("Two-factor lost", "access"),
        ("VPN account for Ana", "access"),
        ("Add Ana to the group release", "access"),
        ("Accessibility of the tables", None),
        ("Login page has the wrong colour", None),
        ("Total does not account for fees", None),
        ("Onboarding wizard", None),
        ("Onboarding of Ana", "access"),
        ("Renew certificate for mail.asker.example", "maintenance"),
        ("Kernel updates in AMS3", "maintenance"),
        ("Restart search in eu-north", "maintenance"),
        ("Upgrade db-7 to the current release", "maintenance"),
        ("Dispatch of parcels", None),
        ("Stopped syncing after the latest OS update", None),
        ("OS update on web-01", "maintenance"),
        ("Ability to delete old payments", None),
        ("Delete old snapshots", "maintenance"),
        ("Error: prune mode is incompatible", None),
        ("Migrate db-7 to AMS3", "maintenance"),
        ("Migration of db-7", "maintenance"),
        ("Update the wording of the footer", None),
        ("Add DNS record for asker.example", "configuration request"),
        ("Please raise the memory limit of search", "configuration request"),
        ("[config] New cron job on web-01", "configuration request"),
        ("Add a button to the options dialog", None),
        ("Add support for sighash flags", None),
        ("Change the text of the popup", None),
        ("How do we read the logs?", "help request"),
        ("Why is search slower?", "help request"),
        ("Help with the deploy", "help request"),
        ("Help sizing a pool", "help request"),
        ("Help '?' button does nothing", None),
        ("Cannot send mail since today", "help request"),
        ("--help prints nothing", None),
        ("Somehow the total differs", None),
    ],
)
def test_titles_are_recognised_with_care(title: str, category: str | None) -> None:
    found = [
        rule["name"]
        for rule in TOIL_PRESETS["titles"]
        if CON.execute("SELECT regexp_matches(?, ?, 'i')", [title, rule["title"]]).fetchall() == [(True,)]
    ]
    assert (found[0] if found else None) == category


def test_the_rt_preset_asks_a_help_desks_titles_before_its_name() -> None:
    names = [(rule["name"], "queue" in rule) for rule in TOIL_PRESETS["rt"]]
    assert names[0] == ("outage or degradation", True)
    assert names[-1] == ("help request", True)
    assert not any(is_queue for _, is_queue in names[4:-1])
