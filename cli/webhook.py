"""A short text, sent to a Slack-compatible webhook. Its address is a secret: it comes from the environment, and appears
in nothing that is printed, logged or raised."""

from collections.abc import Mapping
from urllib.parse import urlsplit

VARIABLE = "WATCHBILL_WEBHOOK"
WAITS = (5, 20)  # seconds to be connected, and between two bytes of an answer


class PostError(ValueError):
    """Why nothing was posted, in a sentence without the address."""


def address(environment: Mapping[str, str]) -> str:
    """The webhook's address. Raises PostError where there is none that could be asked."""
    found = environment.get(VARIABLE, "").strip()
    if not found:
        raise PostError(f"nothing was posted: put the webhook's address into the environment variable {VARIABLE}")
    try:
        parts = urlsplit(found)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_web = False
    if not is_web:
        raise PostError(f"nothing was posted: what {VARIABLE} holds is no address that begins with https://")
    return found


def post(text: str, environment: Mapping[str, str]) -> None:
    """Send it as {"text": …}. Raises PostError."""
    import requests

    url = address(environment)
    try:
        answer = requests.post(url, json={"text": text}, timeout=WAITS, allow_redirects=False)
    except requests.Timeout:
        raise PostError("nothing was posted, as far as known: the webhook did not answer in time") from None
    except requests.RequestException as error:
        raise PostError(f"nothing was posted: the webhook cannot be reached ({type(error).__name__})") from None
    if not 200 <= answer.status_code < 300:
        raise PostError(f"nothing was posted: the webhook answered with status {answer.status_code}")
