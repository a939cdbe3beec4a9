"""The search for a plan, watched on a terminal; Ctrl-C ends it and keeps the best plan so far."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TypeVar

from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from cli.rota_report import levels_in_words
from cli.show import err, warn
from rotation.outcome import Cancellation, Feasible, Limits, Outcome, Progress
from rotation.plan import levels
from rotation.problem import Mode, Problem
from rotation.solve import solve

Answer = TypeVar("Answer")


def search(problem: Problem, mode: Mode, limits: Limits) -> Outcome:
    """The best plan that can be found within the limits, or until Ctrl-C."""
    cancellation = Cancellation()
    with status_line() as tell:

        def watch(progress: Progress) -> None:
            tell(_so_far(progress, mode))

        return interruptible(
            lambda: solve(problem, mode=mode, limits=limits, watcher=watch, cancellation=cancellation),
            cancellation.cancel,
        )


def proof(outcome: Outcome) -> Iterator[str]:
    """How good the plan is against all others, in a sentence."""
    if not isinstance(outcome, Feasible):
        yield "No plan is better."
        return
    open_levels = [level for level in levels(outcome.plan.mode) if level in outcome.gap]
    told = ", ".join(f"{levels_in_words(level)} by {outcome.gap[level]} at most" for level in open_levels)
    yield f"There may be a better plan: time ran out before it was proven that none is. Less may be had of {told}."


def _so_far(progress: Progress, mode: Mode) -> str:
    costs = "/".join(str(cost) for cost in progress.costs.in_order(mode))
    word = levels_in_words(progress.level)
    return f"So far {costs}; {word}: at least {progress.bound}"  # fits into 80 columns


@contextmanager
def status_line() -> Iterator[Callable[[str], None]]:
    """A line that says how far the search is, while somebody watches."""
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Bars(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:
        line = bars.add_task("Searching", total=None)
        yield lambda words: bars.update(line, description=words)


def interruptible(work: Callable[[], Answer], cancel: Callable[[], None]) -> Answer:
    """What the work answers. The first Ctrl-C cancels it and waits for its answer, a second one ends all.

    The solver's own code does not notice Ctrl-C; this thread, which only waits, does.
    """
    answers: list[Answer] = []
    failures: list[BaseException] = []
    is_done = Event()

    def answer() -> None:
        try:
            answers.append(work())
        except BaseException as failure:  # told again in the thread that waits
            failures.append(failure)
        finally:
            is_done.set()

    Thread(target=answer, daemon=True).start()
    try:
        _wait(is_done)
    except KeyboardInterrupt:
        warn("Stopping; the best plan so far is kept.")
        cancel()
        _wait(is_done)
    if failures:
        raise failures[0]
    return answers[0]


def _wait(is_done: Event) -> None:
    """Not by joining the thread: interrupted, Python 3.11 takes it for ended."""
    while not is_done.wait(0.2):
        pass
