"""Sources in, one store out. This room is the only one that writes.

What every source promises:

- It is one module with `NAME` and `parse`, and, if it can be asked over the network, `fetch`. `fetch` knows this
  tracker's paging and nothing else; `parse` is pure: the same reply gives the same records, in the same order.
- The tracker's own words (node id, PHID, JQL) stop inside `parse`; out come the records of `records.py`.
- A record carries a natural key, so that reading the same reply twice changes nothing.
- A change the tracker recorded has origin `recorded`. A change that only shows because the tracker's snapshot
  disagrees with its own history is told as `inferred`, at the earliest instant that is safe to say.
- A kind the source does not know is kept as field `other`, never dropped and never fatal.
- Raw replies go to the journal before they are parsed: a mended parser can read them again.
"""
