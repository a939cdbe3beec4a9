"""What the tests of the demo share."""

import pytest

from ingest import demo
from tests.ingest.demo_pages import Page


@pytest.fixture(scope="module")
def pages() -> list[Page]:
    return list(demo.payloads())
