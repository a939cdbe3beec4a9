"""`watchbill plan`, as a planner and a cron job meet it: what it says, what it writes, how it ends."""

import csv
import io
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import watchbill
from rotation.check import check
from rotation.plan import Plan
from rotation.problem import Problem
from tests.rotation.problems import monday, team, week

TOP = Path(__file__).parents[1]


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call `watchbill plan` with these words, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def call(*words: object) -> Said:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["watchbill", "plan", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            watchbill.main()
        captured = capsys.readouterr()
        return Said(int(ended.value.code or 0), captured.out, captured.err)

    return call


def saved(told: Problem | Plan, name: str = "problem.json") -> Path:
    Path(name).write_text(told.model_dump_json(), encoding="utf-8")
    return Path(name)


def planned(name: str = "plan.json") -> Plan:
    return Plan.model_validate_json(Path(name).read_text(encoding="utf-8"))


def assert_one_sentence(said: Said, *words: str) -> None:
    assert said.code == 2 and said.out == ""
    line = said.err.strip().splitlines()[-1]
    assert line.startswith("watchbill: ") and all(word in line for word in words), said.err
    assert "Traceback" not in said.err


# --- A problem becomes a plan -----------------------------------------------------------------------


def test_a_problem_becomes_a_plan_that_is_lawful_and_told(run: Run) -> None:
    problem = team("Ana", "Bo", "Cy", weeks=6)
    said = run(saved(problem), "--out", "plan.json")
    assert said.code == 0
    plan = planned()
    assert (plan.problem, plan.outcome) == (problem, "optimal")
    assert check(plan).is_lawful and check(plan).costs == plan.costs
    table, sentences = said.out.split("\n\n", 1)
    assert table.splitlines()[0] == "| Week | From | duty |" and len(table.splitlines()) == 8
    assert "It costs nothing." in sentences and said.out.endswith("\nNo plan is better.\n")
    assert "Spread, largest less smallest: 0.00 before, 0.00 after." in sentences


def test_the_same_problem_and_seed_make_the_same_plan(run: Run) -> None:
    problem = saved(team("Ana", "Bo", "Cy", "Dee", weeks=8))
    for name in ("one.json", "two.json"):
        assert run(problem, "--out", name, "--seed", 7).code == 0
    assert Path("one.json").read_bytes() == Path("two.json").read_bytes()


def test_seats_that_stay_vacant_end_with_1_and_are_named(run: Run) -> None:
    absences = [{"person": name, "since": monday(1), "until": monday(2)} for name in ("Ana", "Bo")]
    said = run(saved(team("Ana", "Bo", weeks=3, absences=absences)), "--out", "plan.json")
    assert said.code == 1 and "1 vacant seat" in said.out and f"To know: Nobody holds {week(1)}." in said.out
    assert planned().holders[week(1)] == ()
    assert f"Vacant, {week(1)}: Ana is away for all of {week(1)}. Bo is away for all of {week(1)}.\n" in said.out
    rules = f"somebody holds {week(1)}; Ana is away for {week(1)}; Bo is away for {week(1)}"
    assert f"Not all of this can be: {rules}.\n" in said.out


def test_of_a_seat_left_vacant_by_hand_it_is_said_who_could_take_it(run: Run) -> None:
    people = [{"name": "Ana", "roles": ["duty"]}, {"name": "Bo", "roles": ["duty"]}, {"name": "Cy"}]
    plan = Plan.of(team(people=people, weeks=2), {week(0): ("Ana",)})
    said = run("--check", saved(plan, "plan.json"))
    assert (
        f"Vacant, {week(1)}: Ana could take it. Bo could take it.\n" in said.out
        and "Cy" not in said.out.split("\n\n")[2]
    )
    assert "There are plans that leave no seat vacant.\n" in said.out


def test_pins_that_bend_a_rule_end_with_1(run: Run) -> None:
    absences = [{"person": "Ana", "since": monday(1), "until": monday(2)}]
    pins = [{"person": "Ana", "shift": week(1), "reason": "she asked for it"}]
    said = run(saved(team("Ana", "Bo", "Cy", weeks=3, absences=absences, pins=pins)))
    assert said.code == 1 and "To know: Ana" in said.out


def test_least_change_keeps_what_rebalancing_would_move(run: Run) -> None:
    published = [{"person": "Ana" if n % 2 else "Bo", "shift": week(n)} for n in range(6)]
    problem = saved(team("Ana", "Bo", "Cy", "Dee", weeks=6, published=published))
    assert run(problem, "--out", "least.json").code == 0
    assert run(problem, "--out", "fair.json", "--rebalance").code == 0
    least, fair = planned("least.json"), planned("fair.json")
    assert least.costs and fair.costs
    assert (least.mode, fair.mode) == ("minimal change", "rebalance")
    assert least.costs.changes == 0 < fair.costs.changes
    assert fair.costs.unfairness < least.costs.unfairness


def test_after_a_new_absence_a_published_plan_changes_where_it_must(run: Run) -> None:
    people = ["Ana", "Bo", "Cy", "Dee"]
    assert run(saved(team(*people, weeks=8)), "--out", "plan.json").code == 0
    before = planned().holders
    [ill] = before[week(4)]
    absences = [{"person": ill, "since": monday(4), "until": monday(5)}]
    changed = saved(team(*people, weeks=8, absences=absences), "changed.json")
    assert run(changed, "--published", "plan.json", "--out", "next.json").code == 0
    after = planned("next.json")
    assert [shift for shift in before if before[shift] != after.holders[shift]] == [week(4)]
    assert after.costs and after.costs.changes == 1


def test_a_published_plan_of_other_weeks_and_people_is_taken_as_far_as_it_fits(run: Run) -> None:
    old = Plan.of(team("Ana", "Bo", "Zed", weeks=3), {week(n): (who,) for n, who in enumerate(("Ana", "Bo", "Zed"))})
    later = team("Ana", "Bo", "Cy", weeks=3, first_day=monday(1))
    assert run(saved(later), "--published", saved(old, "old.json"), "--out", "plan.json").code == 0
    assert [(entry.person, entry.shift) for entry in planned().problem.published] == [("Bo", week(1))]


def test_feeds_and_tables_are_written_with_the_plan(run: Run) -> None:
    problem = saved(team("Ana", "Bo", "Cy", weeks=3))
    words = ["--out", "plan.json", "--ics", "rota.ics", "--csv", "rota.csv", "--markdown", "rota.md"]
    said = run(problem, *words)
    assert said.code == 0
    assert {line for line in said.err.splitlines() if line.startswith("Written")} == {
        f"Written: {name}" for name in ("plan.json", "rota.revisions.json", "rota.ics", "rota.csv", "rota.md")
    }
    assert Path("rota.md").read_text(encoding="utf-8").strip() == said.out.split("\n\n")[0]
    rows = list(csv.DictReader(io.StringIO(Path("rota.csv").read_text(encoding="utf-8"))))
    assert [row["person"] for row in rows] == [people[0] for people in planned().holders.values()]
    before = Path("rota.ics").read_bytes()
    assert run(problem, *words).code == 0
    assert Path("rota.ics").read_bytes() == before


# --- A plan is judged -------------------------------------------------------------------------------


def test_a_plan_of_any_origin_is_judged_and_published(run: Run) -> None:
    plan = Plan.of(team("Ana", "Bo", "Cy", weeks=3), {week(0): ("Ana",), week(1): ("Ana",), week(2): ("Bo",)})
    said = run("--check", saved(plan, "plan.json"), "--csv", "rota.csv")
    assert said.code == 0 and "1 two weeks in a row" in said.out
    assert Path("rota.csv").exists()


def test_a_plan_that_breaks_a_rule_ends_with_2_and_is_not_published(run: Run) -> None:
    plan = Plan.of(team("Ana", "Bo", "Cy", weeks=3), {week(n): ("Ana",) for n in range(3)})
    said = run("--check", saved(plan, "plan.json"), "--ics", "rota.ics")
    assert said.code == 2 and "Not lawful: Ana" in said.out
    assert "Nothing was written." in said.err and not Path("rota.ics").exists()


# --- The schema -------------------------------------------------------------------------------------


def test_the_schema_knows_problems_and_plans_and_nothing_else(run: Run) -> None:
    said = run("--schema")
    schema = json.loads(said.out)
    jsonschema.Draft202012Validator.check_schema(schema)
    problem = team("Ana", "Bo", weeks=2, absences=[{"person": "Ana", "since": monday(1), "until": monday(2)}])
    for told in (problem, Plan.of(problem, {week(0): ("Ana",)})):
        jsonschema.validate(json.loads(told.model_dump_json(exclude_defaults=True)), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"first_day": "2026-11-02", "weeks": 2, "people": []}, schema)


# --- From the store ---------------------------------------------------------------------------------


def test_the_demo_makes_a_problem_to_edit_and_a_plan_of_it(run: Run, demo_store: Path) -> None:
    said = run("--from-store", "--store", demo_store, "--out-problem", "problem.json")
    assert said.code == 0 and said.out == ""
    assert "8 weeks from Mon 2026-11-23 (America/Los_Angeles)" in said.err and "Written: problem.json" in said.err
    planned_at_once = run("--from-store", "--store", demo_store, "--out", "at_once.json")
    planned_from_file = run("problem.json", "--out", "from_file.json")
    assert planned_at_once.code == planned_from_file.code == 0
    assert planned("at_once.json") == planned("from_file.json")
    plan = planned("at_once.json")
    assert plan.costs and (plan.costs.uncovered, plan.costs.two_in_a_row) == (0, 0)


# --- One sentence -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], ["name one of a PROBLEM file, --check PLAN and --from-store"]),
        (["problem.json", "--from-store"], ["name one of a PROBLEM file"]),
        (["nothing.json"], ["No such file", "nothing.json"]),
        (["bad.json"], ["bad.json: ", "Invalid JSON"]),
        (["unknown.json"], ["unknown.json: wekks: there is no such key", "watchbill plan --schema"]),
        (["share.json"], ["share.json: people.0.share: ", "less than or equal to 1"]),
        (["--check", "problem.json"], ["problem.json: problem: Field required"]),
        (["--from-store", "--store", "none"], ["there is no store at none"]),
        (["--from-store", "--as-of", "yesterday"], ["as_of=yesterday is not an instant"]),
        (["problem.json", "--for-phorge", "--ics", "x.ics"], ["no [[source]] of kind phorge"]),
    ],
)
def test_a_mistake_is_one_sentence_and_ends_with_2(run: Run, words: list[str], said: list[str]) -> None:
    facts: dict[str, Any] = json.loads(team("Ana", "Bo", weeks=2).model_dump_json(exclude_defaults=True))
    Path("bad.json").write_text("{", encoding="utf-8")
    for name, change in {
        "problem.json": {},
        "unknown.json": {"wekks": 3},
        "share.json": {"people": [{"name": "Ana", "roles": ["duty"], "share": 2}]},
    }.items():
        Path(name).write_text(json.dumps({**facts, **change}), encoding="utf-8")
    assert_one_sentence(run(*words), *said)


# --- Real processes ---------------------------------------------------------------------------------


def command(*words: object) -> list[str]:
    return [sys.executable, str(TOP / "watchbill.py"), "plan", *map(str, words)]


def test_in_a_pipe_there_are_neither_colours_nor_bars(tmp_path: Path) -> None:
    file = tmp_path / "problem.json"
    file.write_text(team("Ana", "Bo", "Cy", weeks=6).model_dump_json(), encoding="utf-8")
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "40"}
    done = subprocess.run(command(file), env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + done.stderr and "\r" not in done.stdout + done.stderr
    assert done.stderr == ""


def large() -> Problem:
    """So many people, weeks and odd burdens that the search takes a while."""
    chance = random.Random(1)
    names = [f"P{n}" for n in range(10)]
    burdens = {"duty": 1, "release": 0.83, "desk": 0.37, "night": 0.61}
    roles = [{"name": name, "burden": burden, "rest_days": 7} for name, burden in burdens.items()]
    people = [
        {"name": name, "roles": list(burdens), "opening_balance": round(chance.uniform(-1.5, 1.5), 2)} for name in names
    ]
    absences = [
        {"person": name, "since": monday(n), "until": monday(n + 1)}
        for name in names
        for n in range(60)
        if chance.random() < 0.3
    ]
    exclusions = [("duty", "release"), ("duty", "night"), ("duty", "desk"), ("release", "night")]
    return team(people=people, roles=roles, weeks=60, absences=absences, exclusions=exclusions)


def test_on_a_terminal_the_search_is_watched_and_ctrl_c_keeps_the_best_plan(tmp_path: Path) -> None:
    (tmp_path / "problem.json").write_text(large().model_dump_json(), encoding="utf-8")
    terminal, its_end = os.openpty()
    words = command("problem.json", "--seconds", 600, "--out", "plan.json")
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=its_end) as running:
        os.close(its_end)
        shown = b""
        while b": at least " not in shown:
            shown += os.read(terminal, 1024)
        running.send_signal(signal.SIGINT)
        assert running.stdout
        said = running.stdout.read().decode()
        shown += os.read(terminal, 100_000)
    os.close(terminal)
    assert running.returncode in (0, 1), shown
    assert b"Stopping; the best plan so far is kept." in shown
    plan = Plan.model_validate_json((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert check(plan).is_lawful and plan.costs == check(plan).costs
    assert said.startswith("| Week | From | duty | release | desk | night |")
