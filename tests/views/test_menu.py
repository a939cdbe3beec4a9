"""Which pages there are, and that a server knows them before anybody comes."""

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
    read = subprocess.run([sys.executable, "-c", told], cwd=TOP, capture_output=True, text=True, check=True)
    assert {f"views.{module}" for module, _, _ in _menu.MENU} <= set(read.stdout.split())
