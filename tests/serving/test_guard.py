"""Who is answered: this machine where nothing is configured, elsewhere whoever shows the secret, and nobody else."""

from pathlib import Path
from typing import Any

import pytest

from serving.guard import feed_key, is_loopback, refusal
from tests.serving.conftest import ELSEWHERE, HERE, Ask

TOKEN = "made-up-token-of-32-characters-ok"
CLOSED = ("/metrics", "/data", "/data/slo.json", "/feeds/infra.ics")


@pytest.mark.parametrize("path", ["/", *CLOSED])
def test_this_machine_reads_everything_where_nothing_is_configured(ask: Ask, store: Path, path: str) -> None:
    assert ask(path).status_code == 200


@pytest.mark.parametrize(
    "trick",
    [
        {"client": ELSEWHERE},
        {"host": "watchbill.example"},
        {"headers": {"X-Forwarded-For": "192.0.2.7"}},
        {"headers": {"Forwarded": "for=192.0.2.7"}},
        {"headers": {"Origin": "https://elsewhere.example"}},
        {"headers": {"Host": "127.0.0.1.elsewhere.example"}},
        {"client": ELSEWHERE, "headers": {"Host": "localhost"}},
    ],
)
@pytest.mark.parametrize("path", ["/", *CLOSED])
def test_others_read_nothing_of_a_store_where_nothing_is_configured(
    ask: Ask, store: Path, path: str, trick: dict[str, Any]
) -> None:
    answer = ask(path, **trick)
    assert answer.status_code == (403 if path == "/" else 401)
    assert "until people can sign in" in answer.text or "Set WATCHBILL_TOKEN" in answer.text


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize("client", [HERE, ELSEWHERE])
def test_with_a_sign_in_programs_show_the_token_wherever_they_are(
    ask: Ask, store: Path, monkeypatch: pytest.MonkeyPatch, path: str, client: str
) -> None:
    """A proxy on this machine looks like this machine: nothing stays open beside a sign-in."""
    assert ask(path, client=client, has_sign_in=True).status_code == 401
    monkeypatch.setenv("WATCHBILL_TOKEN", TOKEN)
    for shown in ("", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN[:-1]}", "Bearer ünïcode".encode()):
        answer = ask(path, client=client, has_sign_in=True, headers={"Authorization": shown})
        assert answer.status_code == 401 and TOKEN not in answer.text
    told = {"Authorization": f"Bearer {TOKEN}"}
    assert ask(path, client=client, host="watchbill.example", has_sign_in=True, headers=told).status_code == 200


def test_a_token_alone_closes_the_addresses_for_programs(
    ask: Ask, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHBILL_TOKEN", TOKEN)
    assert ask("/data").status_code == 401 and ask("/").status_code == 200


def test_pages_are_streamlits_to_guard_where_people_sign_in(ask: Ask, store: Path) -> None:
    assert ask("/", client=ELSEWHERE, host="watchbill.example", has_sign_in=True).text == "a page"


def test_a_key_opens_one_feed_and_nothing_else(ask: Ask, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert feed_key("infra", None) == "", "without a token there is nothing to make a key from"
    monkeypatch.setenv("WATCHBILL_TOKEN", TOKEN)
    team, ana = feed_key("infra", None), feed_key("infra", "Ana")
    assert len({team, ana, feed_key("access", None), feed_key("infra", "Bo")}) == 4
    opened = {"/feeds/infra.ics": team, "/feeds/infra.ics?person=Ana": ana}
    for path in opened:
        for key in (team, ana, "", "0" * 32):
            answer = ask(path, client=ELSEWHERE, has_sign_in=True, params={**_person(path), "key": key})
            assert answer.status_code == (200 if key == opened[path] else 403 if key else 401), path
    assert ask("/metrics", has_sign_in=True, params={"key": team}).status_code == 401


def _person(path: str) -> dict[str, str]:
    return {"person": "Ana"} if "Ana" in path else {}


@pytest.mark.parametrize("address", ["0.0.0.0", "192.0.2.1", "::", "watchbill.example", "", None])
def test_the_app_listens_to_others_only_where_people_sign_in(address: str | None) -> None:
    assert "will not listen on" in str(refusal(address, has_sign_in=False))
    assert refusal(address, has_sign_in=True) is None


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_machine_by_any_of_its_names(address: str) -> None:
    assert is_loopback(address) and refusal(address, has_sign_in=False) is None
