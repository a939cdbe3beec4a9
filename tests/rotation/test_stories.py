"""The rules that a team agrees on, each as the week in which somebody asks about it."""

from typing import Any

from rotation.check import Judge, Verdict, check
from rotation.outcome import Infeasible, Optimal
from rotation.problem import Problem
from rotation.solve import solve
from tests.rotation.problems import monday, team, week


def best(problem: Problem) -> Optimal:
    outcome = solve(problem)
    assert isinstance(outcome, Optimal) and check(outcome.plan) == outcome.verdict
    return outcome


def holders(problem: Problem, role: str = "duty") -> list[str]:
    """Who holds the weeks of a role in the best plan, one after another; "" is nobody."""
    return [" & ".join(row.people) for row in best(problem).plan.shifts if row.role == role]


def flagged(verdict: Verdict, rule: str) -> list[str]:
    return [flag.sentence for flag in verdict.flags if flag.rule == rule]


def away(person: str, first: int, weeks: int) -> dict[str, Any]:
    return {"person": person, "since": monday(first), "until": monday(first + weeks)}


def held(person: str, *weeks_ago: int) -> list[dict[str, Any]]:
    return [{"person": person, "role": "duty", "since": monday(-n), "until": monday(1 - n)} for n in weeks_ago]


# --- A vacant week, and a volunteer -----------------------------------------------------------------

ALONE = team("Ana", "Bo", weeks=3, absences=[away("Bo", 0, 3)])


def test_a_week_stays_vacant_rather_than_be_somebodys_third() -> None:
    outcome = best(ALONE)
    assert outcome.verdict.costs.uncovered == 1
    assert sorted(outcome.plan.holders.values()) == [(), ("Ana",), ("Ana",)]


def test_of_a_vacant_week_it_is_said_who_or_what_stands_in_the_way() -> None:
    told = solve(ALONE, demand_cover=True)
    assert isinstance(told, Infeasible)
    [obstacle] = told.obstacles
    assert obstacle.reasons["Bo"] == f"Bo is away for all of {obstacle.shift}."
    assert obstacle.reasons["Ana"].startswith(f"Ana is on duty in three weeks in a row from {monday(0)}")
    assert "Ana is never on duty in three weeks in a row" in told.rules
    assert {f"Bo is away for {week(n)}" for n in range(3)} < set(told.rules)


def test_a_volunteer_may_hold_the_third_week_and_it_is_flagged() -> None:
    pins = [{"person": "Ana", "shift": week(2), "is_volunteer": True, "reason": "she offered to"}]
    outcome = best(ALONE.changed(pins=pins))
    assert outcome.verdict.costs.uncovered == 0
    [sentence] = flagged(outcome.verdict, "never three weeks in a row")
    assert sentence.endswith("; they volunteered.")


def test_to_be_put_there_by_a_planner_is_not_to_volunteer() -> None:
    outcome = best(ALONE.changed(pins=[{"person": "Ana", "shift": week(2)}]))
    assert outcome.verdict.costs.uncovered == 1 and outcome.plan.holders[week(2)] == ("Ana",)


def test_nobody_becomes_a_volunteer_for_other_weeks() -> None:
    """A volunteer's week lifts the rule where it lies; the fourth in a row is nobody's."""
    pins = [{"person": "Ana", "shift": week(0), "is_volunteer": True}]
    problem = team("Ana", "Bo", weeks=5, absences=[away("Bo", 0, 5)], pins=pins)
    assert best(problem).verdict.costs.uncovered == 1, "Ana has three weeks, then one off, then one"


# --- Two weeks in a row -----------------------------------------------------------------------------


def test_a_double_week_is_taken_where_the_week_would_stay_vacant() -> None:
    """Bo and Cy are both away for two weeks: Ana has them both, and one double is all there is."""
    problem = team("Ana", "Bo", "Cy", weeks=6, absences=[away("Bo", 2, 2), away("Cy", 2, 2)])
    outcome = best(problem)
    assert (outcome.verdict.costs.uncovered, outcome.verdict.costs.two_in_a_row) == (0, 1)
    assert flagged(outcome.verdict, "two in a row") == [f"Ana is on duty in two weeks in a row: {week(2)}, {week(3)}."]
    assert holders(problem)[1] != "Ana" != holders(problem)[4]


def test_a_double_week_is_not_taken_to_be_fair() -> None:
    """Cy carried two weeks less than the others, and still rests between duties."""
    names = ("Ana", "Bo", "Cy")
    people = [{"name": n, "roles": ["duty"], "opening_balance": -2 if n == "Cy" else 1} for n in names]
    assert holders(team(people=people, weeks=3)) in (["Cy", "Ana", "Cy"], ["Cy", "Bo", "Cy"])


# --- The release manager rests ----------------------------------------------------------------------

RELEASE = [{"name": "duty"}, {"name": "release", "rest_days": 7}]
BOTH = ["duty", "release"]


def test_whoever_managed_a_release_is_off_duty_in_the_week_after() -> None:
    names = ("Ana", "Bo", "Cy", "Dee")
    people = [{"name": name, "roles": BOTH} for name in names]
    problem = team(people=people, roles=RELEASE, exclusions=[("duty", "release")], weeks=6)
    outcome = best(problem)
    assert outcome.verdict.costs.in_order("rebalance")[:3] == (0, 0, 0)
    duty, release = holders(problem), holders(problem, "release")
    assert all(who not in (duty[n + 1], release[n + 1]) for n, who in enumerate(release[:-1]))


def test_a_release_before_the_plan_asks_for_rest_in_it() -> None:
    people = [{"name": name, "roles": BOTH} for name in ("Ana", "Bo", "Cy")]
    history = [{"person": "Ana", "role": "release", "since": monday(-1), "until": monday(0)}]
    problem = team(people=people, roles=RELEASE, exclusions=[("duty", "release")], weeks=1, history=history)
    assert "Ana" not in {*holders(problem), *holders(problem, "release")}


def test_rest_is_cut_short_rather_than_a_week_left_vacant() -> None:
    people = [{"name": "Ana", "roles": BOTH}, {"name": "Bo", "roles": BOTH}]
    history = [{"person": "Ana", "role": "release", "since": monday(-1), "until": monday(0)}]
    problem = team(people=people, roles=RELEASE, exclusions=[("duty", "release")], weeks=1, history=history)
    costs = best(problem).verdict.costs
    assert (costs.uncovered, costs.rest_breaches) == (0, 1)


# --- One person, five roles -------------------------------------------------------------------------

FIVE = ("duty", "incident", "release", "second line", "third line")


def five_roles(*names: str) -> Problem:
    people = [{"name": name, "roles": FIVE} for name in names]
    pairs = [(one, other) for one in FIVE for other in FIVE if one < other]
    return team(people=people, roles=[{"name": role} for role in FIVE], exclusions=pairs, weeks=1)


def test_one_person_in_all_five_roles_is_impossible() -> None:
    told = solve(five_roles("Ana"), demand_cover=True)
    assert isinstance(told, Infeasible)
    assert told.verdict.costs.uncovered == 4 and len(told.obstacles) == 4
    assert all("which exclude each other" in obstacle.reasons["Ana"] for obstacle in told.obstacles)
    assert any(rule.startswith("nobody holds ") for rule in told.rules)


def test_five_people_in_five_roles_have_one_each() -> None:
    outcome = best(five_roles("Ana", "Bo", "Cy", "Dee", "Eli"))
    assert sorted(outcome.plan.holders.values()) == [("Ana",), ("Bo",), ("Cy",), ("Dee",), ("Eli",)]


def test_roles_that_do_not_exclude_each_other_may_be_one_persons() -> None:
    problem = five_roles("Ana").changed(exclusions=[])
    assert best(problem).verdict.costs.uncovered == 0


# --- Joiners, leavers, part-timers, covers ----------------------------------------------------------


def test_a_new_joiner_does_not_pay_for_the_past() -> None:
    """Ana and Bo carried half a year between them; Dee, new today, has no more to do than they."""
    people = [{"name": name, "roles": ["duty"]} for name in ("Ana", "Bo")]
    new = {"name": "Dee", "roles": ["duty"], "joined": monday(0)}
    history = [*held("Ana", *range(1, 26, 2)), *held("Bo", *range(2, 27, 2))]
    problem = team(people=[*people, new], weeks=6, history=history)
    outcome = best(problem)
    assert [holders(problem).count(name) for name in ("Ana", "Bo", "Dee")] == [2, 2, 2]
    assert abs(outcome.verdict.balances["Dee"]) < 0.01


def test_who_joins_halfway_owes_from_then_on() -> None:
    people = [*({"name": name, "roles": ["duty"]} for name in ("Ana", "Bo"))]
    new = {"name": "Dee", "roles": ["duty"], "joined": monday(6)}
    found = holders(team(people=[*people, new], weeks=12))
    assert [found.count(name) for name in ("Ana", "Bo", "Dee")] == [5, 5, 2]


def test_a_leaver_is_not_worked_off_beforehand_and_leaves_no_debt_behind() -> None:
    people = [{"name": name, "roles": ["duty"]} for name in ("Ana", "Bo")]
    leaver = {"name": "Cy", "roles": ["duty"], "left": monday(3)}
    problem = team(people=[*people, leaver], weeks=9)
    found, balances = holders(problem), best(problem).verdict.balances
    assert [found.count(name) for name in ("Ana", "Bo", "Cy")] == [4, 4, 1]
    assert all(abs(balance) < 0.01 for balance in balances.values())


def test_a_part_timer_has_their_part() -> None:
    """Half a post among two whole ones: two weeks of ten."""
    people: list[dict[str, Any]] = [{"name": name, "roles": ["duty"]} for name in ("Ana", "Bo")]
    half = {"name": "Cy", "roles": ["duty"], "share": 0.5}
    problem = team(people=[*people, half], weeks=10)
    found = holders(problem)
    assert [found.count(name) for name in ("Ana", "Bo", "Cy")] == [4, 4, 2]
    assert best(problem).verdict.costs.unfairness == 0


def test_a_long_absence_is_not_paid_back_unless_the_team_says_so() -> None:
    problem = team("Ana", "Bo", "Cy", weeks=12, absences=[away("Cy", 0, 6)])
    assert holders(problem).count("Cy") == 2
    assert holders(problem.changed(absence_owed=1.0)).count("Cy") == 3, "as if nobody had been away, less doubles"


def test_a_cover_counts_for_whoever_covered() -> None:
    """Bo covered a week of Ana's: history has it as Bo's, and Ana comes first now."""
    history = [*held("Ana", 6), *held("Bo", 2, 4)]
    assert holders(team("Ana", "Bo", weeks=3, history=history)) == ["Ana", "Bo", "Ana"]


def test_a_busy_week_counts_for_more_than_a_quiet_one() -> None:
    measured = [
        {**told, "measured": calls} for told, calls in zip(held("Ana", 2) + held("Bo", 3), (40, 8), strict=True)
    ]
    assert holders(team("Ana", "Bo", weeks=1, history=measured)) == ["Bo"]


def test_a_trainee_looks_on_and_covers_nothing() -> None:
    people = [{"name": "Ana", "roles": ["duty"]}, {"name": "Cy", "trains_for": ["duty"]}]
    pins = [{"person": "Cy", "shift": week(0), "is_shadow": True}]
    problem = team(people=people, weeks=1, pins=pins)
    [row] = best(problem).plan.shifts
    assert (row.people, row.shadows) == (("Ana",), ("Cy",))
    assert not Judge(problem).verdict({week(0): ("Cy",)}).is_lawful


# --- What everybody may wish ------------------------------------------------------------------------


def test_nobody_works_on_their_own_public_holidays_where_others_do_not_have_them() -> None:
    people = [
        {"name": "Ana", "roles": ["duty"], "country": "NL", "holidays": ["2026-12-25", "2026-12-26"]},
        {"name": "Bo", "roles": ["duty"], "country": "JP"},
    ]
    assert holders(team(people=people, weeks=2, first_day="2026-12-21")) == ["Bo", "Ana"]


def test_fairness_outweighs_a_wish() -> None:
    people = [{"name": n, "roles": ["duty"], "opening_balance": b} for n, b in (("Ana", -1), ("Bo", 1))]
    wishes = [{"person": "Ana", "wish": "avoids", "shift": week(0), "strength": 3}]
    assert holders(team(people=people, weeks=1, preferences=wishes)) == ["Ana"]
