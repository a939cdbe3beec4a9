r"""What a title says of the kind of work, without what differs from one ticket of that kind to the next.

Three SQL expressions over a column with titles. Names are words with a digit or a dot in them, such as hosts,
addresses, ids, versions, dates and numbers; they and the names of months and weekdays are masked.
"""

_REPLY = r"(?:re|fwd?|aw|wg)\s*:"
_TAG = r"\[[^\]]*\]"
_PREFIX = rf"^(?:\s*(?:{_TAG}|{_REPLY}))+"
_REPLIES = rf"^(?:\s*{_REPLY})+"
_NAME = r"[a-z][a-z0-9+.-]*://\S+|[\pL\pN_.@:/-]*(?:\d|\pL\.\pL|@)[\pL\pN_.@:/-]*"
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_MONTHS = "january|february|march|april|june|july|august|september|october|november|december"
_MASKED = rf"(?:(?:{_NAME}|\b(?:{_DAYS}|{_MONTHS})\b)(?:[^\pL\pN]+|$))+"
# Numbers that tell how much or when, and not which: up to three digits with or without a unit, times and dates.
_MEASURE = r"^(\d{1,3}([.,]\d+)?(st|nd|rd|th|%|[a-z]{1,2})?|\d{1,2}[:.]\d\d([:.]\d\d)?|\d{4}-\d\d-\d\d(t[\d:.z+-]*)?)$"


def pattern(title: str) -> str:
    """What tickets of one kind have in common: lower-case words, everything masked as #; NULL without a word.

    Tags in brackets and reply marks at the beginning are left out: `Re: [web] Disk full on web-01` and
    `disk full on db-7!` are both `disk full on #`.
    """
    return _with_a_word(_words(title, _PREFIX))


def words(title: str) -> str:
    """The same with the tags, to compare titles with: `[web] Disk full on web-01` is `web disk full on #`."""
    return _with_a_word(_words(title, _REPLIES))


def names(title: str) -> str:
    """Which things a title names, each once and sorted: what is masked, but for times, dates and small numbers."""
    found = rf"regexp_extract_all(lower({title}), '{_NAME}')"
    bare = f"list_transform({found}, lambda name: trim(name, '.:/-_'))"
    return f"list_sort(list_distinct(list_filter({bare}, lambda name: NOT regexp_matches(name, '{_MEASURE}'))))"


def _words(title: str, prefix: str) -> str:
    plain = f"regexp_replace(translate(lower({title}), '#', ' '), '{prefix}', '')"
    return rf"trim(regexp_replace(regexp_replace({plain}, '{_MASKED}', ' # ', 'g'), '[^\pL#]+', ' ', 'g'))"


def _with_a_word(text: str) -> str:
    return rf"nullif(regexp_replace({text}, '^#?$', ''), '')"
