"""What the next snapshot takes: a day's news in a store that carries its facts, as after every sync but the first.

    python -m benchmarks.metrics.next_snapshot watchbill.duckdb

Works on a copy. News are a comment and a change of priority on one ticket of a thousand.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import duckdb

from benchmarks.synthetic import END
from metrics import facts

_NEWS = """
INSERT INTO event
SELECT t.ticket_id, 'news-' || f.field, ?::TIMESTAMP, f.place, t.author_id, f.field, NULL, f.new, 'recorded'
FROM (SELECT ticket_id, author_id FROM ticket ORDER BY hash(ticket_id) LIMIT (SELECT count(*) // 1000 FROM ticket)) AS t
CROSS JOIN (VALUES (1000001, 'comment', 'Any news?'), (1000002, 'priority', '1')) AS f (place, field, new)
"""


def main(store: str) -> None:
    """Print, as JSON: tickets, that something happened to; seconds, for the facts."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "store.duckdb"
        shutil.copy(Path(store).resolve(), copy)
        with duckdb.connect(str(copy)) as con:
            [(events,)] = con.execute(_NEWS, [END]).fetchall()
        begin = perf_counter()
        facts.settle(copy)
        print(json.dumps({"tickets": events // 2, "seconds": perf_counter() - begin}))


if __name__ == "__main__":
    main(*sys.argv[1:])
