"""Who may do what, and what the doctor and `watchbill serve` say of it."""

from pathlib import Path
from typing import Any

import pytest

import settings
from cli import doctor
from settings import sign_in
from settings.access import Access

HOSTS = Access(viewers=["*@harrow.example"], planners=["Ines@harrow.example"], planner_groups=["duty planners"])
AUTH = """[auth]
redirect_uri = "https://watchbill.example/oauth2callback"
cookie_secret = "made-up-cookie-secret-0123456789abcdef"
client_id = "watchbill"
client_secret = "made-up-client-secret"
server_metadata_url = "https://login.example/.well-known/openid-configuration"
"""


@pytest.mark.parametrize(
    ("claims", "part"),
    [
        ({"email": "tobias@harrow.example"}, "viewer"),
        ({"email": "ines@HARROW.example"}, "planner"),
        ({"email": "ines@harrow.example", "email_verified": False}, None),
        ({"email": "ines@harrow.example.elsewhere.example"}, None),
        ({"email": "x@elsewhere.example", "groups": ["duty planners"]}, "planner"),
        ({"groups": "duty planners"}, "planner"),
        ({"groups": {"duty planners": True}}, None),
        ({"groups": [["duty planners"], 7]}, None),
        ({"email": None}, None),
        ({}, None),
    ],
)
def test_a_part_is_told_by_what_the_provider_tells(claims: dict[str, Any], part: str | None) -> None:
    assert HOSTS.part_of(claims) == part


def test_where_nobody_is_named_nobody_is_let_in() -> None:
    assert Access().names_nobody and Access().part_of({"email": "", "groups": [""]}) is None
    assert settings.load(Path("none.toml")).access.part_of({"email": "ines@harrow.example"}) is None


def test_groups_may_lie_deeper() -> None:
    deep = Access(viewer_groups=["ops"], groups_claim="realm_access.roles")
    assert deep.part_of({"realm_access": {"roles": ["ops"]}}) == "viewer"
    assert deep.part_of({"realm_access": ["ops"]}) is None


def findings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secrets: str, access: str, token: str = "") -> list[str]:
    """What the doctor says about signing in, without its marks."""
    monkeypatch.setattr(sign_in, "folders", lambda: [tmp_path])
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text(secrets, encoding="utf-8")
    (tmp_path / "watchbill.toml").write_text(access, encoding="utf-8")
    environment = {"WATCHBILL_TOKEN": token}
    found = list(doctor.findings(tmp_path / "watchbill.toml", tmp_path / "none", environment, offline=True))
    said = [f"{'ok' if is_well else 'LOOK'} {words}" for is_well, words in found]
    assert not [words for words in said if "made-up" in words]
    return [words for words in said if "Sign-in" in words]


@pytest.mark.parametrize(
    ("secrets", "access", "token", "said"),
    [
        ("", "", "", "ok Sign-in: not configured; the app answers this machine alone"),
        (AUTH, '[access]\nviewers = ["*"]\n', "", "ok Sign-in: configured, and [access] says who may read"),
        (AUTH, '[access]\nviewers = ["*"]\n', "", "ok Sign-in: without WATCHBILL_TOKEN, /metrics, /data"),
        (AUTH, "", "", "LOOK Sign-in: configured, but [access] in the settings names nobody"),
        (
            AUTH.replace("client_id", "client"),
            "",
            "",
            "LOOK Sign-in: [auth] in .streamlit/secrets.toml lacks client_id",
        ),
        (AUTH.replace("oauth2callback", ""), "", "", "LOOK Sign-in: redirect_uri in [auth] is to be"),
        (AUTH.replace("-0123456789abcdef", ""), "", "", "LOOK Sign-in: cookie_secret in [auth] is short"),
        ("[auth", "", "", "secrets.toml is not valid TOML"),
        ("", "", "made-up", "LOOK Sign-in: WATCHBILL_TOKEN is short"),
    ],
)
def test_the_doctor_tells_whether_people_can_sign_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secrets: str, access: str, token: str, said: str
) -> None:
    assert any(said in words for words in findings(tmp_path, monkeypatch, secrets, access, token))


def test_a_provider_may_have_a_table_of_its_own() -> None:
    auth = {"redirect_uri": "https://watchbill.example/oauth2callback", "cookie_secret": "x" * 32}
    login = {"client_id": "a", "client_secret": "b", "server_metadata_url": "https://login.example"}
    assert not list(sign_in.complaints({**auth, "login": login}))
    assert list(sign_in.complaints({**auth, "login": login, "other": {}})) == [
        "[auth] in .streamlit/secrets.toml lacks client_id, client_secret, server_metadata_url"
    ]
