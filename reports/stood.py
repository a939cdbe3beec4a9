"""How fresh a report's numbers are, in a sentence."""

from datetime import datetime

from metrics.wording import day, local


def stood(as_of: datetime, data_until: datetime, zone: str) -> str:
    until, shown = (f"{day(at, zone)} {local(at, zone):%Y %H:%M}" for at in (data_until, as_of))
    return f"Data until {until}. Shown as of {shown}. Times are {zone}. Made by Watchbill."
