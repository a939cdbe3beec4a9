"""The tickets somebody will ask about: moved in, moved out, locked, never ending. Each occurs on a known day."""

from datetime import timedelta

from ingest.demo import talk
from ingest.demo.diary import Diary
from ingest.demo.lives import begin, effort, finish, give_to, lock, relapse, sweep, toil_away
from ingest.demo.triage import arrive, join_board, triage


def transferred(diary: Diary) -> None:
    """Opened in the other repository; its labels come along, and no event tells of them."""
    diary.now = diary.opening.shows_at
    mover = diary.team.on_duty(diary.day)
    diary.act("transferred", mover)
    join_board(diary)
    diary.passes(5, 120)
    triage(diary, mover, "P2")
    toil_away(diary, effort(diary))
    finish(diary)


def discussion(diary: Diary) -> None:
    """Ends without a closed event."""
    begin(diary)
    diary.work(2)
    who = diary.owner or diary.team.lead
    diary.say(who, talk.DISCUSSION)
    diary.now += timedelta(seconds=diary.rng.randint(1, 20))
    diary.act("converted_to_discussion", who)


def locked(diary: Diary) -> None:
    begin(diary)
    toil_away(diary, 6)
    finish(diary)
    diary.passes(600, 3000)
    lock(diary)


def reopened_thrice(diary: Diary) -> None:
    begin(diary)
    diary.work(5)
    finish(diary)
    for _ in range(3):
        relapse(diary)


def ping_pong(diary: Diary) -> None:
    """Back and forth between the same two."""
    begin(diary)
    diary.work(3)
    first = diary.owner or diary.team.lead
    diary.assign(first, first)
    second = next(person for person in diary.team.present(diary.day) if person != first)
    for heir in (second, first, second, first):
        give_to(diary, heir)
        diary.work(diary.rng.uniform(3, 14))
    toil_away(diary, 8)
    finish(diary)


def abandoned(diary: Diary) -> None:
    begin(diary)
    diary.work(4)
    diary.say(diary.owner or diary.team.lead, talk.ASKED_BACK)
    diary.stage(diary.owner or diary.team.lead, "Waiting")
    sweep(diary)


def pull_request(diary: Diary) -> None:
    """Listed among the issues by GitHub, and none of Watchbill's business."""
    arrive(diary)
    diary.passes(60, 900)
    diary.act("reviewed", diary.team.lead)
    diary.passes(2, 50)
    diary.act("merged", diary.opening.author)
    diary.act("closed", diary.opening.author, "completed")
    diary.act("head_ref_deleted", diary.opening.author)
