"""Sources in, one store out. This room is the only one that writes.

What every source promises:

- It is one package with `NAME`, `parse` and `is_known`; one that asks over the network also has `connect`, `fetch`
  and `examine` (`source.py` has them as types). `fetch` knows this tracker's questions and paging and nothing else;
  `parse` is pure: the same page gives the same records, in the same order.
- Every page comes with `since`, the place to go on from. Page and place are on disk before the next page is asked
  for, so whatever interrupts a run, the next one goes on behind the last page.
- A run with nothing new asks a fixed number of questions, however many tickets there are.
- An error is never taken for news: nothing is gone because an answer failed.
- The tracker's own words (node id, PHID, JQL) stop inside `parse`; out come the records of `records.py`.
- A record carries a natural key, so that reading the same reply twice changes nothing.
- A change the tracker recorded has origin `recorded`. A change that only shows because the tracker's snapshot
  disagrees with its own history is told as `inferred`, at the earliest instant that is safe to say.
- A kind the source does not know is kept as field `other`, never dropped and never fatal.
- Raw replies go to the journal before they are parsed: a mended parser can read them again.

A run (`sync.py`) asks all sources side by side, each into its own part of the journal, and stores each that was read
to the end in a transaction of its own (`intake.py`, `tables.py`). The store is published once, at the end.
"""
