"""Who works at Harrow Hosting: the teams that answer, colleagues who ask, and the bots between them.

Everybody is made up. A person away or gone does nothing: their tickets wait, as they do anywhere. The same person has
another login at every tracker.
"""

import unicodedata
import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from ingest.demo.office import Office

LOS_ANGELES = Office("America/Los_Angeles", "US", "CA")
NEW_YORK = Office("America/New_York", "US", "NY")
BERLIN = Office("Europe/Berlin", "DE", "BE")
DUBLIN = Office("Europe/Dublin", "IE")
HELSINKI = Office("Europe/Helsinki", "FI")
LISBON = Office("Europe/Lisbon", "PT")
PARIS = Office("Europe/Paris", "FR")
TALLINN = Office("Europe/Tallinn", "EE")

FIRST_DUTY_WEEK = date(2025, 11, 17)
Days = tuple[tuple[date, date], ...]


@dataclass(frozen=True)
class Person:
    login: str
    name: str
    office: Office = LOS_ANGELES
    joined: date = date(2024, 1, 8)
    left: date = date.max
    away: Days = ()  # from the first day to the day of the return
    kind: str = "User"
    association: str = "MEMBER"

    @property
    def account_number(self) -> int:
        """Far above what GitHub has handed out, so that nobody real is meant."""
        return 900_000_000 + zlib.crc32(self.login.encode()) % 90_000_000

    @property
    def is_bot(self) -> bool:
        return self.kind == "Bot"

    @property
    def email(self) -> str:
        """Customers are known by it; nobody outside can be reached under any of these."""
        return self.login if "@" in self.login else f"{_plain(self.name).replace(' ', '.')}@harrow.example"

    def login_at(self, tracker: str) -> str:
        """Each tracker was set up by somebody else, with their own idea of what logins look like."""
        if "@" in self.login:
            return self.login
        short = self.login.removesuffix("_harrow").removesuffix("[bot]")
        match tracker:
            case "phorge":
                return short
            case "jira":
                return short if self.is_bot else _plain(self.name).replace(" ", ".")
            case "rt":
                return short if self.is_bot else _plain(self.name).split()[-1]
        return self.login

    def works_on(self, day: date) -> bool:
        return self.joined <= day < self.left and not any(start <= day < back for start, back in self.away)


def _plain(name: str) -> str:
    """Lower case and ASCII: what logins and addresses are made of."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in letters if letter.isalnum() or letter in " -")


def _away(*spans: str) -> Days:
    """`2026-07-06/2026-07-20` as days."""
    return tuple((date.fromisoformat(span[:10]), date.fromisoformat(span[11:])) for span in spans)


INES = Person("imarchetti_harrow", "Ines Marchetti", away=_away("2025-12-22/2026-01-02", "2026-08-03/2026-08-17"))
TOBIAS = Person("tokonjo_harrow", "Tobias Okonjo", away=_away("2026-01-26/2026-02-02", "2026-07-13/2026-07-24"))
PRIYA = Person("praghunath_harrow", "Priya Raghunath", away=_away("2026-04-06/2026-04-13", "2026-09-28/2026-10-31"))
WENDELL = Person("wtsosie_harrow", "Wendell Tsosie", away=_away("2026-06-15/2026-06-26", "2026-10-05/2026-10-26"))
AKEMI = Person("aharadalund_harrow", "Akemi Harada-Lund", away=_away("2025-12-19/2026-01-05", "2026-08-10/2026-08-21"))
DOLORES = Person("dwhitcombe_harrow", "Dolores Whitcombe", left=date(2026, 8, 31))
JONAH = Person("jfeldstrom_harrow", "Jonah Feldstrom", joined=date(2026, 6, 1))
SANNA = Person("svirtakoski_harrow", "Sanna Virtakoski", HELSINKI, away=_away("2026-07-06/2026-07-31"))
KARIM = Person("kbenhadjar_harrow", "Karim Benhadjar", PARIS, away=_away("2026-08-03/2026-08-21"))

LUCIA = Person("lferreyra_harrow", "Lucía Ferreyra", away=_away("2026-03-23/2026-03-30", "2026-07-20/2026-07-31"))
OBINNA = Person("oadekambi_harrow", "Obinna Adekambi", away=_away("2026-10-12/2026-10-24"))
GRETE = Person("gsomerpalu_harrow", "Grete Sõmerpalu", TALLINN, away=_away("2026-06-22/2026-07-06"))

HANA = Person("hkowalewska_harrow", "Hana Kowalewska", away=_away("2026-02-16/2026-02-23", "2026-07-27/2026-08-10"))
REMY = Person("rthibodaux_harrow", "Rémy Thibodaux", away=_away("2025-12-22/2026-01-05"))
YUKI = Person("ymatsuhira_harrow", "Yuki Matsuhira", away=_away("2026-05-04/2026-05-18"))
KEISHA = Person("kwhitlocke_harrow", "Keisha Whitlocke", NEW_YORK, away=_away("2026-06-29/2026-07-13"))
SELIN = Person("sdemircioz_harrow", "Selin Demircioz", BERLIN, away=_away("2026-08-10/2026-08-31"))
TIAGO = Person(
    "tbarrosinho_harrow", "Tiago Barrosinho", LISBON, away=_away("2026-04-20/2026-04-27", "2026-08-17/2026-08-28")
)

COLLEAGUES = (
    HANA,
    REMY,
    Person("zadeosun_harrow", "Zainab Adeosun"),
    Person("cpruittson_harrow", "Colby Pruittson"),
    Person("nsepulvera_harrow", "Nadia Sepúlvera"),
    Person("fkealamakia_harrow", "Francine Kealamakia"),
    Person("dostranderly_harrow", "Dov Ostranderly"),
    YUKI,
    Person("lbrightwell_harrow", "Lionel Brightwell-Osei"),
    Person("gpapadellis_harrow", "Georgia Papadellis"),
    Person("tnguyenlam_harrow", "Thuy Nguyen-Lam"),
    KEISHA,
    Person("jwendtland_harrow", "Jule Wendtland", BERLIN),
    SELIN,
    Person("cofarrelly_harrow", "Caoimhe O'Farrelly", DUBLIN),
    TIAGO,
)
CONTRACTOR = Person("vlindqvarn", "Viggo Lindqvarn", NEW_YORK, association="COLLABORATOR")
# Left long ago and deleted the account: GitHub shows this placeholder, or nobody at all.
GHOST = Person("ghost", "Deleted user", association="NONE")

CLERK = Person("harrow-triage[bot]", "harrow-triage", kind="Bot", association="NONE")
BOARD = Person("harrow-board[bot]", "harrow-board", kind="Bot", association="NONE")
MONITOR = Person("harrow-monitor[bot]", "harrow-monitor", kind="Bot", association="NONE")
SWEEPER = Person("stale-sweeper[bot]", "stale-sweeper", kind="Bot", association="NONE")
# A script with an ordinary account: nothing but the settings can tell that it is none of us.
DEPLOYER = Person("hh-deploy_harrow", "hh-deploy", association="COLLABORATOR")


@dataclass(frozen=True)
class Team:
    queue: str
    lead: Person
    members: tuple[Person, ...]
    has_board: bool

    def present(self, day: date) -> list[Person]:
        return [person for person in self.members if person.works_on(day)]

    def on_duty(self, day: date) -> Person:
        """Whose week it is. Someone present takes over from somebody who is away."""
        monday = day - timedelta(days=day.weekday())
        rota = _rota(self, monday)
        week = (monday - FIRST_DUTY_WEEK).days // 7
        turns = [rota[(week + n) % len(rota)] for n in range(len(rota))]
        return next((person for person in turns if person.works_on(day)), self.lead)


@cache
def _rota(team: Team, monday: date) -> list[Person]:
    """Duty is held from Los Angeles, by those who are there for the week."""
    here = [person for person in team.members if person.office == LOS_ANGELES]
    return [person for person in here if person.works_on(monday)] or [team.lead]


INFRA = Team("infra", INES, (INES, TOBIAS, PRIYA, WENDELL, AKEMI, DOLORES, JONAH, SANNA, KARIM), has_board=True)
ACCESS = Team("access", LUCIA, (LUCIA, OBINNA, GRETE), has_board=False)
TEAMS = {team.queue: team for team in (INFRA, ACCESS)}  # those who answer at GitHub
# The duty team is the infrastructure team; the access team inherited the old help desk.
OPERATIONS = Team("operations", INES, INFRA.members, has_board=True)
PRODUCT = Team("PROD", HANA, (HANA, REMY, YUKI, KEISHA, SELIN, TIAGO), has_board=True)
HELPDESK = Team("helpdesk", LUCIA, ACCESS.members, has_board=False)
# A robot of the duty team; its Herald belongs to the tracker.
PAGER = Person("harrow-pager[bot]", "harrow-pager", kind="Bot", association="NONE")
