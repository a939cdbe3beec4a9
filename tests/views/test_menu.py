"""Which pages there are, and that a server knows them before anybody comes."""

import os
import subprocess
import sys
from pathlib import Path

from views import _menu

TOP = Path(__file__).parents[2]


def test_every_entry_of_the_menu_is_a_page() -> None:
    assert [entry[0] for entry in _menu.written()] == [entry[0] for entry in _menu.MENU]
    assert _menu.has("handoff") and not _menu.has("nothing")


def test_a_server_has_read_every_page_before_the_first_visitor_comes() -> None:
    """Asked of a new process: this one has read them for other tests."""
    told = "import sys, app; print(*(name for name in sys.modules if name.startswith('views.')))"
    assert {f"views.{module}" for module, _, _ in _menu.MENU} <= set(said_by(told).split())


def test_a_store_that_cannot_be_read_does_not_keep_a_server_from_starting(tmp_path: Path) -> None:
    broken = tmp_path / "broken.duckdb"
    broken.write_text("no database", encoding="utf-8")
    assert said_by("import app; print('started')", store=broken) == "started\n"


def said_by(code: str, store: Path | None = None) -> str:
    environment = os.environ | ({"WATCHBILL_STORE": str(store)} if store else {})
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=TOP, env=environment, capture_output=True, text=True, check=True).stdout
