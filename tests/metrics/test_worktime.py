"""Working time: pinned cases first, then laws that hold for any calendar, judged by a slow and obvious oracle."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from metrics.worktime import Calendar, add_working_seconds_by, working_seconds_by

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFFICE = {weekday: ["09:00-17:00"] for weekday in WEEKDAYS[:5]}
BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)
MICROSECOND = timedelta(microseconds=1)

office = Calendar("Europe/Berlin", OFFICE)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def instants(*values: datetime | None) -> pl.Series:
    return pl.Series("at", values, dtype=pl.Datetime("us", "UTC"))


# --- One office, Monday to Friday, nine to five -----------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-11-16T09:00", "2026-11-16T17:00", timedelta(hours=8)),
        ("2026-11-16T16:59:59", "2026-11-17T09:00", timedelta(seconds=1)),
        ("2026-11-16T17:00:00", "2026-11-17T09:00", timedelta(0)),
        ("2026-11-16T16:59:59.999999", "2026-11-16T17:00", timedelta(microseconds=1)),
        ("2026-11-16T08:00", "2026-11-16T09:00:00.000001", timedelta(microseconds=1)),
        ("2026-11-20T16:00", "2026-11-23T10:00", timedelta(hours=2)),
        ("2026-11-21T00:00", "2026-11-22T23:59", timedelta(0)),
        ("2026-11-16T12:00", "2026-11-16T12:00", timedelta(0)),
        ("2026-11-16T12:00", "2026-11-16T11:00", timedelta(hours=-1)),
    ],
)
def test_only_open_time_counts(start: str, end: str, expected: timedelta) -> None:
    assert office.working_time(berlin(start), berlin(end)) == expected


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        ("2026-11-20T16:00", 4, "2026-11-23T12:00"),  # Friday afternoon to Monday noon
        ("2026-11-16T16:00", 1, "2026-11-16T17:00"),  # reached at closing, not at the next opening
        ("2026-11-16T17:00", 1, "2026-11-17T10:00"),
        ("2026-11-16T06:00", 8, "2026-11-16T17:00"),
        ("2026-11-21T12:00", 40, "2026-11-27T17:00"),
        ("2026-11-21T12:00", 0, "2026-11-21T12:00"),  # nothing to wait for, even when closed
    ],
)
def test_adding_gives_the_first_instant_by_which_the_time_has_passed(start: str, hours: int, expected: str) -> None:
    reached = office.add_working_time(berlin(start), timedelta(hours=hours))
    assert reached == berlin(expected)
    assert reached.tzinfo is UTC


def test_a_holiday_is_closed_and_the_day_before_it_is_not() -> None:
    calendar = Calendar("Europe/Berlin", OFFICE, holidays=[date(2026, 12, 25)])
    assert calendar.working_time(berlin("2026-12-24T00:00"), berlin("2026-12-29T00:00")) == timedelta(hours=16)
    assert calendar.add_working_time(berlin("2026-12-24T16:00"), timedelta(hours=2)) == berlin("2026-12-28T10:00")


def test_a_holiday_on_a_handover_monday_moves_the_start_to_tuesday() -> None:
    calendar = Calendar("Europe/Berlin", OFFICE, holidays=[date(2026, 4, 6)])
    assert calendar.next_working_day(date(2026, 4, 3)) == date(2026, 4, 7)
    assert calendar.add_working_time(berlin("2026-04-06T09:00"), timedelta(hours=4)) == berlin("2026-04-07T13:00")


def test_a_special_day_has_its_own_hours_and_wins_over_a_holiday() -> None:
    eve, boxing_day, saturday = date(2026, 12, 24), date(2026, 12, 28), date(2026, 12, 19)
    calendar = Calendar(
        "Europe/Berlin",
        OFFICE,
        holidays=[eve],
        special_days={eve: ["09:00-12:00"], boxing_day: [], saturday: ["10:00-11:00"]},
    )
    assert calendar.day_span(eve) == (berlin("2026-12-24T09:00"), berlin("2026-12-24T12:00"))
    assert calendar.is_working_day(saturday)
    assert not calendar.is_working_day(boxing_day)
    assert calendar.working_time(berlin("2026-12-24T00:00"), berlin("2026-12-25T00:00")) == timedelta(hours=3)


def test_a_lunch_break_is_closed() -> None:
    calendar = Calendar("Europe/Berlin", {"fri": ["08:00-12:00", "13:00-16:00"]})
    friday = berlin("2026-11-20T11:00")
    assert calendar.add_working_time(friday, timedelta(hours=2)) == berlin("2026-11-20T14:00")
    assert not calendar.is_open(berlin("2026-11-20T12:30"))
    assert calendar.day_span(date(2026, 11, 20)) == (berlin("2026-11-20T08:00"), berlin("2026-11-20T16:00"))


def test_opening_is_open_and_closing_is_not() -> None:
    assert office.is_open(berlin("2026-11-16T09:00"))
    assert not office.is_open(berlin("2026-11-16T17:00"))
    assert not office.is_open(berlin("2026-11-16T08:59:59.999999"))


def test_working_days() -> None:
    assert office.is_working_day(date(2026, 11, 20))
    assert not office.is_working_day(date(2026, 11, 21))
    assert office.day_span(date(2026, 11, 21)) is None
    assert office.next_working_day(date(2026, 11, 20)) == date(2026, 11, 23)


def test_local_names_the_wall_clock() -> None:
    assert office.local(utc("2026-11-16T12:00")).isoformat() == "2026-11-16T13:00:00+01:00"


# --- Days on which clocks change --------------------------------------------------------------------


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-01", 24)])
def test_a_round_the_clock_sunday_has_as_many_hours_as_the_clock_shows(day: str, hours: int) -> None:
    always, midnight = Calendar.always("Europe/Berlin"), berlin(day)
    opens, closes = always.day_span(midnight.date()) or (midnight, midnight)
    assert closes - opens == timedelta(hours=hours)
    assert always.working_time(midnight, midnight + timedelta(days=1)) == timedelta(hours=hours)


def test_an_opening_that_the_clock_skips_begins_at_the_change() -> None:
    calendar = Calendar("Europe/Berlin", {"sun": ["02:30-05:00"]})
    opens = utc("2026-03-29T01:00")
    assert calendar.day_span(date(2026, 3, 29)) == (opens, opens + timedelta(hours=2))


def test_hours_wholly_within_the_skipped_hour_do_not_happen() -> None:
    calendar = Calendar("Europe/Berlin", {"sun": ["02:00-03:00"]})
    assert not calendar.is_working_day(date(2026, 3, 29))
    assert calendar.next_working_day(date(2026, 3, 28)) == date(2026, 4, 5)


def test_hours_that_the_clock_shows_twice_open_twice() -> None:
    calendar = Calendar("Europe/Berlin", {"sun": ["02:00-02:30"]})
    assert calendar.opening_spans(utc("2026-10-25"), utc("2026-10-26")) == [
        (utc("2026-10-25T00:00"), utc("2026-10-25T00:30")),
        (utc("2026-10-25T01:00"), utc("2026-10-25T01:30")),
    ]


def test_lord_howe_moves_its_clock_by_half_an_hour() -> None:
    always = Calendar.always("Australia/Lord_Howe")
    opens, closes = always.day_span(date(2026, 10, 4)) or (utc("1970-01-01"), utc("1970-01-01"))
    assert closes - opens == timedelta(hours=23, minutes=30)


def test_apia_had_no_30_december_2011() -> None:
    calendar = Calendar("Pacific/Apia", OFFICE)
    assert not calendar.is_working_day(date(2011, 12, 30))
    assert calendar.next_working_day(date(2011, 12, 29)) == date(2012, 1, 2)


def test_offsets_of_odd_seconds_are_exact() -> None:
    """Monrovia was 44 minutes and 30 seconds behind until 1972."""
    calendar = Calendar("Africa/Monrovia", OFFICE)
    opens = utc("1971-06-01T09:44:30")
    assert calendar.day_span(date(1971, 6, 1)) == (opens, opens + timedelta(hours=8))
    assert calendar.working_seconds(instants(utc("1971-06-01")), instants(opens + MICROSECOND))[0] == 1e-6


# --- Opening spans ----------------------------------------------------------------------------------


def test_opening_spans_are_clipped_and_joined() -> None:
    calendar = Calendar("UTC", {"mon": ["22:00-23:00", "23:00-24:00"], "tue": ["00:00-06:00"]})
    assert calendar.opening_spans(utc("2026-11-16T00:00"), utc("2026-11-17T03:00")) == [
        (utc("2026-11-16T22:00"), utc("2026-11-17T03:00"))
    ]
    assert calendar.opening_spans(utc("2026-11-17T06:00"), utc("2026-11-18T00:00")) == []
    assert calendar.opening_spans(utc("2026-11-18T00:00"), utc("2026-11-17T00:00")) == []


def test_a_century_round_the_clock_is_one_span() -> None:
    first, last = utc("1926-01-01"), utc("2026-01-01")
    assert Calendar.always("Europe/Berlin").opening_spans(first, last) == [(first, last)]


# --- What a calendar refuses, and what it says ------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"zone": "Mars/Olympus"}, "Unknown time zone 'Mars/Olympus'"),
        ({"zone": "Europe"}, "Unknown time zone 'Europe'"),
        ({"zone": "../etc/passwd"}, "Unknown time zone"),
        ({"hours": {"monday": ["09:00-17:00"]}}, "Unknown weekday 'monday': write one of mon, tue"),
        ({"hours": {"mon": ["9-17"]}}, "Cannot read the hours '9-17' of mon: write them as \"09:00-17:00\""),
        ({"hours": {"mon": "09:00-17:00"}}, r'The hours of mon are one text.*write a list, \["09:00-17:00"\]'),
        ({"hours": {"mon": ["09:60-17:00"]}}, "'09:60-17:00' of mon name a minute past 59"),
        ({"hours": {"mon": ["09:00-24:01"]}}, "'09:00-24:01' of mon go past the end of the day"),
        ({"hours": {"mon": ["22:00-06:00"]}}, "do not end after they start. A night shift is two entries"),
        ({"hours": {"mon": ["09:00-09:00"]}}, "do not end after they start"),
        (
            {"hours": {"mon": ["09:00-12:00", "11:00-13:00"]}},
            "The hours of mon overlap: '09:00-12:00' and '11:00-13:00'",
        ),
        ({"special_days": {date(2026, 12, 24): ["12-9"]}}, "'12-9' of 2026-12-24"),
        ({"holidays": [datetime(2026, 12, 24, tzinfo=UTC)]}, "is not a plain date"),
        ({"holidays": ["2026-12-24"]}, "'2026-12-24' is not a plain date"),
    ],
)
def test_settings_that_make_no_sense_are_explained(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Calendar(**{"zone": "Europe/Berlin", "hours": OFFICE, **change})


def test_instants_need_a_zone() -> None:
    naive = datetime(2026, 11, 16)  # noqa: DTZ001 - the mistake under test
    for ask in (office.is_open, office.local, lambda at: office.working_time(at, utc("2026-11-16"))):
        with pytest.raises(ValueError, match="has no time zone: give an aware datetime"):
            ask(naive)


def test_time_cannot_be_added_backwards() -> None:
    with pytest.raises(ValueError, match="negative working time"):
        office.add_working_time(utc("2026-11-16"), -MICROSECOND)
    with pytest.raises(ValueError, match="negative working time"):
        office.add_working_seconds(instants(utc("2026-11-16")), pl.Series([-1.0]))


@pytest.mark.parametrize("special_days", [{}, {date(2026, 11, 17): ["09:00-10:00"]}])
def test_a_calendar_that_stays_closed_says_so_instead_of_searching_for_ever(special_days: Any) -> None:
    closed = Calendar("Europe/Berlin", {}, special_days=special_days)
    start, two_hours = utc("2026-11-16"), timedelta(hours=2)
    with pytest.raises(ValueError, match="not open for that long"):
        closed.add_working_time(start, two_hours)
    with pytest.raises(ValueError, match="not open for that long"):
        closed.add_working_seconds(instants(start), pl.Series([7200.0]))
    with pytest.raises(ValueError, match="no working day after 2026-11-17"):
        closed.next_working_day(date(2026, 11, 17))
    assert closed.add_working_time(start, timedelta(0)) == start
    assert closed.add_working_seconds(instants(start), pl.Series([0]))[0] == start


def test_seconds_must_be_numbers() -> None:
    start = instants(utc("2026-11-16"))
    for wrong in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="NaN or infinite"):
            office.add_working_seconds(start, pl.Series([wrong]))
    with pytest.raises(TypeError, match="must be a numeric"):
        office.add_working_seconds(start, pl.Series(["1"]))
    with pytest.raises(TypeError, match="must be a Polars Datetime series, not Date"):
        office.working_seconds(pl.Series([date(2026, 11, 16)]), start)
    with pytest.raises(ValueError, match="different lengths"):
        office.working_seconds(start, instants(None, None))


# --- A value like any other -------------------------------------------------------------------------


def test_equal_settings_make_equal_calendars_whatever_they_were_asked() -> None:
    again = Calendar("Europe/Berlin", dict(reversed(OFFICE.items())))
    office.working_time(utc("2026-01-01"), utc("2026-02-01"))
    assert again == office
    assert hash(again) == hash(office)
    assert len({office, again, pickle.loads(pickle.dumps(office))}) == 1
    assert again != Calendar("Europe/Paris", OFFICE)
    assert again != Calendar("Europe/Berlin", OFFICE, holidays=[date(2026, 1, 1)])


def test_many_threads_get_the_same_answers() -> None:
    calendar = Calendar("Asia/Kathmandu", {"wed": ["08:50-17:00"]})
    starts = instants(*(utc("2026-01-01") + k * timedelta(hours=7) for k in range(500)))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: calendar.working_seconds(starts, starts.reverse()), range(32)))
    assert all(answer.equals(answers[0]) for answer in answers)


# --- Columns ----------------------------------------------------------------------------------------


def test_null_in_null_out() -> None:
    monday, noon = utc("2026-11-16"), utc("2026-11-16T12:00")
    starts, ends = instants(monday, None, monday, None), instants(noon, noon, None, None)
    assert office.working_seconds(starts, ends).to_list() == [4 * 3600.0, None, None, None]
    seconds = pl.Series([3600.0, 1.0, None, None])
    expected = [utc("2026-11-16T09:00"), None, None, None]
    assert office.add_working_seconds(starts, seconds).to_list() == expected


def test_columns_of_nothing() -> None:
    for starts in (instants(), instants(None, None), pl.Series([None, None])):
        seconds = office.working_seconds(starts, starts)
        assert seconds.dtype == pl.Float64
        assert seconds.null_count() == starts.len()
        assert office.add_working_seconds(starts, seconds).dtype == starts.dtype
        assert working_seconds_by({}, pl.Series([None] * starts.len()), starts, starts).equals(seconds)


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York"])
def test_any_time_unit_is_understood_and_kept(unit: Any, zone: str | None) -> None:
    starts = instants(utc("2026-11-16T15:59:59.500"), utc("1969-12-30T08:00:00.001")).cast(pl.Datetime(unit, "UTC"))
    starts = starts.dt.replace_time_zone(None) if zone is None else starts.dt.convert_time_zone(zone)
    reached = office.add_working_seconds(starts, pl.Series([1, 1]))
    assert reached.dtype == starts.dtype
    in_utc = reached.dt.replace_time_zone("UTC") if zone is None else reached.dt.convert_time_zone("UTC")
    assert in_utc.to_list() == [utc("2026-11-17T08:00:00.500"), utc("1969-12-30T08:00:01.001")]
    assert office.working_seconds(starts, reached).to_list() == [1.0, 1.0]


def test_a_coarse_column_is_never_told_an_instant_too_early() -> None:
    starts = instants(utc("2026-11-16T09:00")).cast(pl.Datetime("ms", "UTC"))
    assert office.add_working_seconds(starts, pl.Series([0.0001]))[0] == utc("2026-11-16T09:00:00.001")


def test_instants_without_a_year_of_four_digits_are_refused() -> None:
    late = pl.Series([10**15]).cast(pl.Datetime("ms"))
    with pytest.raises(ValueError, match="outside the years 1 to 9999"):
        office.working_seconds(late, late)
    last = datetime.max.replace(tzinfo=UTC)
    with pytest.raises(ValueError, match="not open for that long"):
        office.add_working_time(last, timedelta(hours=1))
    with pytest.raises(ValueError, match="not open for that long"):
        office.add_working_seconds(instants(last), pl.Series([3600]))


def test_seconds_equal_the_scalars_to_the_last_bit() -> None:
    """Multiplying by 1e-6 instead of dividing by a million would be off in three rows of ten."""
    start = utc("2026-01-18T19:43:13.809951")
    ends = [start + timedelta(hours=k, microseconds=k * 7919) for k in range(1000)]
    expected = [office.working_time(start, end).total_seconds() for end in ends]
    assert office.working_seconds(instants(*[start] * 1000), instants(*ends)).to_list() == expected


def test_each_row_is_judged_by_its_own_calendar() -> None:
    calendars = {"berlin": office, "kathmandu": Calendar("Asia/Kathmandu", OFFICE), "noc": Calendar.always()}
    names = pl.Series(["noc", "kathmandu", None, "berlin", "noc"])
    starts = instants(*[utc("2026-11-16T00:00")] * 4, None)
    ends = instants(*[utc("2026-11-16T12:00")] * 5)
    seconds = working_seconds_by(calendars, names, starts, ends)
    assert seconds.to_list() == [12 * 3600.0, 8 * 3600.0, None, 4 * 3600.0, None]
    assert working_seconds_by(calendars, names.cast(pl.Categorical), starts, ends).equals(seconds)
    assert add_working_seconds_by(calendars, names, starts, seconds).to_list() == [
        utc("2026-11-16T12:00"),
        utc("2026-11-16T11:15"),
        None,
        utc("2026-11-16T12:00"),
        None,
    ]


def test_an_unknown_calendar_is_named() -> None:
    at = instants(utc("2026-11-16"))
    for names in (["infra"], ["Berlin"]):
        with pytest.raises(ValueError, match=rf"No calendar named \['{names[0]}'\]"):
            working_seconds_by({"berlin": office}, pl.Series(names), at, at)
    with pytest.raises(ValueError, match="No calendar named"):
        add_working_seconds_by({"berlin": office}, pl.Series(["infra"]), at, pl.Series([0]))


# --- Far apart: where no lookup table would fit -----------------------------------------------------

MINUTELY = Calendar("America/Los_Angeles", {"tue": ["09:01-17:00"], "sat": ["00:00-00:07"]})
CENTURIES = [utc("1900-01-02T03:04:05") + k * timedelta(days=521, minutes=97) for k in range(139)]


def test_two_centuries_in_minute_steps_agree_with_the_scalars() -> None:
    starts, ends = instants(*CENTURIES, None), instants(*reversed(CENTURIES), CENTURIES[0])
    seconds = MINUTELY.working_seconds(starts, ends)
    pairs = zip(CENTURIES, reversed(CENTURIES), strict=True)
    expected = [MINUTELY.working_time(start, end).total_seconds() for start, end in pairs]
    assert seconds.to_list() == [*expected, None]
    wanted = seconds.abs()
    reached = [
        MINUTELY.add_working_time(start, timedelta(seconds=second))
        for start, second in zip(CENTURIES, wanted, strict=False)
    ]
    assert MINUTELY.add_working_seconds(starts, wanted).to_list() == [*reached, None]


def test_two_centuries_with_a_calendar_per_row_agree_with_each_calendar_alone() -> None:
    calendars = {"minutely": MINUTELY, "berlin": office}
    starts, ends = instants(*CENTURIES * 2, CENTURIES[0]), instants(*CENTURIES[::-1] * 2, CENTURIES[0])
    names = pl.Series(["minutely", "berlin"] * len(CENTURIES) + [None])
    seconds = working_seconds_by(calendars, names, starts, ends)
    reached = add_working_seconds_by(calendars, names, starts, seconds.abs())
    for name, calendar in calendars.items():
        rows = (names == name).fill_null(value=False)
        alone = calendar.working_seconds(starts.filter(rows), ends.filter(rows))
        assert seconds.filter(rows).equals(alone)
        assert reached.filter(rows).equals(calendar.add_working_seconds(starts.filter(rows), alone.abs()))
    assert seconds[-1] is None
    assert reached[-1] is None


def test_from_the_first_year_to_this_one() -> None:
    always, first, last = Calendar.always("Asia/Kolkata"), datetime.min.replace(tzinfo=UTC), utc("2026-01-01")
    assert always.working_time(first, last) == last - first
    assert always.working_seconds(instants(first), instants(last))[0] == (last - first).total_seconds()


def test_the_last_month_there_is() -> None:
    last = datetime.max.replace(tzinfo=UTC)
    assert office.working_time(utc("9999-12-20"), last) == timedelta(hours=8 * 10)
    assert office.add_working_time(utc("9999-12-31"), timedelta(hours=8)) == utc("9999-12-31T16:00")


# --- Laws, for any calendar -------------------------------------------------------------------------


class Spec(NamedTuple):
    """What a calendar was made from, so that the oracle shares none of its code."""

    zone: str
    hours: dict[str, list[str]]
    holidays: list[date]
    special_days: dict[date, list[str]]

    def calendar(self) -> Calendar:
        return Calendar(*self)

    def is_open(self, instant: datetime) -> bool:
        local = instant.astimezone(ZoneInfo(self.zone))
        hours = [] if local.date() in self.holidays else self.hours.get(WEEKDAYS[local.weekday()], [])
        wall = f"{local:%H:%M}"
        return any(
            opens <= wall < closes
            for opens, closes in (text.split("-") for text in self.special_days.get(local.date(), hours))
        )

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """Look at the wall clock once a minute: in these zones nothing changes in between."""
        opened, minute = timedelta(0), start.replace(second=0, microsecond=0)
        while minute < end:
            if self.is_open(minute):
                opened += min(minute + MINUTE, end) - max(minute, start)
            minute += MINUTE
        return opened


# Days around which clocks changed, at midnight, by a day, by half an hour, or for Ramadan.
NOTABLE_DAYS = {
    "America/Los_Angeles": [date(2024, 3, 10), date(2024, 11, 3)],
    "Europe/Berlin": [date(2026, 3, 29), date(2026, 10, 25), date(1980, 4, 6)],
    "Asia/Kolkata": [date(2026, 1, 1)],
    "Asia/Kathmandu": [date(1986, 1, 1), date(2026, 1, 1)],
    "Australia/Lord_Howe": [date(2026, 4, 5), date(2026, 10, 4)],
    "Pacific/Apia": [date(2011, 12, 30), date(2012, 4, 1)],
    "America/Sao_Paulo": [date(2018, 11, 4), date(2018, 2, 18)],
    "Africa/Casablanca": [date(2026, 2, 15), date(2026, 3, 22)],
    "Asia/Pyongyang": [date(2018, 5, 5)],
    "UTC": [date(2029, 12, 31), date(2030, 1, 4), date(1970, 1, 1)],
}


@st.composite
def day_hours(draw: st.DrawFn) -> list[str]:
    step = draw(st.sampled_from([1, 5, 15, 60]))
    edges = sorted(draw(st.sets(st.integers(0, 1440 // step), max_size=6)))
    wall = [f"{edge * step // 60:02}:{edge * step % 60:02}" for edge in edges]
    return [f"{opens}-{closes}" for opens, closes in zip(wall[::2], wall[1::2], strict=False)]


@st.composite
def specs_and_days(draw: st.DrawFn) -> tuple[Spec, date]:
    """A calendar, and a day near which something is worth asking."""
    zone = draw(st.sampled_from(sorted(NOTABLE_DAYS)))
    day = draw(st.sampled_from(NOTABLE_DAYS[zone]) | st.dates(date(1975, 1, 1), date(2036, 1, 1)))
    near = st.integers(-2, 2).map(lambda days: day + timedelta(days))
    hours = {weekday: draw(day_hours()) for weekday in WEEKDAYS}
    holidays = draw(st.lists(near, max_size=2))
    return Spec(zone, hours, holidays, draw(st.dictionaries(near, day_hours(), max_size=2))), day


def instants_near(day: date) -> st.SearchStrategy[datetime]:
    """Instants within two days of noon; many lie on a whole quarter, where hours begin and end."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    quarters = st.integers(-192, 192).map(lambda quarters: noon + quarters * 15 * MINUTE)
    return quarters | st.integers(-48 * 3600 * 10**6, 48 * 3600 * 10**6).map(lambda us: noon + us * MICROSECOND)


DAYS_AND_INSTANTS = specs_and_days().flatmap(
    lambda drawn: st.tuples(st.just(drawn[0]), st.lists(instants_near(drawn[1]), min_size=2, max_size=6))
)
SLOW_ORACLE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=100)
QUICK = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=100)
TABLES = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=15)


@SLOW_ORACLE
@given(DAYS_AND_INSTANTS)
@example((Spec("Europe/Berlin", {"sun": ["02:15-02:45"]}, [], {}), [utc("2026-10-24"), utc("2026-10-26")]))
@example((Spec("Pacific/Apia", OFFICE, [], {}), [utc("2011-12-29"), utc("2011-12-31")]))
def test_working_time_equals_looking_at_the_wall_clock_every_minute(drawn: tuple[Spec, list[datetime]]) -> None:
    spec, drawn_instants = drawn
    calendar, start, end = spec.calendar(), min(drawn_instants), max(drawn_instants)
    assert calendar.working_time(start, end) == spec.working_time(start, end)
    assert calendar.working_time(end, start) == -calendar.working_time(start, end)


@QUICK
@given(DAYS_AND_INSTANTS)
def test_opening_spans_say_when_it_is_open(drawn: tuple[Spec, list[datetime]]) -> None:
    spec, drawn_instants = drawn
    calendar, first, last = spec.calendar(), min(drawn_instants), max(drawn_instants)
    spans = calendar.opening_spans(first, last)
    edges = [edge for span in spans for edge in span]
    assert all(earlier < later for earlier, later in pairwise(edges))
    assert sum((until - begin for begin, until in spans), timedelta(0)) == calendar.working_time(first, last)
    for instant in (*drawn_instants, *edges, *(edge - MICROSECOND for edge in edges)):
        assert calendar.is_open(instant) == spec.is_open(instant)
        if first <= instant < last:
            assert calendar.is_open(instant) == any(begin <= instant < until for begin, until in spans)


@QUICK
@given(specs_and_days())
def test_a_day_spans_from_its_first_open_minute_to_its_last(drawn: tuple[Spec, date]) -> None:
    spec, day = drawn
    calendar, midnight = spec.calendar(), datetime(day.year, day.month, day.day, tzinfo=UTC)
    minutes = [midnight + k * MINUTE for k in range(-1440, 2 * 1440)]
    zone = ZoneInfo(spec.zone)
    opened = [at for at in minutes if at.astimezone(zone).date() == day and spec.is_open(at)]
    assert calendar.day_span(day) == ((opened[0], opened[-1] + MINUTE) if opened else None)
    assert calendar.is_working_day(day) == bool(opened)


@QUICK
@given(DAYS_AND_INSTANTS, st.sampled_from([0, 1, 10**6, 3600 * 10**6]) | st.integers(0, 60 * 3600 * 10**6))
def test_adding_is_the_first_inverse(drawn: tuple[Spec, list[datetime]], microseconds: int) -> None:
    spec, (start, *_) = drawn
    wanted = microseconds * MICROSECOND
    calendar = Calendar(spec.zone, {"thu": ["10:00-10:20"], **spec.hours, "mon": ["08:50-12:00"]})
    reached = calendar.add_working_time(start, wanted)
    assert calendar.working_time(start, reached) == wanted
    assert reached == start or calendar.working_time(start, reached - MICROSECOND) == wanted - MICROSECOND


@TABLES
@given(st.lists(DAYS_AND_INSTANTS, min_size=1, max_size=3))
def test_columns_scalars_and_calendars_by_name_agree(drawn: list[tuple[Spec, list[datetime]]]) -> None:
    calendars = {str(k): spec.calendar() for k, (spec, _) in enumerate(drawn)}
    rows = [
        (name, start, end)
        for name, (_, drawn_instants) in zip(calendars, drawn, strict=True)
        for start, end in pairwise(drawn_instants)
    ]
    names, starts, ends = (list(column) for column in zip(*rows, strict=True))
    scalars = [calendars[name].working_time(start, end).total_seconds() for name, start, end in rows]
    by_name = working_seconds_by(calendars, pl.Series(names), instants(*starts), instants(*ends))
    assert by_name.to_list() == scalars
    for name, calendar in calendars.items():
        mine = [(start, end) for other, start, end in rows if other == name]
        my_starts, my_ends = (instants(*column) for column in zip(*mine, strict=True))
        assert calendar.working_seconds(my_starts, my_ends).equals(by_name.filter(pl.Series(names) == name))

    wanted = [timedelta(seconds=abs(second)) for second in scalars]
    added = [calendars[n].add_working_time(at, want) for n, at, want in zip(names, starts, wanted, strict=True)]
    seconds = by_name.abs()
    assert add_working_seconds_by(calendars, pl.Series(names), instants(*starts), seconds).to_list() == added
