"""What `watchbill plan` does: read or draw up a problem, search, judge, tell, publish."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

import metrics
import planning.draft as drafts
from cli import publishing, rota_report, rota_search, show
from cli.plan import Wishes
from cli.publishing import Outputs
from planning.draft import Asked
from rotation.check import Verdict, check
from rotation.outcome import Limits
from rotation.plan import Plan
from rotation.problem import Problem

Model = TypeVar("Model", bound=BaseModel)
DONE, BENT, NOT_DONE = 0, 1, 2


def schema() -> str:
    """The JSON schema of what this verb reads and writes: a problem, or a plan."""
    told = TypeAdapter(Problem | Plan).json_schema()
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **told}, indent=1) + "\n"


def read_problem(path: Path) -> Problem:
    """Raises ValueError, a sentence for each thing that is wrong, and OSError."""
    return _read(path, Problem)


def _read(path: Path, model: type[Model]) -> Model:
    try:
        return model.model_validate_json(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError(f"{path}: not UTF-8 text; save it as UTF-8") from None
    except ValidationError as error:
        raise ValueError("; ".join(_complaint(path, told) for told in error.errors())) from None


def _complaint(path: Path, told: ErrorDetails) -> str:
    place = ".".join(map(str, told["loc"]))
    message = told["msg"].removeprefix("Value error, ")
    if told["type"] == "extra_forbidden":
        message = "there is no such key; `watchbill plan --schema` prints those there are"
    return f"{path}: {place}: {message}" if place else f"{path}: {message}"


def from_store(store: Path, asked: Asked) -> Problem:
    """The problem of the weeks to come, and what a planner should know of it said. Raises StoreError, ValueError."""
    con = metrics.open_store(store)
    try:
        draft = drafts.draft(con, asked)
    finally:
        con.close()
    for note in draft.notes:
        show.warn(note)
    return draft.problem


def draft(problem: Problem, wishes: Wishes, out: Path | None, outputs: Outputs) -> int:
    """Search for the best plan, tell it, write it. The exit code."""
    outcome = rota_search.search(problem, wishes.mode, Limits(wishes.seconds, workers=wishes.workers, seed=wishes.seed))
    code = conclude(outcome.plan, outcome.verdict, out, outputs)
    show.say("")
    for line in rota_search.proof(outcome):
        show.say(line)
    return code


def announced(problem: Problem, path: Path) -> Problem:
    """The problem after that plan was announced. Raises ValueError and OSError."""
    told = [
        {"person": person, "shift": shift}
        for shift, people in _read(path, Plan).holders.items()
        for person in people
        if shift in problem.shift_by_id and person in problem.person_by_name
    ]
    return Problem.model_validate({**problem.model_dump(), "published": told})


def judge(path: Path, outputs: Outputs) -> int:
    """Say what is to be said of a plan, and publish it if it is lawful. The exit code."""
    plan = _read(path, Plan)
    return conclude(plan, check(plan), None, outputs)


def write(path: Path, told: Problem | Plan) -> None:
    """As JSON to read and edit: what is as it is without being said is left out."""
    publishing.put(path, told.model_dump_json(indent=1, exclude_defaults=True) + "\n")
    show.warn(f"Written: {path}")


def conclude(plan: Plan, verdict: Verdict, out: Path | None, outputs: Outputs) -> int:
    """Tell and write a plan. Nothing is published of one that is not lawful. The exit code."""
    for line in rota_report.report(plan, verdict):
        show.say(line)
    if not verdict.is_lawful:
        show.warn(
            "This plan breaks rules that no plan may break." + (" Nothing was written." if out or outputs else "")
        )
        return NOT_DONE
    if out:
        write(out, plan)
    for file in publishing.publish(plan, outputs, datetime.now(UTC).replace(microsecond=0)):
        show.warn(f"Written: {file}")
    is_bent = any(breach.is_excused for breach in verdict.flags)
    return BENT if verdict.costs.uncovered or is_bent else DONE
