"""What the product team has in Jira: title, what the reporter writes, what the answer turns out to be.

The most frequent come first. Names in braces are filled in by `tickets`.
"""

from ingest.demo.asked_of_infra import Asked

BUGS: tuple[Asked, ...] = (
    (
        "Panel loses the chosen region after a reload",
        "Choose {region}, reload, and it is {region} only in the address. Seen by {customer}.",
        "Fixed, with a test that reloads.",
    ),
    (
        "Usage graph of {customer} ends on {date}",
        "Numbers are in the database, the graph just stops.",
        "The axis took the last complete month. Released.",
    ),
    (
        "Invoice rounds to {n} digits in one place",
        "Sum and lines differ by a cent for {customer}.",
        "One rounding, at the end. Old invoices are not touched.",
    ),
    (
        "Password reset mail arrives twice",
        "Only with addresses that contain a plus sign.",
        "The queue worker repeated it after a slow answer. It remembers now.",
    ),
    (
        "Search in the panel finds nothing with an umlaut",
        "Looking for the customer's own city gives an empty list.",
        "Index rebuilt with the right folding, {n} minutes of old results.",
    ),
    (
        "API answers 500 for an empty list of domains",
        "Should be an empty list. {customer} has a script that stops there.",
        "Answers 200 with an empty list, documented.",
    ),
    (
        "Time zone of the maintenance notice is wrong",
        "Customers in {region} read it as local time and came an hour early.",
        "Notice names the zone, and shows the reader's own beside it.",
    ),
)

STORIES: tuple[Asked, ...] = (
    (
        "As a customer I can download my invoices as one file",
        "Twelve clicks a year is what {customer} complains about.",
        "Released behind the switch, on for everybody since {date}.",
    ),
    (
        "Show planned maintenance in the panel",
        "Support reads the calendar aloud on the phone at the moment.",
        "Shown on the first page, two days before.",
    ),
    (
        "Second factor by hardware key",
        "Asked for by {customer} and by our own auditors.",
        "Released. Old second factors keep working.",
    ),
    (
        "Order a bigger disk without a ticket",
        "Half of what the help desk gets is this one question.",
        "Orders go through by themselves up to {n}00 GB.",
    ),
    (
        "Quota warnings by webhook",
        "Mails about quotas are read when it is too late.",
        "Webhook with three thresholds, documented with an example.",
    ),
    (
        "Read-only role in the panel",
        "Accountants of {customer} share the password of the owner.",
        "Role is there, and asks nobody to share anything.",
    ),
    (
        "Compare two months of usage",
        "People put two windows side by side.",
        "Side by side in one graph.",
    ),
)

TASKS: tuple[Asked, ...] = (
    (
        "Update the web framework to the current release",
        "Two behind, one advisory concerns us.",
        "Updated, the two warnings are gone.",
    ),
    ("Delete the old sign-up pages", "Nobody has come that way since the move.", "Deleted, with a redirect."),
    ("Speed up the test run", "{n}0 minutes is too long to wait for.", "A third of what it was."),
    ("Remove the switch for the old price list", "On for everybody since {date}.", "Switch and old code are gone."),
    ("Write down how prices are computed", "Three people know, two are on holiday.", "Written, read by both."),
    ("Translate the new error messages", "English only at the moment.", "German, French and Portuguese are in."),
)

ACTIONS: tuple[Asked, ...] = (
    ("Panel shows a banner while {service} is degraded", "Support was told by customers.", "Banner is automatic now."),
    (
        "Retry with backoff in the client of {service}",
        "It made everything worse.",
        "Backs off, and was tested.",
    ),
    ("Test deploy of {service} without its database", "Nobody had tried.", "Part of every release test now."),
    ("Write to affected customers within the hour", "It took us until the evening.", "Template and list are ready."),
    ("Limit imports per customer", "One import took everything.", "Limited, with a message that says so."),
    ("Owner for the status page", "It was green all the time.", "Product owns it; the duty person may write, too."),
    ("Alert when orders stop", "We noticed after {n} hours.", "Alerts after ten minutes without an order."),
)

POST_MORTEM = """Review of {about}, the product side.

What customers saw: {service} answered slowly or not at all in {region}; {n}2 of them wrote to us.

What we did: see the comments of {about}.

What helped: the switch that turns imports off.

What we want to change: each has an issue of its own, linked to {about}.
"""
CUSTOMERS_SEE = (
    "Customers see errors in the panel since the start of this. Linking what infra does about it.",
    "Orders fail, about one in {n}. Turning imports off.",
    "Panel is slow but works; sign-up does not.",
)
CUSTOMERS_FINE = ("Orders go through again, watching until the evening.", "Panel is back to normal, imports are on.")
REFINED = (
    "Talked about it in the refinement: smaller than it looks.",
    "Split off the part about mail, that is another issue.",
    "Needs a word from design before we start.",
    "Reproduced on the test system with the data of {customer}.",
)
IN_WORK = (
    "Branch is up, review tomorrow.",
    "Reviewed, two remarks, both fair.",
    "On the test system, please have a look.",
    "Half done. The other half needs the new table.",
    "Reverted for now, it broke the nightly import.",
    "Goes out with the release on Thursday.",
)
ASKED_REPORTER = (
    "{reporter}, which browser was that?",
    "{reporter}, can you send the time, so that I find it in the logs?",
    "{reporter}, would a list do, or does it have to be the graph?",
)
NOT_FIXED = (
    "It comes back with the new release.",
    "Still wrong for customers with two contracts.",
    "Fixed in the panel, not in the mail.",
)
WONT_DO = (
    "Nobody has asked for it in a year, closing.",
    "The new panel does not have this page any more.",
    "Works as meant; I have put a sentence into the help.",
)
OVERDUE = (
    "Was due on {due}. What is missing?",
    "Due date has passed, we talk about it in the next review.",
    "This one is late: is it still the right thing to do?",
)
