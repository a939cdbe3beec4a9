"""A tracker's own priorities as the settings write them: words, or ranges of whole numbers such as `90-100`."""

import re

_RANGE = re.compile(r"(\d+)-(\d+)")


def spelled_out(values: dict[str, str]) -> dict[str, str]:
    """Value to priority with every number of a range by itself. A value written by itself beats the ranges around it.

    >>> spelled_out({"1-3": "P3", "2": "P0"})
    {'1': 'P3', '2': 'P0', '3': 'P3'}
    """
    told = [(_RANGE.fullmatch(word), word, target) for word, target in values.items()]
    numbers = {str(n): target for found, _, target in told if found for n in range(int(found[1]), int(found[2]) + 1)}
    return numbers | {word: target for found, word, target in told if not found}
