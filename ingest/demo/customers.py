"""Who writes to the help desk: people at other companies, known by nothing but their address. All made up."""

from ingest.demo.people import BERLIN, LOS_ANGELES, NEW_YORK, Person


def _at(address: str, name: str) -> Person:
    office = BERLIN if address.endswith(("nordlicht.example", "kestrel.example")) else LOS_ANGELES
    return Person(address, name, NEW_YORK if address.endswith("halcyon.example") else office, association="NONE")


CUSTOMERS = (
    _at("w.amberfield@bluefennel.example", "Winnie Amberfield"),
    _at("orders@bluefennel.example", "Blue Fennel Orders"),
    _at("j.pellgrave@tidewater.example", "Jonas Pellgrave"),
    _at("m.quillonby@oakline.example", "Maud Quillonby"),
    _at("frontdesk@oakline.example", "Oakline Front Desk"),
    _at("e.strandvik@kestrel.example", "Elin Strandvik"),
    _at("b.morgenrot@nordlicht.example", "Britta Morgenrot"),
    _at("sendung@nordlicht.example", "Nordlicht Sendeleitung"),
    _at("h.lanternsmith@paperlantern.example", "Hugo Lanternsmith"),
    _at("dispatch@halcyon.example", "Halcyon Dispatch"),
    _at("r.okwuosa-bell@halcyon.example", "Rosalind Okwuosa-Bell"),
    _at("it@mossgate.example", "Mossgate IT"),
    _at("t.fernhollow@mossgate.example", "Tamsin Fernhollow"),
)
# Whoever finds an address like the help desk's will write to it.
SPAMMER = _at("offers@cheap-rank.example", "Rank Higher Today")
