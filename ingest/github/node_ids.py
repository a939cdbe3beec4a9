"""The number of the database inside GitHub's node ids.

GraphQL names its timeline events by node id only, REST by the number; the same event should have one name. Node ids
are documented as opaque, so what does not decode stays as it is. Two spellings are in use: a length, the type and the
number in base64, and `TYPE_` with a MessagePack list in base64 whose last member is the number.
"""

import base64
import binascii
import re

_WIDTHS = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}  # MessagePack's unsigned integers: marker, bytes


def database_id(node_id: str) -> str:
    """The number in a node id, as text; the node id itself where it holds none."""
    prefix, underscore, packed = node_id.partition("_")  # the older spelling has no underscore
    text = packed if underscore else prefix
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return node_id
    number = _last_integer(raw) if underscore else _after_type(raw)
    return node_id if number is None else str(number)


def _after_type(raw: bytes) -> int | None:
    """012:LabeledEvent3448858641: how long the type is, the type, the number."""
    found = re.fullmatch(rb"(\d+):(.+)", raw, re.DOTALL)
    rest = found[2][int(found[1]) :] if found else b""
    return int(rest) if rest.isdigit() else None


def _last_integer(raw: bytes) -> int | None:
    """Of a MessagePack list of unsigned integers, the last one; None where it is anything else."""
    if not raw or raw[0] & 0xF0 != 0x90:
        return None
    members, rest = [], raw[1:]
    while rest:
        marker, width = rest[0], _WIDTHS.get(rest[0], 0)
        if len(rest) <= width or (not width and marker >= 0x80):
            return None
        members.append(int.from_bytes(rest[1 : 1 + width], "big") if width else marker)
        rest = rest[1 + width :]
    return members[-1] if len(members) == raw[0] & 0x0F else None
