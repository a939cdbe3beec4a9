"""One name per label, though the history tells the names of their day."""

from datetime import UTC, datetime

from ingest.label_names import held, with_current_label_names
from ingest.records import Event

MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)


def told(*names: str) -> list[Event]:
    """Label events: +name gains, -name loses; anything else is somebody's comment."""
    found = []
    for seq, name in enumerate(names, start=1):
        field = "label" if name[0] in "+-" else "comment"
        old, new = (name[1:], None) if name[0] == "-" else (None, name.removeprefix("+"))
        found.append(Event("t", f"e{seq}", MORNING, seq, None, field, old, new))
    return found


def names(events: list[Event]) -> list[str]:
    return [f"+{event.new}" if event.new else f"-{event.old}" for event in events if event.field == "label"]


def origins(events: list[Event]) -> set[str]:
    return {event.origin for event in events}


def test_a_label_is_held_from_its_gain_until_its_loss() -> None:
    assert held(told("+a", "+b", "-a"), "label") == {"b"}
    assert held(told("+a", "-a", "+a", "+a"), "label") == {"a"}
    assert held(told("-a"), "label") == set()


def test_names_that_agree_stay() -> None:
    events = told("+a", "+b", "-b")
    assert with_current_label_names(events, {"a"}) == events


def test_a_difference_in_case_is_spelling_and_no_inference() -> None:
    now = with_current_label_names(told("+bug", "-Bug", "+BUG"), {"Bug"})
    assert names(now) == ["+Bug", "-Bug", "+Bug"]
    assert origins(now) == {"recorded"}


def test_a_label_of_the_past_keeps_the_last_spelling_it_had() -> None:
    assert names(with_current_label_names(told("+bug", "-Bug"), set())) == ["+Bug", "-Bug"]


def test_one_gone_and_one_come_is_a_new_name_and_an_inference() -> None:
    now = with_current_label_names(told("+db", "+a", "-db", "+db"), {"a", "area/db"})
    assert names(now) == ["+area/db", "+a", "-area/db", "+area/db"]
    assert [event.origin for event in now] == ["inferred", "recorded", "inferred", "inferred"]


def test_two_gone_or_two_come_are_no_guess() -> None:
    for events, current in ((told("+a", "+b"), {"c"}), (told("+a"), {"b", "c"}), (told("+a", "+b"), {"c", "d"})):
        assert with_current_label_names(events, current) == events


def test_a_name_with_a_history_of_its_own_is_nobodys_new_name() -> None:
    events = told("+a", "+b", "-b")
    assert with_current_label_names(events, {"b"}) == events


def test_comments_are_left_alone_even_when_they_say_a_labels_name() -> None:
    events = told("+db", "db")
    assert with_current_label_names(events, {"area/db"})[1] == events[1]


def test_no_events_and_no_labels_are_fine() -> None:
    assert with_current_label_names([], set()) == []
    assert with_current_label_names([], {"a"}) == []
