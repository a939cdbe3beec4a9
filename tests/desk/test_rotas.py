"""Drafts stand side by side; a published rota never changes, and the next one knows which it replaces."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from desk import rotas
from desk.store import DeskError, Stale

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
PROBLEM, PLAN = {"weeks": 4}, {"assignments": [["2026-W49", "duty", "Ana"]]}
WHO = {"by": "Ana", "now": NOW}


def drafted(desk: Path, name: str = "Least change") -> rotas.Draft:
    return rotas.add_draft(desk, team="infra", name=name, problem=PROBLEM, plan=PLAN, **WHO)


def test_drafts_are_changed_and_dropped_from_what_stands(desk: Path) -> None:
    draft = rotas.add_draft(desk, team="infra", name="First", problem=PROBLEM, **WHO)
    assert draft.plan is None
    changed = rotas.change_draft(desk, draft.id, 1, name="Second", problem=PROBLEM, plan=PLAN, **WHO)
    assert (changed.name, changed.plan, rotas.drafts(desk, "infra")) == ("Second", PLAN, [changed])
    with pytest.raises(Stale, match="Ana changed this"):
        rotas.drop_draft(desk, draft.id, 1, **WHO)
    rotas.drop_draft(desk, draft.id, 2, **WHO)
    assert rotas.draft(desk, draft.id) is None
    with pytest.raises(Stale, match="thrown this away"):
        rotas.change_draft(desk, draft.id, 2, name="Third", problem=PROBLEM, plan=PLAN, **WHO)


def test_publishing_counts_on_from_the_rota_it_replaces(desk: Path) -> None:
    draft = drafted(desk)
    first = rotas.publish(desk, draft.id, draft.version, replaces=0, note="December", **WHO)
    second = rotas.publish(desk, draft.id, draft.version, replaces=1, note="A swap", **WHO)
    assert (first.sequence, second.sequence, second.plan) == (1, 2, PLAN)
    assert rotas.in_force(desk, "infra") == second and rotas.published(desk, "infra") == [second, first]
    assert rotas.in_force(desk, "access") is None


def test_whoever_did_not_see_the_rota_in_force_publishes_nothing(desk: Path) -> None:
    draft = drafted(desk)
    rotas.publish(desk, draft.id, 1, replaces=0, note="", by="Bo", now=NOW)
    with pytest.raises(Stale, match="Bo has published another rota at 2026-11-23 09:00 UTC"):
        rotas.publish(desk, draft.id, 1, replaces=0, note="", **WHO)
    with pytest.raises(Stale, match="This draft was changed"):
        rotas.publish(desk, draft.id, 9, replaces=1, note="", **WHO)
    assert len(rotas.published(desk, "infra")) == 1


def test_a_draft_without_a_plan_is_not_published(desk: Path) -> None:
    draft = rotas.add_draft(desk, team="infra", name="Empty", problem=PROBLEM, **WHO)
    with pytest.raises(DeskError, match="no plan yet"):
        rotas.publish(desk, draft.id, 1, replaces=0, note="", **WHO)
