"""When a seat must stay empty: for each person, what stands in the way."""

from rotation.check import Judge
from rotation.outcome import Obstacle
from rotation.plan import Holders
from rotation.problem import Problem


def obstacles(problem: Problem, holders: Holders) -> tuple[Obstacle, ...]:
    """Every shift of a plan with an empty seat, and for each person who is not on it the rules that keep them off."""
    judge = Judge(problem)
    lacking = [shift for shift in problem.shifts if len(holders.get(shift.id, ())) < shift.people]
    return tuple(Obstacle(shift.id, reasons(judge, holders, shift.id)) for shift in lacking)


def reasons(judge: Judge, holders: Holders, shift: str) -> dict[str, str]:
    """For each person who is not on a shift, why they cannot just be added; those who can are left out."""
    held, known = holders.get(shift, ()), broken(judge, holders)
    absent = (person.name for person in judge.problem.people if person.name not in held)
    told = {name: forbidding(judge, known, {**holders, shift: (*held, name)}) for name in absent}
    return {name: sentences[0] for name, sentences in told.items() if sentences}


def broken(judge: Judge, holders: Holders) -> frozenset[str]:
    """Which rules a plan breaks, in sentences."""
    return frozenset(breach.sentence for breach in judge.verdict(holders).violations)


def forbidding(judge: Judge, known: frozenset[str], after: Holders) -> list[str]:
    """Which rules a changed plan breaks that are not known as broken before, in sentences."""
    return [breach.sentence for breach in judge.verdict(after).violations if breach.sentence not in known]
