"""Who else could hold a shift, ranked by what the plan would cost, without asking the solver."""

from collections.abc import Iterator
from dataclasses import dataclass

from rotation.draft import Draft, Move
from rotation.plan import Costs, levels
from rotation.problem import Mode
from rotation.tally import Score, members


@dataclass(frozen=True)
class Exchange:
    """One shift of a suggestion: who leaves it and who comes; nobody leaves an empty seat."""

    shift: str
    leaves: str | None
    comes: str


@dataclass(frozen=True)
class Suggestion:
    """A lawful plan one or two exchanges away, and what it costs; `difference` names the levels that change."""

    exchanges: tuple[Exchange, ...]
    costs: Costs
    difference: dict[str, int]

    @property
    def comes(self) -> str:
        """Who would hold the shift that was asked about."""
        return self.exchanges[0].comes


def suggestions(draft: Draft, mode: Mode, shift: str, leaves: str | None = None) -> list[Suggestion]:
    """Every other person who could lawfully hold a shift, alone or for one of their own in return, the best first.

    `leaves` says whose seat is meant, where several people hold the shift; an empty seat is filled first. Nobody can
    come where everybody is fixed. Raises ValueError where whoever leaves does not hold the shift.
    """
    verify_holds(draft, shift, leaves)
    grid = draft.tally.grid
    s = grid.shift_place[shift]
    out = grid.place[leaves] if leaves is not None else _movable(draft, s)
    found: dict[tuple[Move, ...], Score] = {}
    for moves in _moves(draft, s, out):
        score = draft.weigh(*moves)
        if score is not None:
            found[moves] = score
    ranked = sorted(found, key=lambda moves: (found[moves].in_order(mode), len(moves), moves[0].comes))
    return [_told(draft, moves, found[moves]) for moves in ranked]


def difference(before: Costs, after: Costs) -> dict[str, int]:
    """How much each level costs more, of those that change; in the order of the package's docstring."""
    changed = {level: getattr(after, level) - getattr(before, level) for level in levels("rebalance")}
    return {level: more for level, more in changed.items() if more}


def verify_holds(draft: Draft, shift: str, person: str | None) -> None:
    """Raises ValueError where somebody does not hold a shift in the plan; nobody is nobody."""
    grid = draft.tally.grid
    if person is not None and grid.place[person] not in draft.on[grid.shift_place[shift]]:
        raise ValueError(f"{person} does not hold {shift} in this plan")


def _movable(draft: Draft, s: int) -> int | None:
    """Whoever leaves if nobody is named: nobody while a seat is empty, else the first who is not fixed."""
    grid = draft.tally.grid
    if len(draft.on[s]) < grid.shifts[s].people:
        return None
    return next((p for p in sorted(draft.on[s]) if p not in grid.fixed[s]), None)


def _moves(draft: Draft, s: int, leaves: int | None) -> Iterator[tuple[Move, ...]]:
    grid = draft.tally.grid
    if leaves in grid.fixed[s] or (leaves is None and len(draft.on[s]) >= grid.shifts[s].people):
        return  # the seat is fixed, or every one is
    for comes in (p for p in grid.options[s] if p not in draft.on[s]):
        yield (Move(s, leaves, comes),)
        for t in members(draft.held[comes]) if leaves is not None else ():
            may_swap = leaves in grid.options[t] and leaves not in draft.on[t] and comes not in grid.fixed[t]
            if may_swap and t != s:
                yield Move(s, leaves, comes), Move(t, comes, leaves)


def _told(draft: Draft, moves: tuple[Move, ...], score: Score) -> Suggestion:
    grid = draft.tally.grid
    exchanges = tuple(
        Exchange(
            grid.shifts[shift].id,
            None if leaves is None else grid.people[leaves],
            grid.people[comes],
        )
        for shift, leaves, comes in moves
        if comes is not None
    )
    return Suggestion(exchanges, score.costs, difference(draft.score.costs, score.costs))
