"""What happened to a ticket, in words that follow the name of whoever did it. Plain text, never markup."""

from metrics.wording import shortened

_LONGEST = 200  # characters of a value within a sentence
_WITHOUT_VALUE = {
    "created": "opened it",
    "comment": "commented",
    "note": "noted, unseen by the requester",
    "comment_deleted": "deleted a comment",
    "description": "wrote the description",
}
_GAINED = {
    "owner": "gave it to {}",
    "link": "linked it: {}",
    "duplicate": "called it a duplicate of {}",
    "effort": "spent {} min on it",
    "eta": "promised it for {}",
    "other": "did something that no number here rests on: {}",
}
_LOST = {
    "owner": "took it from {}",
    "link": "unlinked it: {}",
    "duplicate": "called it a duplicate of {} no more",
    "eta": "withdrew the promise for {}",
}
_MANY = ("label", "project", "milestone")


def said(field: str, old: str | None, new: str | None) -> str:
    """One event in words.

    >>> said("status", "open", "closed"), said("label", None, "bug"), said("owner", None, "Ana")
    ('moved status from open to closed', 'added label bug', 'gave it to Ana')
    >>> said("title", "Old", "New"), said("effort", None, "30"), said("custom.team", "a", None)
    ('retitled it, before: Old', 'spent 30 min on it', 'emptied team, before: a')
    """
    if field in _WITHOUT_VALUE:
        return _WITHOUT_VALUE[field]
    old, new = (shortened(value, _LONGEST) if value else None for value in (old, new))
    if field == "title":
        return f"retitled it, before: {old}" if old else "gave it a title"
    if field in _MANY:
        return f"added {field} {new}" if new else f"removed {field} {old}"
    if new is not None and field in _GAINED:
        return _GAINED[field].format(new) + (f", before {old}" if old and field == "eta" else "")
    if old is not None and field in _LOST:
        return _LOST[field].format(old)
    return _moved(field.removeprefix("custom."), old, new)


def _moved(name: str, old: str | None, new: str | None) -> str:
    if old is None and new is None:
        return f"touched {name}"
    if old is None:
        return f"set {name} to {new}"
    return f"moved {name} from {old} to {new}" if new is not None else f"emptied {name}, before: {old}"
