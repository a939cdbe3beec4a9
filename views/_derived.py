"""What follows from answers, worked out once for them: a page is drawn again at every click, and asks the same.

Answers and what follows from them are everybody's, and nobody changes them: an answer that cannot be compared, such as
a frame, is told from others by being itself.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
Found = TypeVar("Found")
KEPT = 256


def derived(work_out: Callable[P, Found], *told: P.args, **named: P.kwargs) -> Found:
    """What `work_out` makes of answers and plain values; it is kept, and they with it."""
    found: Found = _derived(work_out, tuple(map(_known, told)), tuple((name, _known(it)) for name, it in named.items()))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Itself:
    it: Any

    def __hash__(self) -> int:
        return id(self.it)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self.it is other.it


def _known(value: Any) -> Hashable:
    try:
        hash(value)
    except TypeError:
        return _Itself(value)
    return value  # type: ignore[no-any-return]


@lru_cache(maxsize=KEPT)
def _derived(work_out: Callable[..., Any], told: tuple[Any, ...], named: tuple[tuple[str, Any], ...]) -> Any:
    return work_out(*map(_given, told), **{name: _given(value) for name, value in named})


def _given(known: Any) -> Any:
    return known.it if isinstance(known, _Itself) else known
