"""Outstanding action items by owner and age, pinned, and held against plain Python."""

import json
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.outstanding import DAY, outstanding

SCHEMA = {"owners": pl.String, "is_open": pl.Boolean, "is_overdue": pl.Boolean, "age_seconds": pl.Float64}
Item = tuple[list[str], bool, bool, float]


def found(*items: Item) -> list[tuple[Any, ...]]:
    told = [(json.dumps(owners), *rest) for owners, *rest in items]
    return outstanding(pl.DataFrame(told, schema=SCHEMA, orient="row")).rows()


def test_owners_stand_in_the_order_of_the_alphabet_and_nobody_last() -> None:
    assert found(
        (["Cy"], True, True, 200.0 * DAY), (["Cy", "Ana"], True, False, 29.9 * DAY), ([], True, False, 30.0 * DAY),
        (["Ana"], False, False, 90.0 * DAY), (["Ana"], True, True, 90.0 * DAY), (["Cy"], True, True, 180.0 * DAY),
    ) == [
        ("Ana", 2, 1, 1, 0, 1, 0),
        ("Cy", 3, 2, 1, 0, 0, 2),
        (None, 1, 0, 0, 1, 0, 0),
    ]  # fmt: skip
    assert found() == [] and found((["Ana"], False, False, 1.0)) == []


ITEMS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["Ana", "Bo"]), unique=True), st.booleans(), st.booleans(),
        st.sampled_from([0.0, 29.0, 30.0, 89.0, 90.0, 179.0, 180.0, 400.0]).map(lambda days: days * DAY),
    ),
    max_size=25,
)  # fmt: skip


@settings(max_examples=25)
@given(items=ITEMS)
def test_it_is_what_one_counts_by_hand(items: list[Item]) -> None:
    wanted = []
    for owner in ("Ana", "Bo", None):
        own = [item for item in items if item[1] and (owner in item[0] if owner else not item[0])]
        days = [age / DAY for *_, age in own]
        ages = [sum(low <= age < high for age in days) for low, high in ((0, 30), (30, 90), (90, 180), (180, 1e9))]
        wanted += [(owner, len(own), sum(item[2] for item in own), *ages)] if own else []
    assert found(*items) == wanted
