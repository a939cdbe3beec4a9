"""A plan for people: calendars that clients update instead of duplicating, tables for spreadsheets and chats.

A calendar client knows an event by its UID and believes the revision with the higher SEQUENCE. So what was published
is kept (`Revisions`, a small JSON file), and a new plan becomes the next revisions of it: `revised(before, plan, at)`.
An event whose words and times stay the same stays the same to the byte; a name written otherwise is another word.
`calendar(revisions, ...)` writes the team's feed, or one person's.

- Google, Outlook and Apple want the same UID, a higher SEQUENCE and a newer LAST-MODIFIED; what vanished stays in the
  feed, cancelled, or some of them keep it.
- Phorge wants the same UID. It removes what vanished and shows what is cancelled, so its feed has none of it; and
  it knows people by their user names in titles only, which `called` puts there.

Titles are `duty: Ana & Bo`. Watchbill reads a feed back with `duties = [{ role = "duty", title = "duty: *" }]`,
`person = "title"` and `title = "duty: {person}"`, from the file as well as from the calendar that Phorge makes of it.
"""
