"""A desk on which nobody has written yet."""

from pathlib import Path

import pytest


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return tmp_path / "watchbill.desk.sqlite"
