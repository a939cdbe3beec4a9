"""What the access team is asked: title, what the asker writes, what the answer turns out to be."""

from ingest.demo.asked_of_infra import Asked

ACCESS: tuple[Asked, ...] = (
    (
        "VPN account for {colleague}",
        "Starts on Monday in support, needs the standard profile.",
        "Account is ready, the invitation went to the manager.",
    ),
    (
        "Add {colleague} to group {group}",
        "Takes over from a colleague who changed teams.",
        "Added, takes effect at the next sign-in.",
    ),
    (
        "Reset second factor for {colleague}",
        "New phone, old one is gone. Identity checked in person.",
        "Reset done, enrolment is open for a day.",
    ),
    (
        "Remove access of leavers, week {n}",
        "List from people operations is attached.",
        "All accounts disabled, sessions ended, list signed off.",
    ),
    (
        "Guest account for an auditor of {customer}",
        "Two weeks, documents share only.",
        "Created with an end date, credentials handed over by phone.",
    ),
    (
        "Admin rights in the ticket portal for {colleague}",
        "Replaces {colleague2} during leave.",
        "Granted until the date you named.",
    ),
    (
        "Access to the {customer} tenant",
        "First-level support has to see their configuration.",
        "Support role assigned for that tenant.",
    ),
    (
        "Locked out after password change",
        "Every device asks for the old password and then locks me out.",
        "Old session on the phone kept trying. Unlocked.",
    ),
    (
        "Group {group} needs a new owner",
        "The owner left, reviews go nowhere.",
        "Ownership moved, the review was sent again.",
    ),
    (
        "Quarterly access review: {group}",
        "Please confirm or remove each member.",
        "Review closed, two members removed.",
    ),
)
HELP: tuple[Asked, ...] = (
    (
        "Single sign-on loops on {service}",
        "It sends me back to the start page, in every browser.",
        "Clock of the identity proxy was two minutes off. Fixed.",
    ),
    (
        "Which role do I need for {service}?",
        "The request form lists four and I cannot tell them apart.",
        "Viewer is enough; I added one sentence to each role.",
    ),
    (
        "Invitation mail never arrived",
        "Sent twice, not in spam either.",
        "Address had a typo in the form. Arrived now.",
    ),
    (
        "Security key is not recognised",
        "Works on the old laptop only.",
        "Browser policy blocked it; policy updated for everyone.",
    ),
    (
        "How long do approvals take?",
        "Mine waits since {date} and nobody answers.",
        "Approver was on leave. Delegation is set for next time.",
    ),
)
CONFIG: tuple[Asked, ...] = (
    (
        "Connect {service} to single sign-on",
        "Our own user list there is out of date all the time.",
        "Connected; local accounts are off after the trial week.",
    ),
    (
        "New role for {group}: read-only billing",
        "They only look up invoices, the current role can change them.",
        "Role exists, members moved over.",
    ),
    (
        "Session length for {service} to {n} hours",
        "People sign in five times a day.",
        "Changed as agreed with security.",
    ),
)
MAINTENANCE: tuple[Asked, ...] = (
    (
        "Renew signing certificate of the identity provider",
        "Runs out on {date}. Partners need two weeks of notice.",
        "Both certificates were valid in parallel, old one is gone.",
    ),
    ("Clean up groups without members", "About {n}0 of them by now.", "Deleted after a month of grace."),
)
OUTAGE: tuple[Asked, ...] = (
    (
        "Sign-in is slow for everyone",
        "Takes half a minute since the morning.",
        "Directory replica was overloaded, added a second one.",
    ),
    (
        "Second factor prompts do not arrive",
        "Push messages are missing for at least {n} people.",
        "Provider had a problem in our region, solved on their side.",
    ),
)
