"""What the page about past duties asks at once is what each metric tells alone."""

from datetime import UTC, datetime
from pathlib import Path

from polars.testing import assert_frame_equal

import metrics
from metrics.concentration import concentration_summary
from metrics.fairness import summary
from metrics.rota_report import rota_report
from tests.conftest import built
from tests.rotas import TEXT, UNTIL, records

SINCE, BEFORE = datetime(2026, 10, 12, tzinfo=UTC), datetime(2026, 8, 31, tzinfo=UTC)


def test_the_window_and_the_one_before_it(tmp_path: Path) -> None:
    with metrics.open_store(built(tmp_path / "store.duckdb", records(), TEXT, UNTIL)) as con:
        as_of = metrics.data_until(con)
        assert as_of is not None
        queues = ["infra"]
        told = rota_report(con, as_of=as_of, since=SINCE, before=BEFORE, queue=queues)
        window = {"as_of": as_of, "since": SINCE, "queue": queues}
        fair = metrics.rotation_fairness(con, **window)
        earlier = metrics.rotation_fairness(con, as_of=SINCE, since=BEFORE, queue=queues)
        wanted = {
            "people": fair.pl(),
            "spreads": summary(fair),
            "spreads_before": summary(earlier),
            "loads": metrics.shift_load(con, **window).pl(),
            "breaches": metrics.rota_rules(con, **window).pl(),
            "hangs_on": concentration_summary(con, **window),
        }
    assert told.people.height and told.loads.height and told.breaches.height
    for name, rows in wanted.items():
        assert_frame_equal(getattr(told, name), rows)
