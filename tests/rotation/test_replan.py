"""Somebody is away for two weeks all of a sudden: as little as can be changes of what was announced."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from ical.calendar_stream import IcsCalendarStream
from ical.event import Event

from rotation.check import Judge, check
from rotation.feeds.ical import calendar
from rotation.feeds.revisions import Revisions, revised
from rotation.outcome import Optimal
from rotation.plan import Holders, Plan
from rotation.problem import Problem
from rotation.solve import solve
from tests.rotation.exhaustive import least_costs
from tests.rotation.problems import FIRST, NAMES, crowd, monday, team, week

AT = datetime(2026, 10, 1, 9, tzinfo=UTC)


def announced(problem: Problem, holders: Holders) -> Problem:
    """The problem after a plan of it was published."""
    published = [{"person": who, "shift": shift} for shift, people in holders.items() for who in people]
    return problem.changed(published=published)


def absent(problem: Problem, person: str, number: int, weeks: int = 2) -> Problem:
    away = {"person": person, "since": monday(number), "until": monday(number + weeks)}
    return problem.changed(absences=[*problem.absences, away])


def lost(problem: Problem) -> set[tuple[str, str]]:
    """Who can no longer hold what was published of them: so many changes no plan can do without."""
    ground = Judge(problem).ground
    return {
        (e.shift, e.person) for e in problem.announced if not ground.may_hold(e.person, problem.shift_by_id[e.shift])
    }


def moved(problem: Problem, plan: Plan) -> set[tuple[str, str]]:
    """The published assignments that a plan does not keep."""
    return {(e.shift, e.person) for e in problem.announced if e.person not in plan.holders[e.shift]}


def least_change(problem: Problem) -> Optimal:
    outcome = solve(problem, mode="minimal change")
    assert isinstance(outcome, Optimal) and check(outcome.plan).is_lawful
    return outcome


@pytest.mark.parametrize("seed", range(24))
def test_the_forced_minimum_is_that_of_every_plan(seed: int) -> None:
    """Small enough to try every plan: one role among four, or two that exclude each other among five."""
    chance = random.Random(seed)
    names = NAMES[: 4 + seed % 2]
    people = [{"name": name, "roles": ["duty", "release"][: 2 if n else 1]} for n, name in enumerate(names)]
    two = {"roles": [{"name": "duty"}, {"name": "release", "rest_days": 7}], "exclusions": [("duty", "release")]}
    problem = team(people=people, weeks=3, **two) if seed % 2 else team(*names, weeks=6)
    before = announced(problem, solve(problem).plan.holders)
    news = absent(before, chance.choice(names), chance.randrange(problem.weeks))
    outcome = least_change(news)
    assert outcome.verdict.costs.in_order("minimal change") == least_costs(news, "minimal change")
    assert outcome.verdict.costs.changes == len(moved(news, outcome.plan)) >= len(lost(news))


@pytest.mark.parametrize("seed", range(4))
def test_in_a_team_only_what_the_absent_one_held_moves(seed: int) -> None:
    """Twelve people, thirteen weeks, two roles: the weeks that were lost are forced, and nothing else moves."""
    problem = crowd(12, 13, seed=seed)
    news = struck(problem, solve(problem, mode="minimal change").plan, 8)
    outcome = least_change(news)
    assert lost(news) and moved(news, outcome.plan) == lost(news)


def struck(problem: Problem, plan: Plan, n: int) -> Problem:
    """The plan is published, and the holder of its n-th shift is away for two weeks from then on."""
    row = plan.shifts[n]
    return absent(announced(problem, plan.holders), row.people[0], (row.since.date() - FIRST).days // 7)


def test_in_a_large_team_too() -> None:
    problem = crowd(20, 26, seed=4)
    news = struck(problem, solve(problem, mode="minimal change").plan, 51)
    outcome = least_change(news)
    assert lost(news) and moved(news, outcome.plan) == lost(news)


def test_where_the_only_cover_holds_something_else_two_changes_are_forced() -> None:
    """Only Bo can stand in for Ana, and Cy then for Bo: two changes, and no plan has fewer."""
    people = [
        {"name": "Ana", "roles": ["duty"]},
        {"name": "Bo", "roles": ["duty", "release"]},
        {"name": "Cy", "roles": ["release"]},
    ]
    roles = [{"name": "duty"}, {"name": "release"}]
    problem = team(people=people, roles=roles, exclusions=[("duty", "release")], weeks=1)
    before = announced(problem, {week(0): ("Ana",), week(0, "release"): ("Bo",)})
    news = absent(before, "Ana", 0)
    outcome = least_change(news)
    assert outcome.plan.holders == {week(0): ("Bo",), week(0, "release"): ("Cy",)}
    assert (len(lost(news)), outcome.verdict.costs.changes, least_costs(news, "minimal change")[3]) == (1, 2, 2)


def test_a_rule_is_not_bent_to_change_less() -> None:
    """Dee could take the week with one change, and would have two in a row; Bo and Dee change places instead."""
    people = [{"name": name, "roles": ["duty"]} for name in ("Ana", "Bo", "Dee")]
    away = [{"person": "Bo", "since": monday(1), "until": monday(2)}]
    problem = announced(
        team(people=people, weeks=4, absences=away), {week(n): (w,) for n, w in enumerate(("Bo", "Ana", "Dee", "Bo"))}
    )
    outcome = least_change(absent(problem, "Ana", 1))
    assert outcome.verdict.costs.two_in_a_row == 0 and outcome.plan.holders[week(1)] == ("Dee",)
    assert outcome.verdict.costs.changes == least_costs(absent(problem, "Ana", 1), "minimal change")[3] > 1


def test_rebalancing_may_move_more_and_is_never_less_fair() -> None:
    problem = crowd(12, 13, seed=2)
    news = struck(problem, solve(problem).plan, 8)
    least, fair = least_change(news).verdict.costs, solve(news).verdict.costs
    assert least.changes <= fair.changes and least.unfairness >= fair.unfairness


def test_weeks_that_are_near_stay_whatever_the_mode() -> None:
    problem = team(*NAMES[:4], weeks=8)
    before = announced(problem, solve(problem).plan.holders).changed(frozen_until=f"{monday(3)}T00:00Z")
    ill = before.announced[5].person
    news = absent(before, ill, 5)
    for mode in ("minimal change", "rebalance"):
        plan = solve(news, mode=mode).plan
        assert {plan.holders[week(n)] for n in range(3)} == {(e.person,) for e in before.announced[:3]}


def test_in_the_feed_only_what_moved_is_revised() -> None:
    """Read by a parser that is not the writer's: every UID is still there, and what stays is the same to the word."""
    problem = team(*NAMES[:4], weeks=8)
    plan = solve(problem).plan
    after = least_change(struck(problem, plan, 4)).plan
    once = revised(Revisions(namespace="rota.example", zone="UTC"), plan, AT)
    again = revised(once, after, AT + timedelta(days=1))
    before, now = ({str(e.uid): e for e in calendar_of(told)} for told in (once, again))
    changed = {uid.split("@")[0].replace(".", "/", 1) for uid in before if before[uid] != now[uid]}
    assert before.keys() == now.keys()
    assert changed == {shift for shift, _ in moved(after.problem, after)} != set()
    assert {event.sequence for uid, event in now.items() if before[uid] != event} == {1}


def calendar_of(told: Revisions) -> list[Event]:
    return IcsCalendarStream.calendar_from_ics(calendar(told, "Rota")).events
