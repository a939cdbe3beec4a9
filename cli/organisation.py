"""The demo: a made-up organisation's trackers, read into a store in this process, or served to be read."""

from pathlib import Path

from cli import show, summary
from ingest import demo, sync
from ingest.client import Wire
from ingest.demo import harrow, serving
from ingest.demo.trackers import wire
from metrics.facts import settle
from settings import Settings


def build(store: Path, settings: Settings) -> None:
    """Read the made-up trackers through the real sources. Raises StoreError where the store holds real tickets."""
    trackers = harrow.trackers()
    reached = {site.url: trackers[site.kind] for site in settings.source if site.url and site.kind in trackers}
    tokens = {site.variable: demo.DEMO_TOKENS[site.kind] for site in settings.source if site.kind in trackers}
    with summary.source_lines() as lines:
        outcomes = sync.run(
            store,
            settings,
            environment=tokens,
            wire=Wire(session=lambda: wire.session(reached)),
            report=lines,
            is_demo=True,
            settle=settle,
        )
    summary.synced(outcomes, store)


def serve(port: int) -> None:
    """Serve them on this machine until interrupted; what to try is said once somebody listens."""
    serving.serve(harrow.trackers(), port, announce=_invite)


def _invite(port: int) -> None:
    for line in serving.invitation(port):
        show.say(line)
