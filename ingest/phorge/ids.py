"""Sets of task numbers in few words: `1-80,82`. A source carries them from run to run."""

from collections.abc import Iterable


def spelled(numbers: Iterable[int]) -> str:
    """Runs of neighbours as `first-last`, in order."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in runs)


def numbers(text: str) -> set[int]:
    found: set[int] = set()
    for run in filter(None, text.split(",")):
        first, _, last = run.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found
