"""A lawful plan at once: shift by shift in order of time, each to whom it costs least so far.

The first plan that the solver improves on, and what remains where there is no time to.
"""

from rotation.draft import Draft, Move
from rotation.problem import Mode
from rotation.tally import Tally


def greedy(tally: Tally, mode: Mode = "rebalance", start: Draft | None = None) -> Draft:
    """A plan in which no rule is broken that fixed assignments have not broken. It may leave seats empty.

    What each person owes counts as far as the plan has come: early shifts do not fall to those who owe the late ones.
    """
    draft = start or Draft(tally)
    for s, shift in enumerate(tally.grid.shifts):
        for _ in range(shift.people - len(draft.on[s])):
            fill(draft, s, mode)
    return draft


def fill(draft: Draft, s: int, mode: Mode) -> None:
    """Put somebody on a shift, whoever makes the plan cost least; nobody where that would break a rule."""
    found = [
        (score.in_order(mode), p)
        for p in draft.tally.grid.options[s]
        if p not in draft.on[s] and (score := draft.weigh(Move(s, None, p))) is not None
    ]
    if found:
        draft.make(Move(s, None, min(found)[1]))
