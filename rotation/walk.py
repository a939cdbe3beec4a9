"""Better plans by small steps: shifts change hands, and a step that costs no more is taken even where it gains nothing.

Walking over plans of equal cost is what finds the way on. It proves nothing; the solver does.
"""

import random
from collections.abc import Callable
from math import exp

from rotation.draft import Draft, Move
from rotation.problem import Mode
from rotation.tally import members

PATIENCE = 30  # steps for each open shift without a better plan, after which a walk ends
BREATH = 512  # steps between two looks at whether to stop
DRIFT = 0.01  # how often a walk strays to a plan that costs more on levels below its own
CLIMB = 0.02  # ÷ eⁿ, how often to one that costs n more on it


class Walk:
    """A walk from a plan; `best` is the best plan met, the same for a seed."""

    def __init__(self, draft: Draft, mode: Mode, seed: int) -> None:
        self.mode = mode
        self._draft, self._chance = Draft(draft.tally, draft.holders), random.Random(seed)  # noqa: S311 - it must be repeatable, not secure
        grid = draft.tally.grid
        self._options = grid.options
        self._able = [set(options) for options in self._options]
        self._stay = [set(fixed) for fixed in grid.fixed]
        self._open = [s for s, options in enumerate(self._options) if options]
        self._seats = [shift.people for shift in grid.shifts]
        self.best, self._least = draft.holders, draft.score.in_order(mode)

    def run(self, depth: int, stop: Callable[[], bool]) -> None:
        """Walk on one level of cost, the `depth`-th: those above never rise."""
        draft, mode = self._draft, self.mode
        now, best = draft.score.in_order(mode), self._least
        step, last = 0, PATIENCE * len(self._open)
        while step < last and not (step % BREATH == 0 and stop()):
            step += 1
            moves = self._moves()
            score = draft.weigh(*moves) if moves else None
            if score is None or not self._is_welcome(new := score.in_order(mode), now, depth):
                continue
            draft.make(*moves)
            now = new
            if now < best:
                best = self._least = now
                self.best, self._least = draft.holders, draft.score.in_order(mode)
                last = step + PATIENCE * len(self._open)

    def _is_welcome(self, new: tuple[int, ...], now: tuple[int, ...], depth: int) -> bool:
        if new <= now:
            return True
        if new[: depth - 1] != now[: depth - 1]:
            return False
        rise = new[depth - 1] - now[depth - 1]
        likely = CLIMB * exp(-rise) if rise > 0 else DRIFT
        return self._chance.random() < likely

    def _moves(self) -> list[Move]:
        """Somebody new for a shift, and often one of their own shifts for somebody else."""
        choice, on = self._chance.choice, self._draft.on
        s = choice(self._open)
        comes = choice(self._options[s])
        if comes in on[s]:
            return []
        leaves = None
        if len(on[s]) >= self._seats[s]:
            movable = sorted(on[s] - self._stay[s])
            if not movable:
                return []
            leaves = choice(movable)
        moves = [Move(s, leaves, comes)]
        if self._chance.random() < 0.6:
            moves += self._in_return(s, comes, leaves)
        return moves

    def _in_return(self, s: int, comes: int, leaves: int | None) -> list[Move]:
        theirs = [t for t in members(self._draft.held[comes]) if t != s and comes not in self._stay[t]]
        if not theirs:
            return []
        t = self._chance.choice(theirs)
        takes = leaves if leaves in self._able[t] else None
        if takes is None and self._options[t]:
            takes = self._chance.choice(self._options[t])
        return [] if takes is None or takes in self._draft.on[t] else [Move(t, comes, takes)]
