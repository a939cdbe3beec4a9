"""Plans into files: feeds that go on where they were, and files that are whole or not there."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ical.calendar_stream import IcsCalendarStream

import settings
from cli.publishing import Outputs, phorge_logins, publish, put
from rotation.plan import Plan
from tests.rotation.problems import team, week

AT = datetime(2026, 10, 1, 9, tzinfo=UTC)
LATER = AT + timedelta(days=3)
TEAM = team("Ana Moss", "Bo", "Cy", weeks=3)


def plan(*people: str) -> Plan:
    return Plan.of(TEAM, {week(n): (who,) if who else () for n, who in enumerate(people)})


def feed(path: Path) -> dict[str, tuple[str, int]]:
    """Title and sequence by UID."""
    calendar = IcsCalendarStream.calendar_from_ics(path.read_text(encoding="utf-8"))
    return {str(event.uid): (str(event.summary), event.sequence or 0) for event in calendar.events}


def test_every_file_that_is_asked_for_is_written(tmp_path: Path) -> None:
    outputs = Outputs(tmp_path / "rota.ics", tmp_path / "people", tmp_path / "rota.csv", tmp_path / "rota.md")
    publish(plan("Ana Moss", "Bo", ""), outputs, AT)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()) == [
        "people/ana-moss.ics", "people/bo.ics", "people/cy.ics",
        "rota.csv", "rota.ics", "rota.md", "rota.revisions.json",
    ]  # fmt: skip


def test_a_re_plan_updates_the_feed_under_the_same_uids(tmp_path: Path) -> None:
    outputs = Outputs(ics=tmp_path / "rota.ics")
    publish(plan("Ana Moss", "Bo", "Cy"), outputs, AT)
    before = feed(tmp_path / "rota.ics")
    publish(plan("Ana Moss", "Cy", "Bo"), outputs, LATER)
    after = feed(tmp_path / "rota.ics")
    assert before.keys() == after.keys()
    assert list(before.values()) == [("duty: Ana Moss", 0), ("duty: Bo", 0), ("duty: Cy", 0)]
    assert list(after.values()) == [("duty: Ana Moss", 0), ("duty: Cy", 1), ("duty: Bo", 1)]


def test_publishing_the_same_again_touches_no_file(tmp_path: Path) -> None:
    outputs = Outputs(tmp_path / "rota.ics", tmp_path / "people", tmp_path / "rota.csv", tmp_path / "rota.md")
    assert len(publish(plan("Ana Moss", "Bo", ""), outputs, AT)) == 7
    assert publish(plan("Ana Moss", "Bo", ""), outputs, LATER) == []


def test_two_rotas_never_share_a_uid(tmp_path: Path) -> None:
    for name in ("berlin", "madrid"):
        publish(plan("Ana Moss", "Bo", "Cy"), Outputs(ics=tmp_path / f"{name}.ics"), AT)
    assert not feed(tmp_path / "berlin.ics").keys() & feed(tmp_path / "madrid.ics").keys()


def test_a_feed_of_people_alone_keeps_its_revisions_among_them(tmp_path: Path) -> None:
    outputs = Outputs(people=tmp_path / "people")
    publish(plan("Ana Moss", "Bo", "Cy"), outputs, AT)
    publish(plan("Cy", "Bo", "Cy"), outputs, LATER)
    assert (tmp_path / "people" / "people.revisions.json").exists()
    assert list(feed(tmp_path / "people" / "ana-moss.ics").values()) == [("Cancelled: duty: Ana Moss", 1)]
    assert list(feed(tmp_path / "people" / "cy.ics").values()) == [("duty: Cy", 0), ("duty: Cy", 0)]


def test_a_feed_for_phorge_has_user_names_and_nothing_cancelled(tmp_path: Path) -> None:
    outputs = Outputs(people=tmp_path, logins={"Ana Moss": "amoss"})
    publish(plan("Ana Moss", "Bo", "Cy"), outputs, AT)
    publish(plan("Ana Moss", "Ana Moss", "Cy"), outputs, LATER)
    assert list(feed(tmp_path / "ana-moss.ics").values()) == [("duty: amoss", 0), ("duty: amoss", 0)]
    assert feed(tmp_path / "bo.ics") == {}


def test_revisions_that_cannot_be_read_are_not_overwritten(tmp_path: Path) -> None:
    kept = tmp_path / "rota.revisions.json"
    kept.write_text('{"namespace": "x", "events": [{}]}', encoding="utf-8")
    with pytest.raises(ValueError, match=r"rota\.revisions\.json is not what `watchbill plan --ics` writes"):
        publish(plan("Ana Moss"), Outputs(ics=tmp_path / "rota.ics"), AT)
    assert json.loads(kept.read_text(encoding="utf-8")) == {"namespace": "x", "events": [{}]}
    assert not (tmp_path / "rota.ics").exists()


def test_names_that_would_share_a_file_are_refused(tmp_path: Path) -> None:
    twins = Plan.of(team("Bo 1", "bo-1"), {})
    with pytest.raises(ValueError, match="Bo 1 and bo-1 would share"):
        publish(twins, Outputs(people=tmp_path), AT)


@pytest.mark.parametrize(
    ("name", "file"), [("../../etc/Ana", "etc-ana.ics"), ("李 明", "李-明.ics"), ("…", "nameless.ics")]
)
def test_a_name_never_leads_out_of_its_folder(tmp_path: Path, name: str, file: str) -> None:
    publish(Plan.of(team(name), {}), Outputs(people=tmp_path / "people"), AT)
    assert (tmp_path / "people" / file).is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["people"]


def test_a_file_is_replaced_whole_and_keeps_its_rights(tmp_path: Path) -> None:
    file = tmp_path / "rota.ics"
    assert put(file, "one") and not put(file, "one")
    file.chmod(0o600)
    assert put(file, "two")
    assert (file.read_text(encoding="utf-8"), file.stat().st_mode & 0o777) == ("two", 0o600)
    assert [path.name for path in tmp_path.iterdir()] == ["rota.ics"]


PHORGE = """
[[source]]
kind = "phorge"
url = "https://phorge.example"

[[person]]
name = "Ana"
accounts = ["github/mona", "phorge/amoss"]

[[person]]
name = "Bo"
"""


def test_user_names_of_phorge_are_those_of_the_settings() -> None:
    assert phorge_logins(settings.parse(PHORGE, "the test's settings")) == {"Ana": "amoss"}


def test_without_a_phorge_there_are_no_user_names() -> None:
    with pytest.raises(ValueError, match="no \\[\\[source\\]\\] of kind phorge"):
        phorge_logins(settings.parse("", "the test's settings"))
