"""The made-up lives of many tickets at once: one row per ticket, one column per thing that may happen to it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from benchmarks.synthetic.organisation import ASKERS, BOTS, CREW, QUEUES, SOURCES, crew

FAMILY = 500  # one ticket of so many is an incident; the next three are its post-mortem and two action items
HOUR, DAY, NEVER = 3_600, 86_400, 1 << 38  # seconds
_EPOCH = datetime.fromisoformat("1970-01-01")
_URGENCY = np.array([0.1, 0.4, 1.0, 1.6])  # how much longer or shorter everything takes, by priority
_TYPES = ("Task", "Bug", "Service request", "Change")
_FAMILY_TYPES, _FAMILY_LABELS = ("Incident", "Post-mortem", "Action item"), ("incident", "post-mortem", "action-item")
_CATEGORIES = ("outage", "access", "maintenance", "configuration", "question", "triaged by hand")
_ACTS = ("Restart", "Grant access to", "Upgrade", "Add a rule to", "Cannot reach", "Renew certificate of", "Slow",
         "Question about", "Move", "Clean up")  # fmt: skip
_THINGS = ("backup agent", "mail relay", "database", "load balancer", "build queue", "VPN", "object storage",
           "name server", "billing page", "log archive", "disk array", "wiki", "build runner", "message broker",
           "search index", "login page", "status page", "print server", "metrics store", "package mirror")  # fmt: skip

Times = Any  # numpy arrays of whole seconds since 1970, NEVER where it does not happen


def lives(numbers: Any, tickets: int, begin: datetime, end: datetime, rng: np.random.Generator) -> pl.DataFrame:
    """Everything about the tickets of these numbers, out of `tickets` in all that are opened in [begin, end)."""
    count, member = len(numbers), numbers % FAMILY
    root = np.where(member < 4, numbers - member - numbers[0], np.arange(count))  # a family shares its queue
    queue = (rng.random(count) ** 1.3 * len(QUEUES)).astype(int)[root]
    priority = np.searchsorted([0.03, 0.15, 0.70], rng.random(count))
    opened = _opened(numbers, tickets, _seconds(begin), _seconds(end), queue, rng)
    opened = np.where((member > 0) & (member < 4), np.minimum(opened + member * DAY, _seconds(end) - 1), opened)
    times = _times(opened, priority, queue, rng)
    frame = pl.DataFrame({"number": numbers, "member": member, "root": root + numbers[0], "priority": priority})
    frame = frame.with_columns(_instants(times))
    for chance in ("kind", "spoken", "bordered", "worked", "seen", "planned"):
        frame = frame.with_columns(pl.Series(chance, rng.random(count)))
    return _named(frame, queue, rng)


def _seconds(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(seconds=1)


def _instants(times: dict[str, Times]) -> list[pl.Series]:
    return [pl.Series(name, moment * 1_000_000).cast(pl.Datetime("us")) for name, moment in times.items()]


def _opened(numbers: Any, tickets: int, begin: int, end: int, queue: Any, rng: np.random.Generator) -> Times:
    """More each year, few on weekends, mostly by day in the zone of the queue."""
    count = len(numbers)
    day = ((begin + (end - begin) * ((numbers + rng.random(count)) / tickets) ** 0.85) // DAY).astype(np.int64)
    weekday = (day + 3) % 7  # 1970 began on a Thursday
    day = np.where((weekday > 4) & (rng.random(count) < 0.7), day - weekday + rng.integers(0, 5, count), day)
    by_day = 8 * HOUR + rng.beta(1.6, 2.0, count) * 11 * HOUR
    second = np.where(rng.random(count) < 0.85, by_day, rng.random(count) * DAY)
    return np.clip((day * DAY + second - _ahead(queue)).astype(np.int64), begin, end - 1 - rng.integers(0, HOUR, count))


def _ahead(queue: Any) -> Any:
    return np.array([hours * HOUR for _, hours in QUEUES.values()])[queue]


def _in_office(moment: Times, queue: Any, rng: np.random.Generator) -> Times:
    """Moved on to the next morning, or Monday, where nobody is in."""
    local = moment + _ahead(queue)
    day, second = local // DAY, local % DAY
    morning = 9 * HOUR + (rng.beta(1, 3, len(local)) * 3 * HOUR)
    late = second >= 17 * HOUR
    day, second = np.where(late, day + 1, day), np.where(late | (second < 9 * HOUR), morning, second)
    weekday = (day + 3) % 7
    day, second = np.where(weekday > 4, day + 7 - weekday, day), np.where(weekday > 4, morning, second)
    return np.maximum(moment, (day * DAY + second - _ahead(queue)).astype(np.int64))


def _times(opened: Times, priority: Any, queue: Any, rng: np.random.Generator) -> dict[str, Times]:
    count, urgency = len(opened), _URGENCY[priority]

    def sometimes(chance: float, moment: Times) -> Times:
        return np.where(rng.random(count) < chance, moment, NEVER)

    def after(moment: Times, hours: float, spread: float = 1.4) -> Times:
        """So much later in the median, and in office hours."""
        later = moment + (rng.lognormal(np.log(hours * HOUR), spread, count) * urgency).astype(np.int64)
        return _in_office(np.minimum(later, NEVER), queue, rng)

    when = {"opened": opened, "greeted": sometimes(0.1, opened + 7)}
    when["triaged"] = sometimes(0.97, after(opened, 2))
    when["owned"] = sometimes(0.93, np.where(rng.random(count) < 0.6, when["triaged"], after(when["triaged"], 5)))
    when["answered"] = sometimes(0.8, after(opened, 3))
    when["active"] = sometimes(0.9, after(when["triaged"], 8))
    when["waiting"] = sometimes(0.15, after(when["active"], 5))
    when["resumed"] = after(when["waiting"], 30)
    reached = [when[name] for name in ("opened", "triaged", "owned", "active", "resumed")]
    last = np.max([np.where(moment < NEVER, moment, 0) for moment in reached], axis=0)
    when["done"] = sometimes(0.987, after(last, 16))
    for name, chance, since, hours in (
        ("asked", 0.35, "opened", 20.0),
        ("told", 0.5, "active", 10.0),
        ("handed", 0.1, "owned", 20.0),
        ("moved", 0.03, "triaged", 3.0),
        ("raised", 0.05, "triaged", 20.0),
        ("described", 0.02, "opened", 5.0),
    ):
        moment = sometimes(chance, after(when[since], hours))
        when[name] = np.where(moment < when["done"], moment, NEVER)
    when["reopened"] = sometimes(0.05, after(when["done"], 60))
    when["redone"] = sometimes(0.9, after(when["reopened"], 20))
    when["gone"] = sometimes(0.005, after(opened, 300))
    return when


def _named(frame: pl.DataFrame, queue: Any, rng: np.random.Generator) -> pl.DataFrame:
    """The words: where, who, and what the tracker calls it."""
    names, count = list(QUEUES), len(frame)
    source = pl.Series([SOURCES.index(QUEUES[name][0]) for name in names]).gather(queue)
    neighbours = [next(other for other in (names * 2)[n + 1 :] if QUEUES[other][0] == QUEUES[name][0])
                  for n, name in enumerate(names)]  # fmt: skip
    staff = pl.Series([account for name in names for account in crew(name)])
    asking = pl.Series([account for name in SOURCES for account in ASKERS[name][:666]])

    def worker() -> pl.Series:
        return staff.gather(queue * CREW + (rng.random(count) ** 1.7 * CREW).astype(int))

    asker = asking.gather(source.to_numpy() * 666 + rng.integers(0, 666, count))
    robot = pl.Series([BOTS[name] for name in SOURCES]).gather(source)
    from_staff, from_robot = pl.Series(rng.random(count) < 0.1), pl.Series(rng.random(count) < 0.01)
    frame = frame.with_columns(
        source=pl.Series(SOURCES).gather(source), queue=pl.Series(names).gather(queue),
        other_queue=pl.Series(neighbours).gather(queue), robot=robot, triager=worker(), owner=worker(),
        helper=worker(), answerer=worker(),
        author=pl.select(pl.when(from_robot).then(robot).when(from_staff).then(worker()).otherwise(asker)).to_series(),
    )  # fmt: skip
    acts, things = (pl.Series(words).gather(rng.integers(0, len(words), count)) for words in (_ACTS, _THINGS))
    return frame.with_columns(
        pl.format("{} {} on web-{}", acts, things, pl.col("number") % 97).alias("title"),
        _ticket_id("number").alias("ticket_id"),
        _ticket_id("root").alias("root_id"),
    )


def _ticket_id(number: str) -> pl.Expr:
    at_github = pl.format("github/acme/{}#{}", "queue", number)
    return by_source(at_github, pl.format("jira/{}", number), pl.format("phorge/T{}", number))


def by_source(github: pl.Expr, jira: pl.Expr, phorge: pl.Expr) -> pl.Expr:
    source = pl.col("source")
    return pl.when(source == "github").then(github).when(source == "jira").then(jira).otherwise(phorge)


def word(words: Sequence[str], index: pl.Expr) -> pl.Expr:
    return pl.lit(pl.Series(words)).gather(index)


IN_FAMILY = pl.col("member") < 4
_KIN = pl.col("member").clip(0, 3).replace({3: 2})
TYPE = pl.when(IN_FAMILY).then(word(_FAMILY_TYPES, _KIN.clip(0, 2))).otherwise(
    word(_TYPES, (pl.col("kind") * len(_TYPES)).cast(pl.Int32))
)  # fmt: skip
CATEGORY = pl.when(IN_FAMILY).then(word(_FAMILY_LABELS, _KIN.clip(0, 2))).otherwise(
    word(_CATEGORIES, (pl.col("kind") * len(_CATEGORIES)).cast(pl.Int32))
)  # fmt: skip


def tickets_of(made_up: pl.DataFrame) -> pl.DataFrame:
    """Rows of the table ticket."""
    key = by_source(pl.format("{}#{}", "queue", "number"), pl.format("{}-{}", "queue", "number"),
                    pl.format("T{}", "number"))  # fmt: skip
    text = pl.format("It was fine yesterday. Seen {} times on web-{}.", pl.col("number") % 13, pl.col("number") % 97)
    return made_up.select(
        "ticket_id", "source", key=key, url=pl.format("https://{}.example/{}", "source", "number"), title="title",
        opened_at="opened", author_id="author",
        type=pl.when(pl.col("source") == "jira").then(TYPE),
        description=pl.when(pl.col("number") % 10 > 0).then(text),
    )  # fmt: skip
