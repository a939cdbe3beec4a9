"""How rotas are drawn up elsewhere: in turn, or by whoever has been off longest. Who is away or busy is passed over."""

from collections.abc import Callable

from rotation.draft import Draft, Move
from rotation.tally import Tally, members

Rank = Callable[[Draft, int, int], tuple[int, ...]]  # of a person for a shift; the smallest comes


def in_turn(tally: Tally) -> dict[str, tuple[str, ...]]:
    """Each role goes round a fixed order; whoever cannot hold their shift is passed over, and has had their turn."""
    turn = dict.fromkeys((role.name for role in tally.grid.problem.roles), 0)
    people = len(tally.grid.people)

    def rank(_: Draft, s: int, p: int) -> tuple[int, ...]:
        return ((p - turn[tally.grid.shifts[s].role]) % people,)

    def take(s: int, p: int) -> None:
        turn[tally.grid.shifts[s].role] = p + 1

    return _filled(tally, rank, take)


def longest_since(tally: Tally) -> dict[str, tuple[str, ...]]:
    """Whoever last held anything the longest ago, history included; never before the first."""
    grid = tally.grid
    before = [max((span[1] for q, _, span in grid.past if q == p), default=0) for p in range(len(grid.people))]

    def rank(draft: Draft, s: int, p: int) -> tuple[int, ...]:
        earlier = [grid.spans[t][1] for t in members(draft.held[p]) if grid.spans[t][0] < grid.spans[s][0]]
        return (max(earlier, default=before[p]), p)

    return _filled(tally, rank, lambda _s, _p: None)


def _filled(tally: Tally, rank: Rank, take: Callable[[int, int], None]) -> dict[str, tuple[str, ...]]:
    draft, grid = Draft(tally), tally.grid
    for s, shift in enumerate(grid.shifts):
        for _ in range(shift.people - len(draft.on[s])):
            busy = {p for other in grid.clashes[s] for p in draft.on[other]}
            able = [p for p in grid.options[s] if p not in draft.on[s] and p not in busy]
            if able:
                comes = min(able, key=lambda p: rank(draft, s, p))
                draft.make(Move(s, None, comes))
                take(s, comes)
    return draft.holders
