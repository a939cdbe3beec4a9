"""What people write in comments, by occasion. Names in braces are filled in by the diary."""

ACKNOWLEDGED = (
    "Thanks, I have it. Will look this afternoon.",
    "Taking this one.",
    "Seen. Should be quick, give me until tomorrow.",
    "Makes sense. I will put it after the change that is running now.",
    "On it.",
    "Got it, thanks for the details.",
    "Looks like something we have seen before, I will check.",
    "Assigned to me. I will get back to you today.",
)
ASKED_BACK = (
    "@{author} does this have to work from outside as well, or only from the office?",
    "@{author} which environment exactly? The name exists twice.",
    "@{author} can you try again and tell me the time, so that I find it in the logs?",
    "@{author} who has to agree on your side? I need a yes before I change it.",
    "@{author} is a restart in the evening all right for you?",
    "@{author} how many are affected, roughly? That decides how we do it.",
)
ANSWERED = (
    "Only from the office.",
    "Production, sorry for not saying so.",
    "Tried again just now, same result. The time was 14:07 our side.",
    "My manager agrees, see the thread in chat.",
    "Evening is fine, after seven if possible.",
    "About a dozen people, all in the same team.",
    "Sorry for the late answer. Yes, exactly like that.",
)
PROGRESS = (
    "Prepared the change, waiting for a second pair of eyes.",
    "Tested on one machine first, looks good so far.",
    "Not as simple as it looked: the old and the new setup both write that file.",
    "First half is done, the rest after the freeze.",
    "Rolled out to a third. No complaints.",
    "Reproduced it. Now I know where to look.",
    "Still on it. I keep an eye on the graph over night before I go on.",
    "Vendor answered, they want logs. Sent.",
    "Change is reviewed and goes out with the next batch.",
)
URGENT_PROGRESS = (
    "Update: still looking, two of us on it.",
    "Update: cause narrowed down to the last change, preparing to undo it.",
    "Update: load is stable, customers see it working, root cause still open.",
    "Update: waiting for the carrier, next update in an hour.",
    "Update: workaround holds, working on the real fix.",
)
CHASED = (
    "Any news on this?",
    "Friendly reminder, we would like to close our part this week.",
    "Is somebody looking at this?",
    "Bumping this, my team is blocked by it.",
)
ADDED_BY_AUTHOR = (
    "Forgot to say: it is the same on the second machine.",
    "Screenshot says more than I can, attached to the chat thread.",
    "Small correction, it started a bit earlier than I wrote.",
    "To add: not urgent for us, but it comes back every week.",
    "Found out that it only happens with the new client.",
)
HANDED_OVER = (
    "@{to} you know this part better than I do, can you take it?",
    "Handing this to @{to}, I am out from tomorrow.",
    "@{to} this ended up with me but belongs to your side, I think.",
    "Back to you, @{to}: the part on our side is finished.",
)
REPRIORITISED = (
    "More people affected than we thought, raising the priority.",
    "Workaround is in place, lowering the priority.",
    "Agreed in the triage meeting to change the priority.",
)
DECLINED = (
    "We will not do this: the service is retired next quarter anyway.",
    "Decided against it, the risk is larger than the gain. See the notes of the triage meeting.",
    "Out of scope for us, please ask the vendor directly.",
    "Closing, this works as intended. The wiki page explains why.",
)
THANKED = (
    "Works, thank you!",
    "Perfect, thanks.",
    "Confirmed on our side.",
    "Thanks for the quick help.",
    "🎉 works",
)
SOLVED_BY_AUTHOR = (
    "Works again on our side, closing.",
    "Not needed any more, closing.",
    "Found it myself, it was our config. Closing.",
)
REOPENED = (
    "It is back, same error as before.",
    "Sorry, still broken for one of us. Reopening.",
    "Worked for two days, now it fails again.",
    "The change was undone by last night's deploy, it seems.",
)
DUPLICATE = (
    "Same cause as #{about}, closing in favour of that one.",
    "Known, we are on it in #{about}. Thanks for reporting.",
    "Duplicate of #{about}, updates go there.",
)
STALE = "Nothing has happened here for a month. This will be closed in two weeks unless somebody writes a comment."
STALE_CLOSED = "Closed because nobody answered. Reopen it if it still matters."
RECEIVED = "Thank you. The duty person looks at new tickets during office hours, 9:00 to 17:00 in Los Angeles."
DEPLOYED = "Deploy of the change linked here finished without errors."
DISCUSSION = "This is more a question for all of us than a task, moving it to the discussions."
INCIDENT_SEEN = (
    "Acknowledged, looking.",
    "I see it. Opening the call.",
    "On call here, checking the balancers first.",
)
MITIGATED = (
    "Mitigated: traffic moved away, errors are gone.",
    "Rolled back. Customers are fine again, keeping this open.",
)
POST_MORTEM = """Review of #{about}.

## Impact and scope
{service} was affected in {region}; support counted {n} calls.

## Trigger
A change that had passed every check on {env}.

## Timeline
See the comments of #{about}.

## Resolution
As described there.
"""
POST_MORTEM_REST = """
## Root cause
The limit that failed was set years ago and nobody had looked at it since.

## What went well
The page reached two people within minutes.

## What did not
The runbook still named {host}, which is gone.

## Action items
Follow as their own tickets.
"""
DEBRIEFED = "Debrief held today with support and the owners. Notes are in the document, actions follow as tickets."
SHARED = "Shared with everyone, customer-facing summary went to support."
ACTIONS = (
    ("Alert on {service} before the limit is reached", "From the review #{about}. Due {due}."),
    ("Correct the runbook for {service}", "From the review #{about}: it names machines that are gone. Due {due}."),
    ("Test failover of {db} every quarter", "From the review #{about}. Due {due}."),
    ("Limit the blast radius of {service} deploys", "From the review #{about}: one region at a time. Due {due}."),
    ("Add a second path for {region}", "From the review #{about}. Needs budget. Due {due}."),
    ("Rehearse the incident call", "From the review #{about}: roles were unclear for ten minutes. Due {due}."),
)
ACTION_DONE = (
    "Done and checked in the drill.",
    "In place everywhere, documented in the runbook.",
    "Merged; the next review will look at it again.",
)
