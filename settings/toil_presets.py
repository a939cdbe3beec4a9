"""Rules for the reference categories of work, by what each tracker has: labels, types, projects, queues, titles."""

from typing import Any

Preset = list[dict[str, Any]]

# In the order in which they are tried: what is broken first, what somebody asks last.
_WORDS = {
    "outage or degradation": ["outage", "incident", "degradation", "degraded", "downtime"],
    "access": ["access", "access request", "access-request", "permissions", "account", "accounts"],
    "maintenance": ["maintenance", "chore", "upgrade", "housekeeping"],
    "configuration request": [
        *("configuration", "config", "configuration request", "configuration-request", "config change"),
        *("config-change", "service request", "service-request"),
    ],
    "help request": ["help", "question", "support", "help request", "help-request", "help needed"],
}


def _spelled(words: list[str]) -> list[str]:
    """The words by themselves and behind a prefix such as `type: ` or `kind/`."""
    return [pattern for word in words for pattern in (word, f"*/{word}", f"*:{word}", f"*: {word}")]


def _by(field: str) -> Preset:
    return [{"name": name, field: _spelled(words)} for name, words in _WORDS.items()]


_JIRA_TYPES = {
    "outage or degradation": ["Incident", "[System] Incident", "Fault", "Outage"],
    "access": ["Access", "Access request"],
    "maintenance": ["Change", "[System] Change", "Change request", "Maintenance"],
    "configuration request": ["Service request*", "[System] Service request*"],
    "help request": [
        *("Support", "Question", "Ask a question", "IT help", "[System] IT help", "Technical support"),
        *("Emailed request", "Help request", "*questions"),
    ],
}

_BROKEN = (
    r"\b(outage|unreachable|not (reachable|responding)|unresponsive|degrad(ed|ation)|unavailable (in|since|at))\b",
    r"\b(is|are|was|were|went|goes|seems?|looks?|be|been) (down|offline|unavailable)\b|\bdown ?[?!]+ *$",
    r"\b(does not|doesn't|do not|don't|stopped) (answer|respond|resolve|load)(ing)?\b",
    r"\b[45]\d\ds\b|\b5\d\d (error|response)s?\b|\b(error|failure) rate\b|\breports? errors\b",
    r"\b(time-?outs?|timing out|times out|packet loss|high (latency|load)|latency (above|over))\b",
    r"\b(very|so|too|extremely|unusually) slow\b|\bslow(er|ness)\b|\bis slow\b",
    r"\bdisk (is )?(almost |nearly )?full\b|\bout of (disk|memory|space)\b|\b\d+ ?% full\b",
    r"\b(crash(es|ed|ing)?|crash ?-?loops?|broken|stuck|keeps? (growing|failing|restarting))\b",
)
_ACCESS = (
    r"\b(read|write|ssh|vpn|admin|root|sudo|shell|console|guest|remote|database) access\b",
    r"\baccess (to|for|of|requests?|rights?|reviews?)\b|\bno access\b",
    r"\b(grant|revoke|remove|request|need)(s|ed|ing)? access\b|\bsudo (for|on)\b",
    r"\b(editor|admin|owner|write|read|user)('s)? (rights?|role|permissions?)\b|\bpermissions? (for|to|on)\b",
    r"\bpasswords? reset\b|\b(reset|forgot(ten)?|lost|new|change|expired) (\S+ ){0,2}password\b|\blocked out\b",
    r"\b(can not|cannot|can't|unable to) (log|sign) ?-?in\b|\b(2fa|mfa|two-factor|second factor)\b",
    r"\b(add|remove) \S+ (\S+ ){0,3}(to|from) (the )?group\b|\bgroup \S+ needs\b",
    r"\b(ssh|public|gpg|api|deploy) keys? (for|of)\b|\b(on|off)-?board(ing)? (of|for|new)\b",
    r"\b(new|create|disable|delete|unlock|close|deactivate) (\S+ ){0,2}(user )?accounts?\b",
    r"\b(vpn|e?mail|user|guest|admin|service|test|shell|database) accounts?\b|^ *(\[[^\]]*\] *)?accounts? (for|of)\b",
)
_MAINTENANCE = (
    r"\b(upgrad(e|es|ing)|patch(ing)? (of|the|day|all)|reboot|decommission(ing)?|housekeeping|end of life)\b",
    r"\b(security|kernel|firmware|os|package|system|framework|dependency|library) update(s|\b.* (in|on|of|for))\b",
    r"\bupdate (of )?(the )?(kernel|firmware|os|packages?|system|framework|dependenc\S+|librar\S+|base image)\b",
    r"\b(renew(al)?|rotat(e|ion)|migrate \S+ (to|from)|migration (of|to|from)|rebuild|re-?image|vacuum|reindex)\b",
    r"\b(clean ?-?up|cleaning up)\b|^ *(\[[^\]]*\] *)?(prune|purge|(archive|remove|delete) (all |the )?old)\b",
    r"\breplace (the |a |an )?(disk|fan|controller|battery|psu|power supply|drive|switch|memory|node|cable)s?\b",
    r"\bcertificates? (expir|of \S+ expir)|\bexpir(es|ing) (\S+ ){0,2}certificate|\b(restore|backup|failover) tests?\b",
    r"^ *(\[[^\]]*\] *)?restart\b|\bmaintenance (window|work|page)\b",
)
_OBJECTS = (
    r"(dns|records?|cname|firewall|ports?|routes?|routing|vhosts?|domains?|subdomains?|cron ?jobs?|quotas?|limits?"
    r"|retention|env(ironment)? var(iable)?s?|config(uration)?s?|settings?|feature flags?|thresholds?|alias(es)?"
    r"|mailbox(es)?|mailing lists?|webhooks?|certificates?|load balancers?|prox(y|ies)|buckets?|volumes?|vlans?"
    r"|whitelists?|allow-?lists?|block-?lists?|parameters?|timeouts?|redirects?|alerts?|replicas?|workers?|backups?"
    r"|disks?|memory|cpus?|pools?|resolvers?|roles?|single sign-on|sso|gzip|compression|query log|ipv6)"
)
_CONFIGURATION = (
    rf"^ *(\[[^\]]*\] *)?(please |pls )?(add|allow|assign|block|change|configure|connect|create|define|disable|enable"
    rf"|extend|grow|increase|decrease|raise|lower|move|open|point|provision|redirect|register|remove|resize|set( up)?"
    rf"|silence|switch|turn (on|off))\b.*\b{_OBJECTS}\b",
    r"\bconfig(uration)? (change|request)s?\b|\b(reverse dns|rate limit|firewall rule|memory limit)s?\b",
    rf"\b(new|second|another|additional) {_OBJECTS}\b|^ *(\[[^\]]*\] *)?(ipv6|quota|ptr|dns|domain) for\b",
)
_ASKED = (
    r"\bhow (do|does|can|could|should) (i|we|you|one)\b",
    r"^ *(\[[^\]]*\] *)?(how|where|what|which|who|why|can (i|we|you|somebody|someone)|is (there|it \S+ to))\b.*\? *$",
)
_HELP = (
    r"\bhow to\b",
    r"^ *(\[[^\]]*\] *)?(help|question) ?([:?!]|$)|\bneeds? help\b",
    r"\bhelp (with|needed|wanted|please|me|us)\b|^ *(\[[^\]]*\] *)?help \w+ing\b",
    r"\bquestions? (about|on|regarding|for)\b|\bplease (advise|explain|help)\b|\b(advice|assistance)\b",
    r"\b(can not|cannot|can't|unable to|doesn't work|does not work|not working)\b",
)
_TITLES: Preset = [
    {"name": name, "title": "|".join(patterns)}
    for name, patterns in (
        ("help request", _ASKED),  # a question is one, whatever it is about
        ("outage or degradation", _BROKEN),
        ("access", _ACCESS),
        ("maintenance", _MAINTENANCE),
        ("configuration request", _CONFIGURATION),
        ("help request", _HELP),
    )
]

# Queues that take one kind of work only. A help desk takes all kinds, so its titles are asked before its name.
_RT_QUEUES: Preset = [
    {"name": "outage or degradation", "queue": ["outages", "incidents", "incident reports", "alerts", "monitoring"]},
    {"name": "access", "queue": ["access", "access requests", "accounts", "permissions"]},
    {"name": "maintenance", "queue": ["maintenance", "patching"]},
    {"name": "configuration request", "queue": ["configuration", "config", "config changes", "service requests"]},
]
_RT_DESKS: Preset = [
    {"name": "help request", "queue": ["help", "helpdesk", "help desk", "servicedesk", "service desk", "support"]}
]

TOIL_PRESETS: dict[str, Preset] = {
    "labels": _by("label"),
    "types": _by("type"),
    "projects": _by("project"),
    "titles": _TITLES,
    "github": [*_by("label"), *_by("type")],
    "phorge": [*_by("project"), *_by("type")],
    "jira": [*({"name": name, "type": types} for name, types in _JIRA_TYPES.items()), *_by("label")],
    "rt": [*_RT_QUEUES, *_TITLES, *_RT_DESKS],
}
