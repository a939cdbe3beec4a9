"""A plan as a Markdown table: weeks down, roles across."""

from rotation.feeds.markdown import markdown
from rotation.plan import Plan
from tests.rotation.problems import team, week


def test_weeks_down_and_roles_across() -> None:
    roles = [{"name": "duty"}, {"name": "release", "people": 2}]
    pins = [{"person": "Cy", "shift": week(1), "is_shadow": True}]
    plan = Plan.of(
        team("Ana", "Bo", "Cy", weeks=2, roles=roles, pins=pins),
        {week(0): ("Ana",), week(1): ("Bo",), week(0, "release"): ("Bo", "Cy"), week(1, "release"): ("Ana",)},
    )
    assert markdown(plan) == (
        "| Week | From | duty | release |\n"
        "| --- | --- | --- | --- |\n"
        "| 2026-W45 | Mon 2026-11-02 | Ana | Bo & Cy |\n"
        "| 2026-W46 | Mon 2026-11-09 | Bo (shadow: Cy) | Ana & **vacant** |\n"
    )


def test_several_shifts_of_a_week_are_told_with_their_day() -> None:
    problem = team("Ana", "Bo", weeks=1, zone="Europe/Berlin", roles=[{"name": "duty", "pattern": "weekday/weekend"}])
    plan = Plan.of(problem, {"duty/2026-11-02": ("Ana",), "duty/2026-11-07": ("Bo",)})
    assert markdown(plan).splitlines()[2] == "| 2026-W45 | Mon 2026-11-02 | Mon Ana, Sat Bo |"


def test_names_are_text_and_no_markup() -> None:
    name = "*Ana*|<b>[x](y)`_"
    plan = Plan.of(team(name, weeks=1), {week(0): (name,)})
    assert markdown(plan).splitlines()[2].endswith(r"| \*Ana\*\|\<b\>\[x\](y)\`\_ |")
