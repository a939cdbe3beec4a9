"""Which room may import what. Each rule has its sentence; the AST of every file is held against it."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
ROOMS = {"cli", "desk", "ingest", "metrics", "planning", "reports", "rotation", "serving", "settings", "views"}
ROOMS |= {"notebooks", "app", "watchbill", "benchmarks", "tests"}
STANDARD = sys.stdlib_module_names
SHOWN = {"desk", "metrics", "planning", "reports", "rotation", "settings"}  # the rooms that pages show

LAW = {
    "settings": (
        {"pydantic", "settings"},
        "settings are plain data: the rooms are handed their part of them as arguments",
    ),
    "ingest": (
        {
            "ingest",
            "settings",
            "requests",
            "duckdb",
            "polars",
            "icalendar",
            "recurring_ical_events",
            "holidays",
            "graphql",
        },
        "ingest collects and stores; it computes no metric and draws no page",
    ),
    "metrics": (
        {"metrics", "duckdb", "polars", "plotly"},
        "metrics ask a snapshot; they know neither how it was filled nor who looks",
    ),
    "rotation": (
        {"rotation", "metrics.worktime", "pydantic", "ortools", "icalendar"},
        "the planner is handed history and rules; it fetches nothing",
    ),
    "planning": (
        {"planning", "metrics", "rotation", "duckdb", "polars"},
        "between a store and the planner: it reads the one and puts the question to the other, and solves nothing",
    ),
    "reports": (
        {"reports", "desk", "metrics", "plotly", "polars", "duckdb"},
        "a report is a page on paper: it asks what the page asks, and needs no browser to be written",
    ),
    "desk": (
        {"desk"},
        "the desk keeps what people write: it needs nothing but the standard library, and knows of no store",
    ),
    "views": (
        {"views", "serving", "streamlit", "plotly", "polars", "pandas", "duckdb"} | SHOWN,
        "a page cannot write to the store by construction: it never imports ingest",
    ),
    "serving": (
        {"serving", "starlette", "duckdb", "polars"} | SHOWN,
        "what programs read beside the pages: it asks what pages ask, and writes nothing",
    ),
    "app": (
        {"serving", "views", "streamlit", "starlette"},
        "the entry routes, and turns away whom nobody let in; it computes nothing and writes nothing",
    ),
    "notebooks": (
        {"metrics", "rotation", "settings", "plotly", "polars", "pandas", "duckdb"},
        "an analyst's notebook sees what pages see, without the page",
    ),
}
SOURCES = {"phorge", "github", "jira", "rt", "ical", "files"}
CLOCKS = {"now", "today", "utcnow"}


def files(room: str) -> list[Path]:
    module = TOP / f"{room}.py"
    return [module] if module.exists() else sorted([*(TOP / room).rglob("*.py"), *(TOP / room).rglob("*.ipynb")])


def code(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text
    return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "code")


def imports(path: Path) -> list[str]:
    tree = ast.parse(code(path))
    found = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            assert not node.level, f"{path}: imports are absolute, so that the law can be read off them"
            found += [f"{node.module}.{alias.name}" for alias in node.names] if node.module in ROOMS else [node.module]
    return found


def allowed(name: str, may: set[str]) -> bool:
    parts = name.split(".")
    return parts[0] in STANDARD or any(".".join(parts[: n + 1]) in may for n in range(len(parts)))


@pytest.mark.parametrize("room", LAW)
def test_a_room_imports_only_what_the_law_allows(room: str) -> None:
    may, sentence = LAW[room]
    broken = [f"{p.relative_to(TOP)}: {name}" for p in files(room) for name in imports(p) if not allowed(name, may)]
    assert not broken, f"{sentence}: {broken}"


def test_the_law_sees_what_it_is_meant_to_see() -> None:
    assert files("ingest"), "the rooms are where the law looks for them"
    assert not allowed("ingest.store", LAW["views"][0])
    assert allowed("metrics.worktime", LAW["rotation"][0]) and not allowed("metrics.slo", LAW["rotation"][0])


@pytest.mark.parametrize("source", sorted(SOURCES))
def test_sources_never_import_each_other(source: str) -> None:
    own = sorted((TOP / "ingest" / source).rglob("*.py"))
    assert own
    others = tuple(f"ingest.{other}" for other in SOURCES - {source})
    assert not [name for path in own for name in imports(path) if name.startswith(others)]


@pytest.mark.parametrize("path", files("metrics"), ids=lambda p: p.stem)
def test_metrics_never_look_at_the_clock(path: Path) -> None:
    """The instant is an argument, or last month's numbers would change overnight."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    asked = {
        node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not asked & CLOCKS


def test_importing_a_room_reads_and_connects_to_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = "import ingest.sync, metrics, settings, watchbill; import os; assert os.listdir('.') == []"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
