"""What customers write to the old help desk by mail: subject, body, and what the answer turns out to be.

The most frequent come first. Names in braces are filled in by `tickets`.
"""

from ingest.demo.asked_of_infra import Asked

MAILS: tuple[Asked, ...] = (
    (
        "cannot send mail since this morning",
        "Hello,\n\nour mail program says 'relay denied'. Nothing changed here.\n\nKind regards",
        "Hello,\n\nthe address of your office had changed. It is allowed again, please try.\n\nHarrow help desk",
    ),
    (
        "Password for the panel",
        "Hi, I have forgotten it and the reset mail does not come.",
        "Hello,\n\nthe mail was held back as spam on your side. A new one is on its way.\n\nHarrow help desk",
    ),
    (
        "website very slow",
        "Our shop needs ten seconds for a page. Is something wrong with the server?",
        "Hello,\n\na plugin asked for every picture again and again. It is updated now.\n\nHarrow help desk",
    ),
    (
        "Fwd: your invoice",
        "The attached invoice names {n}0 GB that we never ordered?",
        "Hello,\n\nyou are right, that was another customer's. A corrected one follows.\n\nHarrow help desk",
    ),
    (
        "New colleague needs access",
        "Please give the same rights as I have to a new colleague, starting on {date}.",
        "Hello,\n\nthe account is ready, the first password went to you.\n\nHarrow help desk",
    ),
    (
        "Domain {domain} expires",
        "We got a letter that it ends on {date}. Do you renew it, or do we?",
        "Hello,\n\nwe do, and it is renewed for another year. Please ignore the letter.\n\nHarrow help desk",
    ),
    (
        "Re: maintenance on Sunday",
        "Is the shop reachable during that time or not? We have a sale.",
        "Hello,\n\nyes, apart from a minute at the beginning.\n\nHarrow help desk",
    ),
    (
        "strange login notice",
        "I got a mail that somebody logged in from far away. That was not me!",
        "Hello,\n\nthat was your new provider's gateway. We checked, nobody else was in.\n\nHarrow help desk",
    ),
    (
        "backup of our site please",
        "Before the relaunch on {date} we would like to have a copy.",
        "Hello,\n\nthe copy lies in your folder, valid for {n} weeks.\n\nHarrow help desk",
    ),
    (
        "URGENT!!! shop down",
        "Since {n} minutes. We lose money. Please call.",
        "Hello,\n\nthe disk was full of logs. It is up again, and we watch it.\n\nHarrow help desk",
    ),
    (
        "certificate warning on phones",
        "Only on phones, computers are fine. Customers send us pictures of it.",
        "Hello,\n\na part of the chain was missing. Please try again.\n\nHarrow help desk",
    ),
)
SPAM: tuple[Asked, ...] = (
    ("Your site could rank HIGHER", "Dear webmaster, we looked at your website and found 7 errors.", ""),
    ("Re: Re: open position", "Please find our offer attached.", ""),
)
FIRST_WORDS = (
    "Hello,\n\nthank you for your mail. I have it and will write again today.\n\nHarrow help desk",
    "Hello,\n\nwe are looking into it.\n\nHarrow help desk",
    "Good morning,\n\nseen, I will ask our colleagues and come back to you.\n\nHarrow help desk",
)
QUESTIONS = (
    "Hello,\n\nwhich address do you send from? Then I find it in the logs.\n\nHarrow help desk",
    "Hello,\n\ncould you send a picture of the message?\n\nHarrow help desk",
    "Hello,\n\nis a restart in the evening all right for you?\n\nHarrow help desk",
    "Hello,\n\nwho on your side may decide this? We need a short yes.\n\nHarrow help desk",
)
REPLIES = (
    "See attachment. Thanks for the quick answer.",
    "Yes, that is fine.\n\n> which address do you send from?\nThe one below.",
    "Sent from my phone: yes",
    "Our director agrees, please go ahead.",
    "Sorry, I was away. It is still the same.",
)
NOTES = (
    "Called them, they will try after lunch.",
    "Asked infra in chat, answer tomorrow.",
    "Customer is right, our invoice is wrong. Told accounting.",
    "Careful, they had the same thing twice this year.",
    "Contract allows it, checked.",
    "Log of the relay says 550, their provider.",
)
THANKS = ("Works, thank you.", "Perfect, thanks a lot!", "Great service. Bye")
STILL_BROKEN = (
    "I am sorry, but it is the same again this morning.",
    "Worked until yesterday. Please look again.",
    "Not quite: now the other colleague cannot.",
)
SECOND_MAILS = ("Did you get my mail?", "And one thing more: it is urgent for us.", "Hello? Anybody there?")
MOVED_ON = (
    "Hello,\n\nwe answer such requests in the customer panel now and have opened one for you there.\n\nHarrow help desk"
)
REFUSED = "Hello,\n\nwe are sorry, but your contract does not include this.\n\nHarrow help desk"
