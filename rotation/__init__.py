"""Who does next month's duty: a plan that keeps the team's rules, is as fair as can be, and can say why.

A `Problem` says who there is, which roles are to be held, and what is known: absences, wishes, pins, the published
plan, what everybody carried before. `solve` drafts a `Plan`; `check` says of any plan, whoever drafted it, whether it
is lawful and what it costs. The two share the problem and no more, so that each proves the other.

**What a plan may never do** (it says so of what history and pins have broken already, and goes on):
give a shift to somebody who may not hold the role, or is away for more of it than the role lets one miss;
give one person two roles that exclude each other at once; put anybody on duty in three weeks in a row, but for a
volunteer's pinned week; move a pin, or a published shift that is frozen and can still be held.

**What it costs**, level by level: nothing is worth a worse level above it.

1. uncovered: seats that nobody holds.
2. two in a row: pairs of successive weeks in which a person has duty weeks. A week is somebody's duty week when their
   hours of duty in it, those of all roles of some burden added up, are more than half of it.
3. rest breaches: shifts whose holder begins another duty before the days of rest after it have passed.
4. unfairness: how far the balances are from zero, large ones more than in proportion. See below.
5. preferences: the strength of wishes not met, and one for each public holiday of its own that a holder works on.
6. changes: published assignments that are not kept.

In the mode "minimal change" changes come after rest; in "rebalance" they come last.

**Loads** are whole thousandths of a duty-week. A shift weighs its weeks on the wall clock × the role's burden × the
load expected of it; the part of it that lies in public holidays of its holder weighs `holiday_weight` times as much;
halves round up.

**Expected shares**: of every seat that is covered, each of those who may hold the role and are there owes their share
of full time ÷ the shares of all of them, moment by moment, at what the shift would weigh for them; whoever is a member
but absent counts with `absence_owed` of their share. Each seat's share is rounded to thousandths, halves up.

**Balance** is the opening balance + loads held − expected shares. Its penalty is its square in fifths of a duty-week,
to the nearest fifth, halves up: less than a working day is no injustice. Beyond two duty-weeks the curve goes straight
from each whole duty-week to the next. Unfairness is the sum over those who are members at some time of the plan's
weeks.
"""
