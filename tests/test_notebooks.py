"""Every notebook runs from top to bottom on the demo and on stores it was not written for, and is kept without
outputs."""

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.conftest import History

NOTEBOOKS = [
    pytest.param(path, id=path.stem) for path in sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
]


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Path, Path], str]:
    """Run a notebook on a store; everything it printed. An error in any cell is raised."""

    def run(notebook: Path, store: Path) -> str:
        monkeypatch.setenv("WATCHBILL_STORE", str(store))
        monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
        told = nbformat.read(notebook, as_version=4)
        done = NotebookClient(told, timeout=120, kernel_name="python3").execute()
        outputs = [out for cell in done.cells for out in cell.get("outputs", [])]
        warned = [out.text for out in outputs if out.output_type == "stream" and out.name == "stderr"]
        assert [text for text in warned if "Warning" in text] == []
        return "".join(out.text for out in outputs if out.output_type == "stream" and out.name == "stdout")

    return run


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_a_notebook_is_kept_without_outputs(path: Path) -> None:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert cells
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells)


DEMO = {
    "why_did_triage_get_slower": ["Triage got slower", "more than chance", "By queue, the pace of 'infra' tells most"],
    "where_do_tickets_wait": ["Tickets wait most in the stage", "flow efficiency", "silent for more than five days"],
}


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_a_notebook_answers_in_words_on_the_demo(
    path: Path, demo_store: Path, executed: Callable[[Path, Path], str]
) -> None:
    """The demo's operations triage more slowly in their last two months: that is how it was made up."""
    said = executed(path, demo_store)
    assert [words for words in DEMO[path.stem] if words not in said] == []


NO_ANSWER = {
    "why_did_triage_get_slower": "There is too little to compare (0 stays then, 1 now)",
    "where_do_tickets_wait": "All time is in one stage (in no stage we know): the stage map tells nothing apart.",
}


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_a_notebook_says_so_where_there_is_too_little(
    path: Path, history: History, store_of: Callable[..., Path], executed: Callable[[Path, Path], str]
) -> None:
    """Two tickets, no team, no calendar, no stages, no board; and no sync that tells how far the history reaches."""
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+Bug", "ana"))
    history.ticket(2, "2026-11-10 09:00", queue=None)
    said = executed(path, store_of(history.records, '[[triage]]\nrule = "labelled"\n'))
    assert NO_ANSWER[path.stem] in said


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_a_notebook_runs_on_a_store_of_nothing(
    path: Path, store_of: Callable[..., Path], executed: Callable[[Path, Path], str]
) -> None:
    assert executed(path, store_of([], "")) != ""
