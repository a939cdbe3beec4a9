"""What reaches the duty team at Phorge: title, what the asker writes, what the answer turns out to be.

The most frequent come first. Names in braces are filled in by `tickets`.
"""

from ingest.demo.asked_of_infra import Asked

REQUESTS: tuple[Asked, ...] = (
    (
        "Restart {service} in {region}",
        "It answers, but slowly, and {customer} has called twice. We would rather not touch it ourselves.",
        "Restarted one by one, median is back where it was this morning.",
    ),
    (
        "{customer} cannot log in to the panel",
        "All of their {n} accounts, since about an hour. The error page says 'session expired'.",
        "Their clock was off by eight minutes after a power cut. They have corrected it.",
    ),
    (
        "Restore one mailbox for {customer}",
        "A folder was deleted on {date}. They only need that folder.",
        "Folder is back beside the current one, they can move what they need.",
    ),
    (
        "Silence alerts of {host} on {date}",
        "We replace the controller between 08:00 and 11:00.",
        "Silenced for the window, it ends by itself.",
    ),
    (
        "Invoice export of {customer} is empty",
        "The file arrives on time, with a header and nothing else.",
        "The job read the wrong month. Ran it again, file is complete.",
    ),
    (
        "Who was logged in to {host} on {date}?",
        "The auditors ask for the list of that day.",
        "List is in the audit folder, two names, both expected.",
    ),
    (
        "Move the nightly job of {service} to an hour later",
        "It collides with the backup and both get slow.",
        "Runs an hour later from tonight.",
    ),
    (
        "Second person for the change on {db}",
        "Somebody who knows the replication should look over our shoulder on {date}.",
        "Done together, replication never fell behind.",
    ),
    (
        "Maintenance page for {domain}",
        "{customer} wants their own text during the window on {date}.",
        "Their page is served in the window and only then.",
    ),
    (
        "Certificate warning at {domain}, only from outside",
        "Inside everything is fine. Two customers sent pictures.",
        "One of {n} balancers still had the old chain. Corrected.",
    ),
    (
        "Tell {customer} before we move them",
        "They asked for three days of notice and a person to call.",
        "They know the date, and the number of the duty phone.",
    ),
    (
        "Disk usage of {customer} doubled over night",
        "Is that them or us? They say they changed nothing.",
        "Their log rotation had stopped. They have cleaned up.",
    ),
    (
        "Reverse DNS for {net}",
        "Mail of {customer} is refused because the names do not match.",
        "Names set for the whole range, a test mail went through.",
    ),
    (
        "Rotate the duty phone's forwarding",
        "It still rings at the person of last month on Sundays.",
        "Forwarding follows the calendar again.",
    ),
)

UPKEEP: tuple[Asked, ...] = (
    ("Quarterly restore test of {db}", "Due this month. Take a table nobody misses.", "Restored in {n}2 minutes."),
    ("Clean up old snapshots in {region}", "About {n}0, none is in the plan.", "Gone, with a rule for the rest."),
    ("Kernel updates in {dc}", "Rolling, with draining, never two of one pair.", "All done, one needed a second boot."),
    ("Walk through the runbook of {service}", "Half of it is from before the move.", "Corrected, and shortened."),
    ("Replace fan in {host}", "Loud and slow, the vendor sends one.", "Replaced by remote hands while it ran."),
    ("Review who may open the cage in {dc}", "Yearly, the list is from the facility.", "Two names removed."),
)

# The pager writes these: title and text, and how it says that all is well.
ALERTS: tuple[Asked, ...] = (
    ("[{region}] {service}: error rate {percent2} %", "Threshold 1 % for 5 minutes.", "Recovered: below threshold."),
    ("[{dc}] {host}: disk {percent} % full", "Mount /var, growing.", "Recovered: below threshold."),
    ("[{region}] {service}: latency above {n}00 ms", "95th percentile, 10 minutes.", "Recovered: below threshold."),
    ("[{dc}] {host} does not answer", "No ping from two places for 3 minutes.", "Recovered: host answers."),
    ("[{region}] {db}: replica is {n} minutes behind", "Limit is one minute.", "Recovered: caught up."),
    ("[{dc}] certificate of {domain} ends in {n} days", "No renewal seen.", "Recovered: new certificate seen."),
)

CONFIDENTIAL = (
    ("Account of {colleague} used from an unknown place", "Locked as a precaution.", "It was a trip. Unlocked."),
    ("Weak point in {service}, told in confidence", "Details with the lead only.", "Closed before anybody used it."),
    ("Mail to {customer} went to somebody else", "One attachment. Legal knows.", "Both have been told."),
)

CAUSES = (
    "Cause: a full log volume. Cleaned, and the rotation looked at.",
    "Cause: last night's deploy. Rolled back, the developers know.",
    "Cause: one worker stuck. Restarted, watching it.",
    "Cause: the carrier, not us. They have confirmed.",
    "Nothing to see any more and nothing in the logs. Closing, it will tell us if it comes back.",
    "Known: threshold is too tight at the end of the month. Raised it a little.",
)
MERGED = (
    "Same thing as {about}.",
    "That is {about} again, see there.",
    "One cause, one task: merged into {about}.",
)
ETA_GIVEN = (
    "Should be done by {eta}.",
    "Parts are ordered, expected by {eta}.",
    "Agreed with them: {eta} at the latest.",
)
ETA_MOVED = ("Will not be ready in time, new date is {eta}.", "Vendor is late. Now {eta}.")
STALLED = (
    "Waiting for the vendor, ticket is open with them.",
    "Waiting for {customer} to confirm the window.",
    "Parts are on their way, nothing to do until then.",
    "Cannot go on before the freeze is over.",
)
RESUMED = ("They have answered, going on.", "Parts are here.", "Confirmed, going on with it.")
SEEN_BY_DUTY = (
    "Seen, I take it this week.",
    "On it.",
    "I have it. Not today, the queue is long.",
    "Looking.",
    "Mine. Will call them first.",
)
