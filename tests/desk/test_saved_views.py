"""A view is an address under a name that means one thing."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from desk import saved_views
from desk.store import DeskError, Stale

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
WHO = {"by": "Ana", "now": NOW}


def test_views_are_kept_by_name(desk: Path) -> None:
    parameters = {"team": "infra", "stage": "waiting"}
    view = saved_views.save_view(desk, name=" Waiting ", path="tickets", parameters=parameters, **WHO)
    assert (view.name, view.parameters) == ("Waiting", parameters)
    with pytest.raises(DeskError, match="“Waiting” is a view already, saved by Ana"):
        saved_views.save_view(desk, name="Waiting", path="slo", parameters={}, by="Bo", now=NOW)
    with pytest.raises(DeskError, match="The name is empty"):
        saved_views.save_view(desk, name="", path="slo", parameters={}, **WHO)
    saved_views.save_view(desk, name="All", path="tickets", parameters={}, **WHO)
    assert [view.name for view in saved_views.saved_views(desk)] == ["All", "Waiting"]
    saved_views.drop_view(desk, view.id, view.version, **WHO)
    with pytest.raises(Stale):
        saved_views.drop_view(desk, view.id, view.version, **WHO)
    assert len(saved_views.saved_views(desk)) == 1
