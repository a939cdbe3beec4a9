"""One page is drawn at a time; whoever asks the store leaves the turn to the next, and nobody waits for ever."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event

import pytest

from views._turns import Turns, worked_out_once

AT_ONCE, LONG, SHORT = 8, 30.0, 0.01


def drawn(turns: Turns, begun: Event, goes_on: Event) -> None:
    with turns.drawing():
        begun.set()
        assert goes_on.wait(LONG)


def asked(turns: Turns, gone: Event, found: Event) -> str:
    """A page that asks the store once, and says what it draws afterwards."""
    with turns.drawing():
        with turns.asking(), turns.away():
            gone.set()
            assert found.wait(LONG)
        return "drawn"


def test_one_page_is_drawn_at_a_time() -> None:
    turns, at_work, most = Turns(), [0], [0]

    def draw(_: int) -> None:
        with turns.drawing():
            at_work[0] += 1
            most[0] = max(most[0], at_work[0])
            sum(range(100_000))  # long enough for the interpreter to let another thread run
            at_work[0] -= 1

    with ThreadPoolExecutor(AT_ONCE) as pages:
        list(pages.map(draw, range(10 * AT_ONCE)))
    assert most == [1]


def test_whoever_asks_the_store_leaves_the_turn_to_the_next_and_takes_it_again() -> None:
    turns, gone, found, begun, goes_on = Turns(LONG), Event(), Event(), Event(), Event()
    with ThreadPoolExecutor(AT_ONCE) as pages:
        asking = pages.submit(asked, turns, gone, found)
        assert gone.wait(LONG)
        drawing = pages.submit(drawn, turns, begun, goes_on)
        assert begun.wait(LONG)
        found.set()
        assert not wait([asking], SHORT).done  # the other page has the turn
        goes_on.set()
        assert (asking.result(LONG), drawing.result(LONG)) == ("drawn", None)


def test_nobody_waits_for_anothers_answer_with_the_turn_in_hand() -> None:
    turns, gone, found, begun, goes_on = Turns(LONG), Event(), Event(), Event(), Event()
    waits, answered = Event(), Event()

    def wait_for_the_same() -> None:
        with turns.drawing(), turns.asking():
            waits.set()
            assert answered.wait(LONG)

    with ThreadPoolExecutor(AT_ONCE) as pages:
        first = pages.submit(asked, turns, gone, found)
        assert gone.wait(LONG)
        second = pages.submit(wait_for_the_same)
        assert waits.wait(LONG)
        third = pages.submit(drawn, turns, begun, goes_on)
        assert begun.wait(LONG)
        for event in (goes_on, found, answered):
            event.set()
        assert [page.result(LONG) for page in (first, second, third)] == ["drawn", None, None]


def test_whoever_asks_what_is_known_keeps_the_turn_where_nobody_is_away() -> None:
    turns, begun = Turns(LONG), Event()
    with ThreadPoolExecutor(1) as pages:
        for _ in range(2):  # the second time, somebody has been away
            with turns.drawing():
                with turns.asking():
                    page = pages.submit(drawn, turns, begun, set_already())
                    assert not begun.wait(SHORT)
                with turns.asking(), turns.away():
                    page.result(LONG)
            begun.clear()


def test_a_question_within_a_question_takes_the_turn_again_only_at_the_end_of_both() -> None:
    turns, inner_over, begun, goes_on = Turns(LONG), Event(), Event(), Event()

    def nested() -> None:
        with turns.drawing(), turns.asking(), turns.away():
            with turns.asking(), turns.away():
                pass
            inner_over.set()
            assert begun.wait(LONG)

    with ThreadPoolExecutor(AT_ONCE) as pages:
        outer = pages.submit(nested)
        assert inner_over.wait(LONG)
        other = pages.submit(drawn, turns, begun, goes_on)
        assert begun.wait(LONG)
        goes_on.set()
        assert (outer.result(LONG), other.result(LONG)) == (None, None)


def test_whoever_has_waited_long_enough_draws_without_a_turn() -> None:
    turns, begun, goes_on = Turns(SHORT), Event(), Event()
    with ThreadPoolExecutor(AT_ONCE) as pages:
        held = pages.submit(drawn, turns, begun, goes_on)
        assert begun.wait(LONG)
        with turns.drawing():
            goes_on.set()
        held.result(LONG)


def test_a_page_that_breaks_leaves_the_turn_to_the_next() -> None:
    turns = Turns(LONG)
    with pytest.raises(ValueError, match="broken"), turns.drawing():
        raise ValueError("broken")
    with pytest.raises(ValueError, match="broken"), turns.drawing(), turns.asking(), turns.away():
        raise ValueError("broken")
    with ThreadPoolExecutor(1) as pages, turns.drawing():
        other: Future[str] = pages.submit(asked, turns, Event(), set_already())
        assert not wait([other], SHORT).done
    assert other.result(LONG) == "drawn"


def set_already() -> Event:
    event = Event()
    event.set()
    return event


def test_programs_ask_without_ever_having_a_turn() -> None:
    turns, begun, goes_on = Turns(LONG), Event(), Event()
    with ThreadPoolExecutor(1) as pages:
        page = pages.submit(drawn, turns, begun, goes_on)
        assert begun.wait(LONG)
        with turns.asking(), turns.away():
            goes_on.set()
        page.result(LONG)


def test_an_answer_is_worked_out_once_for_what_was_asked_and_not_kept_where_there_was_none() -> None:
    asked_for: list[tuple[str, str]] = []

    def work_out(name: str, _by: str = "") -> str:
        asked_for.append((name, _by))
        if name == "nothing":
            raise LookupError("no answer")
        return f"answer to {name}"

    once: Callable[..., str] = worked_out_once(8)(work_out)
    assert once("a", _by="Ann") is once("a", _by="Ben")
    assert once(name="b") == "answer to b"
    for _ in range(2):
        with pytest.raises(LookupError, match="no answer"):
            once("nothing")
    assert asked_for == [("a", "Ann"), ("b", ""), ("nothing", ""), ("nothing", "")]
