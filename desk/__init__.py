"""What people write in the app: meetings and decisions, handoff notes, rota drafts and published rotas, saved views.

It lives beside the store, in a small SQLite file of its own: the store is built anew from the trackers with every sync,
and this is the only copy of what somebody typed. Every function is one short transaction, safe for several processes
at once. Who changes something says which version they saw; if somebody else was faster, `Stale` says so in a sentence,
nothing is written, and what was there before is kept in `past`. Instants are UTC.
"""
