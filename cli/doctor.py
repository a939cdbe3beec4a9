"""What `watchbill doctor` finds: each finding is whether it is well, and the sentence that says so."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import metrics
import settings as settings_file
from ingest import policies, sources
from ingest.client import ClientError
from metrics import doctor as store_doctor
from settings import Settings, SettingsError, sign_in

Finding = tuple[bool, str]


def findings(settings: Path, store: Path, environment: Mapping[str, str], *, offline: bool) -> Iterator[Finding]:
    """Everything about settings, sources, machine and store."""
    try:
        found = settings_file.load(settings)
        for calendar in found.calendar:
            list(policies.days(calendar))  # countries are known to the holidays library only
    except SettingsError as error:
        yield False, str(error)
    else:
        yield from _settings(found, settings)
        for site in found.source:
            yield from _source(site, environment, offline=offline)
        yield from _sign_in(found, environment)
    yield from _machine()
    yield from _store(store)


def _settings(found: Settings, path: Path) -> Iterator[Finding]:
    if not path.exists():
        yield True, f"Settings: there is no {path}; the built-in ones serve (one team, Mon-Fri 09:00-17:00 UTC)"
    else:
        yield True, f"Settings: {path} is valid: {len(found.team)} teams, {len(found.slo)} promises"
    if not found.source:
        yield True, "Sources: none to ask; archives and files need no token"


def _source(site: Any, environment: Mapping[str, str], *, offline: bool) -> Iterator[Finding]:
    """A tracker is asked who we are, unless nobody wants that; its secret is never part of a finding."""
    secret = site.secret(environment)
    if secret is None and site.kind != "ical":
        yield False, f"Source {site.name}: no secret; put it into the environment variable {site.variable}"
        return
    if offline:
        yield True, f"Source {site.name}: {site.variable} is set; not asked"
        return
    try:
        source = sources.source(site.kind)
        client = source.connect(site, secret)
        yield from ((is_well, f"Source {site.name}: {words}") for is_well, words in source.examine(client, site))
    except ClientError as error:
        yield False, f"Source {site.name}: {error}"


def _sign_in(found: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Who is let into the app; no value of a secret is ever part of a finding."""
    try:
        auth = sign_in.auth_table(sign_in.folders())
    except ValueError as error:
        yield False, f"Sign-in: {error}"
        return
    token = environment.get(sign_in.TOKEN, "").strip()
    if token and len(token) < sign_in.SHORTEST["token"]:
        yield False, f"Sign-in: {sign_in.TOKEN} is short; make one with `openssl rand -hex 32`"
    if auth is None:
        yield True, "Sign-in: not configured; the app answers this machine alone"
        return
    wrong = list(sign_in.complaints(auth))
    if found.access.names_nobody:
        wrong.append("configured, but [access] in the settings names nobody, so nobody is let in")
    yield from ((False, f"Sign-in: {words}") for words in wrong)
    if not wrong:
        yield True, "Sign-in: configured, and [access] says who may read and who may plan"
    if not token:
        yield True, f"Sign-in: without {sign_in.TOKEN}, /metrics, /data and the feeds answer nobody"


def _machine() -> Iterator[Finding]:
    zones = len(available_timezones())
    yield zones > 300, f"Zones: {zones} time zones known" + ("" if zones > 300 else "; install the package tzdata")
    now = datetime.now(UTC)
    yield now.year >= 2025, f"Clock: this machine says {now:%Y-%m-%d %H:%M} UTC"


def _store(store: Path) -> Iterator[Finding]:
    try:
        con = metrics.open_store(store)
    except metrics.StoreError as error:
        yield False, f"Store: {error}"
        return
    try:
        yield from store_doctor.findings(con, clock=datetime.now(UTC))
    finally:
        con.close()
