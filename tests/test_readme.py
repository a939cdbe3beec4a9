"""The README says what is so: its verbs, sources, metrics and make targets are the real ones."""

import re
from pathlib import Path

import typer.main

import metrics
import watchbill
from ingest import sources

TOP = Path(__file__).parents[1]
README = (TOP / "README.md").read_text(encoding="utf-8")


def table(heading: str) -> dict[str, str]:
    """First column (without backticks) to second, of the table whose header starts with `heading`."""
    rows = re.search(rf"\| {heading} \|[^\n]*\n\|[-|]+\n((?:\|[^\n]*\n)+)", README)
    assert rows, f"the README has a table headed {heading}"
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[1].splitlines()]
    return {name.strip("`"): rest for name, rest in cells}


def verbs() -> set[str]:
    group = typer.main.get_command(watchbill.app)
    found = set()
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        below = getattr(command, "commands", None)
        found |= {f"watchbill {name} {inner}" for inner in below} if below else {f"watchbill {name}"}
    return found


def test_every_verb_is_in_the_readme_and_no_other() -> None:
    assert set(table("verb")) == verbs()


def test_every_metric_is_in_the_readme_with_its_question() -> None:
    assert table("metric") == {metric.name: metric.question for metric in metrics.catalogue()}


def test_every_source_is_in_the_readme() -> None:
    assert set(table("source")) == set(sources.KINDS)


def test_every_make_target_is_in_the_readme() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", (TOP / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert phony
    assert {name.removeprefix("make ") for name in table("command")} | {"run"} == set(phony[1].split())


def test_lock_files_carry_hashes_and_no_download_address() -> None:
    for name in ("requirements.lock", "requirements-next.lock", "requirements-notebooks.lock"):
        text = (TOP / name).read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert "://" not in text
