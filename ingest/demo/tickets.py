"""One request, drawn from what each team is asked and filled with the names of this company's machines."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from string import Formatter

from ingest.demo import asked_of_access, asked_of_infra, asked_upkeep
from ingest.demo.asked_of_infra import Asked
from ingest.demo.people import COLLEAGUES

KINDS: dict[str, dict[str, tuple[float, tuple[Asked, ...]]]] = {
    "infra": {
        "config": (29, asked_of_infra.CONFIG),
        "help": (27, asked_of_infra.HELP),
        "maintenance": (18, asked_upkeep.MAINTENANCE),
        "outage": (15, asked_upkeep.OUTAGE),
        "access": (11, asked_of_infra.ACCESS),
    },
    "access": {
        "access": (62, asked_of_access.ACCESS),
        "help": (18, asked_of_access.HELP),
        "config": (9, asked_of_access.CONFIG),
        "maintenance": (5, asked_of_access.MAINTENANCE),
        "outage": (6, asked_of_access.OUTAGE),
    },
}

_DAYS = ("the 3rd", "the 9th", "the 14th", "the 21st", "the 28th")
WORDS: dict[str, tuple[str, ...]] = {
    "service": (
        "billing-api",
        "mail-relay",
        "panel",
        "object-store",
        "image-proxy",
        "search",
        "webhooks",
        "dns-edge",
        "backup-agent",
        "sso-proxy",
        "queue-worker",
        "metrics-gateway",
    ),
    "env": ("staging", "production", "the test cluster", "pre-production"),
    "region": ("us-west", "us-east", "eu-central", "eu-north"),
    "dc": ("LAX2", "SJC1", "AMS3", "HEL1"),
    "customer": (
        "Blue Fennel",
        "Tidewater Print",
        "Oakline Dental",
        "Kestrel Maps",
        "Nordlicht Radio",
        "Paper Lantern",
        "Halcyon Freight",
        "Mossgate Games",
    ),
    "domain": (
        "shop.bluefennel.example",
        "files.harrow.example",
        "maps.kestrel.example",
        "status.harrow.example",
        "api.mossgate.example",
        "mail.oakline.example",
    ),
    "db": ("pg-main-01", "pg-main-02", "pg-billing-01", "pg-stats-03", "maria-legacy-02"),
    "net": ("192.0.2.0/28", "198.51.100.64/27", "203.0.113.8/29"),
    "group": ("support-l1", "billing-read", "release-managers", "dc-visitors", "panel-admins"),
    "port": ("5432", "6379", "8443", "9100", "2049"),
    "port2": ("10", "20", "35", "45"),
    "percent": ("84", "88", "91", "93", "97"),
    "percent2": ("2", "5", "12", "20"),
    "date": _DAYS,
    "colleague": tuple(person.name for person in COLLEAGUES),
    "colleague2": tuple(person.name.split()[0] for person in COLLEAGUES[5:]),
}
# Pages must survive what people type.
ODD_TITLES = (
    "\"Ticket\" titles with 'quotes', \\backslashes\\ and a trailing comma,",
    "Panel shows <b>bold</b> & <script>alert('hi')</script> instead of the customer's name",
    "🔥🔥 dashboards are on fire 🧯 (only the colours) 🙂",
    "=SUM(A1:A9) in the export turns into a formula; also @mentions, #1 and [links](https://harrow.example)",
    "Überprüfung der Zertifikate für шлюз-02 и 東京リージョン: Größe, naïve façade, ﷽",
    "After the move to the new data hall the nightly export of the billing statements stops at the customer "
    "whose name is longer than the column, which nobody noticed for three weeks because the mail that tells us "
    "about failures goes to a list that nobody reads any more, so this is really two problems in one ticket",
    "  leading spaces,\ttabs, 100 % of {braces} and a | pipe  ",
)


@dataclass(frozen=True)
class Ask:
    kind: str
    title: str
    body: str
    answer: str


class Filler:
    """Fills templates; a name once chosen stays the same throughout one ticket."""

    def __init__(self, rng: Random, **known: str) -> None:
        self.rng, self.known = rng, known

    def fill(self, template: str) -> str:
        names = [name for _, name, _, _ in Formatter().parse(template) if name]
        return template.format_map({name: self._word(name) for name in names})

    def _word(self, name: str) -> str:
        if name not in self.known:
            self.known[name] = self._drawn(name)
        return self.known[name]

    def _drawn(self, name: str) -> str:
        if name == "n":
            return str(self.rng.randint(2, 9))
        if name == "host":
            role = self.rng.choice(("web", "app", "stor", "edge", "build", "db"))
            return f"{role}-{self.rng.choice(('lax', 'sjc', 'ams', 'hel'))}-{self.rng.randint(1, 24):02}"
        return self.rng.choice(WORDS[name])


def ask(queue: str, rng: Random) -> Ask:
    """What one person wants; the first of each list come up most often."""
    kinds = KINDS[queue]
    kind = rng.choices(list(kinds), [weight for weight, _ in kinds.values()])[0]
    return ask_about(kind, queue, rng)


def ask_about(kind: str, queue: str, rng: Random) -> Ask:
    title, body, answer = popular(KINDS[queue][kind][1], rng)
    filler = Filler(rng)
    return Ask(kind, filler.fill(title), _signed(filler.fill(body), rng), filler.fill(answer))


def popular(asked: Sequence[Asked], rng: Random) -> Asked:
    return rng.choices(asked, [1 / (2 + place) for place in range(len(asked))])[0]


def odd(place: int) -> Ask:
    return Ask("help", ODD_TITLES[place], "Title says it all. See <i>there</i>, & thanks.", "Fixed the display.")


def _signed(body: str, rng: Random) -> str:
    ending = rng.choice(
        ("", "", "\n\nThanks!", "\n\nNot urgent.", "\n\nNeeded this week, please.", "\n\nThank you in advance")
    )
    return body + ending
