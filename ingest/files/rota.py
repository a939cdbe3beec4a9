"""Shifts and absences from files: a rota that somebody keeps in a spreadsheet, or that `watchbill plan --csv` wrote.

    shifts     role       as the settings call it
               person     a login or a name; it becomes an account of this source
               starts_at  an instant, or a day, which is its midnight in the option `zone`
               ends_at    likewise; it is no longer part of the shift: for a week from Monday, the next Monday
               kind       may be left out; rows other than `holds` (vacant seats, people who look on) are passed over
               shift      may be left out, and is not looked at

    absences   person, starts_at, ends_at, and if wanted note, which is not looked at

A file tells every absence, and every shift of the roles in it, that begins between its first and its last day: stored
ones of the same source that it does not tell are removed, so that a file that was corrected can be imported again. An
apostrophe that keeps spreadsheets from taking a name for a formula is no part of the name.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from ingest.files.checks import Problem, Problems, instant
from ingest.files.rows import FORMATS, Cell, Columns, FilesError, Row, Tell, rows
from ingest.journal import Reply
from ingest.records import Absence, Account, Census, Record, Shift
from ingest.source import Json

What = Literal["shift", "absence"]
COLUMNS: dict[What, Columns] = {
    "shift": Columns(("role", "person", "starts_at", "ends_at"), ("kind", "shift")),
    "absence": Columns(("person", "starts_at", "ends_at"), ("note",)),
}
_FORMULA = re.compile(r"'(?=[=+\-@'\t\r])")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_LONGEST = timedelta(days=731)


@dataclass(slots=True)
class Rota:
    """What the files hold. Without `keep_good`, no replies where there is a problem."""

    replies: list[Reply] = field(default_factory=list)
    found: dict[What, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)  # the first fifty
    more: int = 0  # problems beyond those

    def complaints(self) -> list[str]:
        """A sentence for each problem, and one for those that are not listed."""
        rest = [f"... and {self.more} more"] if self.more else []
        return [str(problem) for problem in self.problems] + rest


def read(paths: Sequence[Path], *, zone: ZoneInfo | None, name: str, keep_good: bool) -> Rota:
    """The page of each file. Raises FilesError where the files as such cannot be read."""
    problems, rota = Problems(), Rota()
    for what, file in _find(paths).items():
        told = _Told(what, zone)
        for row in rows(file, COLUMNS[what], problems.of(file)):
            told.take(row, problems.of(file))
        rota.found[what] = len(told.rows)
        page = {"what": what, "rows": list(told.rows.values())}
        body = json.dumps({**page, "taken_at": datetime.now(UTC).isoformat()}, ensure_ascii=False)
        rota.replies.append(Reply(name, "", file.name, body, "files"))
    rota.problems, rota.more = problems.listed, problems.more
    if problems.count and not keep_good:
        rota.replies, rota.found = [], {}
    return rota


def _find(paths: Sequence[Path]) -> dict[What, Path]:
    """The file of shifts and that of absences, as far as they are there. Raises FilesError."""
    files = [file for path in paths for file in (_in_folder(path) if path.is_dir() else [path])]
    found: dict[What, Path] = {}
    for file in files:
        if not file.is_file():
            raise FilesError(f"{file}: there is no such file")
        if not file.name.lower().endswith(FORMATS):
            raise FilesError(f"{file}: cannot tell what it is by its name; it should end in {', '.join(FORMATS)}")
        what: What = "absence" if file.name.lower().startswith("absence") else "shift"
        if what in found:
            raise FilesError(f"{found[what]} and {file} are both files of {what}s; import one after the other")
        found[what] = file
    if not found:
        raise FilesError(f"{paths[0]}: there is neither shifts.csv nor absences.csv in this folder")
    return found


def _in_folder(folder: Path) -> list[Path]:
    return [
        path for stem in ("shifts", "absences") for suffix in FORMATS if (path := folder / f"{stem}{suffix}").is_file()
    ]


class _Told:
    """The rows of one file that are well, by what makes them different."""

    def __init__(self, what: What, zone: ZoneInfo | None) -> None:
        self.rows: dict[tuple[str, ...], dict[str, str]] = {}
        self._what, self._zone = what, zone
        self._lines: dict[tuple[str, ...], int] = {}

    def take(self, row: Row, tell: Tell) -> None:
        if (row.text("kind") or "holds") != "holds":
            return
        names = [column for column in COLUMNS[self._what].needed if not column.endswith("_at")]
        words = {column: _FORMULA.sub("", row.text(column) or "", count=1) for column in names}
        for name in (name for name, word in words.items() if not word):
            tell(row.line, name, "this must not be empty")
        times = [_instant(row.cells.get(column), self._zone) for column in ("starts_at", "ends_at")]
        for column, time in zip(("starts_at", "ends_at"), times, strict=True):
            if isinstance(time, str):
                tell(row.line, column, time)
        starts_at, ends_at = times
        if isinstance(starts_at, str) or isinstance(ends_at, str) or not all(words.values()):
            return
        if not timedelta() < ends_at - starts_at <= _LONGEST:
            what = "not after starts_at" if ends_at <= starts_at else "more than two years after starts_at"
            tell(row.line, "ends_at", f"{ends_at.isoformat()} is {what}")
            return
        self._keep(row, tell, {**words, "starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()})

    def _keep(self, row: Row, tell: Tell, told: dict[str, str]) -> None:
        key = (told.get("role", ""), told["person"], told["starts_at"])
        if key in self._lines:
            tell(
                row.line, "person", f"{told['person']} stands in line {self._lines[key]} already, from the same instant"
            )
            return
        self._lines[key] = row.line
        self.rows[key] = told


def _instant(value: Cell, zone: ZoneInfo | None) -> datetime | str:
    """An instant, or the midnight at which a day begins, or what is wrong with it."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        if zone is None:
            return f"{value} is a day; say with --zone where it begins at midnight"
        return instant(f"{value}T00:00", zone)
    return instant(value, zone)


def records(page: Json, name: str) -> Iterator[Record]:
    """The accounts, shifts or absences of a page, and the census of them."""
    what: What = page["what"]
    logins = dict.fromkeys(row["person"] for row in page["rows"])
    for login in logins:
        email = login.lower() if "@" in login.strip("@") else None
        yield Account(f"{name}/{login}", name, login, None if email else login, False, email)
    told = [(_below(row, what, name), _record(row, what, name)) for row in page["rows"]]
    yield from (record for _, record in told)
    for below in dict.fromkeys(below for below, _ in told):
        yield from _censuses(what, below, [record for place, record in told if place == below], page["taken_at"])


def _censuses(what: What, below: str, told: list[Shift | Absence], taken_at: str) -> Iterator[Census]:
    ids = sorted(_id(one) for one in told)
    days = [one.starts_at.date() for one in told]
    for span in spans(min(days), max(days)):
        prefix = f"{below}/{span}"
        inside = tuple(one for one in ids if one.startswith(prefix))
        yield Census(what, prefix, inside, datetime.fromisoformat(taken_at))


def _below(row: Json, what: What, name: str) -> str:
    """Where the ids of a role's shifts begin, or of absences."""
    return f"{name}/{what}" if what == "absence" else f"{name}/{what}/{row['role']}"


def _record(row: Json, what: What, name: str) -> Shift | Absence:
    starts_at, ends_at = (datetime.fromisoformat(row[column]).astimezone(UTC) for column in ("starts_at", "ends_at"))
    told_id = f"{_below(row, what, name)}/{starts_at:%Y-%m-%d/%H%M%S.%f}/{row['person']}"
    account_id = f"{name}/{row['person']}"
    if what == "absence":
        return Absence(told_id, name, account_id, starts_at, ends_at)
    return Shift(told_id, name, row["role"], account_id, starts_at, ends_at)


def _id(told: Shift | Absence) -> str:
    return told.shift_id if isinstance(told, Shift) else told.absence_id


def spans(first: date, last: date) -> Iterator[str]:
    """The fewest prefixes of ISO dates for the days from `first` to `last`: whole years, whole months, and days."""
    day = first
    while day <= last:
        next_year, next_month = date(day.year + 1, 1, 1), (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        if day == date(day.year, 1, 1) and next_year - timedelta(days=1) <= last:
            yield f"{day:%Y}-"
            day = next_year
        elif day.day == 1 and next_month - timedelta(days=1) <= last:
            yield f"{day:%Y-%m}-"
            day = next_month
        else:
            yield f"{day:%Y-%m-%d}/"
            day += timedelta(days=1)
