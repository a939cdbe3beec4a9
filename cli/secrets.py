"""Secrets of the sources: taken from the environment, and kept out of everything that is printed."""

import logging
from collections.abc import Mapping

from cli.show import err
from ingest.journal import blanked
from settings import Settings


def known(settings: Settings, environment: Mapping[str, str]) -> list[str]:
    """Every secret that the environment holds for the settings' sources."""
    return [secret for site in settings.source if (secret := site.secret(environment))]


def log_everything(secrets: list[str]) -> None:
    """Everything that any library logs, to the terminal's error stream, secrets blanked."""
    handler = logging.StreamHandler(err.file)
    handler.setFormatter(_Blanking(secrets))
    logging.basicConfig(level=logging.DEBUG, handlers=[handler], force=True)


class _Blanking(logging.Formatter):
    def __init__(self, secrets: list[str]) -> None:
        super().__init__("%(asctime)s %(name)s %(levelname)s %(message)s")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        return blanked(super().format(record), self._secrets)
