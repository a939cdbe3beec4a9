"""What the infrastructure team is asked: title, what the asker writes, what the answer turns out to be.

The most frequent of each kind come first. Names in braces are filled in by `tickets`. Upkeep and breakage stand in
`asked_upkeep`.
"""

Asked = tuple[str, str, str]

CONFIG: tuple[Asked, ...] = (
    (
        "Raise memory limit for {service} in {env}",
        "{service} gets killed about {n} times a day. Graphs say it wants roughly twice what it has.",
        "Raised to {n} GiB and rolled out, no restarts since.",
    ),
    (
        "Add DNS record for {domain}",
        "Please point {domain} at the {env} balancer. TTL does not matter to us.",
        "Record is live, both resolvers answer.",
    ),
    (
        "Open port {port} from {host} to {db}",
        "The new importer on {host} has to reach {db} on {port}. Nothing else needs to change.",
        "Rule merged and pushed, connection test from {host} is green.",
    ),
    (
        "Increase disk on {host} by {n}0 GB",
        "/var on {host} is at {percent} % and grows by about a gigabyte a day.",
        "Volume grown online, now well below the warning level.",
    ),
    (
        "Enable gzip for {service} responses",
        "Answers of {service} are large and the {region} customers notice. Can we compress at the proxy?",
        "On for text and JSON at the proxy, off for already packed types.",
    ),
    (
        "Add {domain} to the certificate of {service}",
        "{customer} goes live under {domain} and browsers complain about the name.",
        "Certificate reissued with the extra name and deployed.",
    ),
    (
        "New cron job for {service} on {host}",
        "We need the nightly export of {service} at 02:{port2}. The script is in the deploy repository.",
        "Timer is installed, first run went through with exit code 0.",
    ),
    (
        "Set connection pool of {service} to {n}",
        "We run out of connections at peak. The database has room according to the dashboard.",
        "Pool size changed in both regions, peak tomorrow will tell.",
    ),
    (
        "Change log retention for {service} to {n} days",
        "Legal wants {n} days for {service}. Everything older can go.",
        "Retention set; the cleanup deletes the rest tonight.",
    ),
    (
        "Rate limit for /api/v2 on {env}",
        "One client of {customer} sends {n}00 requests a second. Can we cap it per key?",
        "Limit per key is active, the client sees 429 and backs off.",
    ),
    (
        "Allow {net} on the {region} firewall",
        "{customer} moved offices, their new range is {net}.",
        "Old range removed, new one added, they confirmed.",
    ),
    (
        "Turn on slow query log on {db}",
        "We suspect two reports. A week of logging would settle it.",
        "Logging everything above 500 ms, file is shared with you.",
    ),
    (
        "Header X-Request-Id gets lost between proxy and {service}",
        "We cannot follow a request across {service} because the id is dropped.",
        "Proxy passes the header through now, also on retries.",
    ),
    (
        "Move {service} config from env vars to the vault",
        "Half of it is in the unit file, half in the vault. We would like one place.",
        "All of it lives in the vault; unit file has no values left.",
    ),
    (
        "Timezone on {host} is CET, expected UTC",
        "Timestamps of {host} are off against all other hosts.",
        "Set to UTC and the collector restarted.",
    ),
    (
        "Second resolver for {dc}",
        "If ns1 is rebooted all of {dc} waits. Please add a second one to the DHCP options.",
        "Second resolver handed out in {dc}, leases renew within the day.",
    ),
    (
        "IPv6 for {domain}",
        "{customer} asks for AAAA records, their network is v6 first.",
        "AAAA is published, probes from outside pass.",
    ),
    (
        "Quota for team storage: {n} TB please",
        "The render archive hit its quota last night and uploads fail.",
        "Quota raised, and a warning at 85 % goes to you.",
    ),
)

HELP: tuple[Asked, ...] = (
    (
        "How do I get logs of {service} from last week?",
        "The dashboard only goes back three days. Is there an archive?",
        "Archive is on the log host; I added the query to the wiki page.",
    ),
    (
        "Deploy of {service} to {env} hangs at step {n}",
        "It sits there until the timeout. Same commit went fine yesterday.",
        "A stale lock of an aborted run. Removed it; deploys work again.",
    ),
    (
        "Cannot connect to {db} from my laptop",
        "Connection times out since this morning, VPN is up.",
        "Your VPN profile was from before the move. New one works.",
    ),
    (
        "Which host runs {service} now?",
        "After the move the old name does not answer. Where did it go?",
        "It is behind the balancer now, use the service name.",
    ),
    (
        "Is it safe to restart {service} during the day?",
        "We have a fix ready and would rather not wait for the night.",
        "Yes, two at a time drain cleanly. Runbook has the command.",
    ),
    (
        "Build runner out of space",
        "All my builds fail with 'no space left on device' since noon.",
        "Old images pruned; the prune job had been off since the upgrade.",
    ),
    (
        "Need a restore of {db} to {env}",
        "We deleted rows by mistake around {n}:00. A copy beside the original is enough.",
        "Restored as a second database, you can copy the rows over.",
    ),
    (
        "Why is {service} slower in {region}?",
        "Median is three times what we see elsewhere. Nothing deployed on our side.",
        "Traffic went the long way round after a peering change. Fixed by the carrier.",
    ),
    (
        "Staging shows a certificate warning",
        "Browser says expired yesterday for {domain}.",
        "Renewal was stuck on a wrong challenge record. Valid again.",
    ),
    (
        "Help sizing a new worker pool for {customer}",
        "They expect {n}00 jobs an hour. What do we order?",
        "Start with {n} small workers; numbers are in the sheet.",
    ),
    (
        "Alert fires every night at 03:{port2}, can we silence it?",
        "It resolves itself after five minutes and wakes people.",
        "It was the backup window. Threshold now knows about it.",
    ),
    (
        "Where do I put secrets for the {service} pipeline?",
        "The wiki has two answers and I think both are old.",
        "In the vault under your team's path. I deleted the old wiki page.",
    ),
    (
        "Metrics of {host} are missing since {date}",
        "The graph just stops. The machine itself is fine.",
        "Exporter died with the kernel update, restarted and pinned.",
    ),
    (
        "Mails from {service} land in spam",
        "Three customers told us, all with the same provider.",
        "Signing key on the new relay was not published. It is now.",
    ),
    (
        "Can we have a preview environment for {customer}?",
        "A week is enough, for their acceptance tests.",
        "Up until the end of the month, it removes itself then.",
    ),
    (
        "Image pull from the registry is very slow",
        "{n} minutes for an image that used to take one.",
        "Cache in {dc} had dropped out of the pool. Back in.",
    ),
    (
        "Question about backups of {db}",
        "How far back can we go, and has anybody tried it?",
        "35 days, and the monthly restore test passed last week.",
    ),
    (
        "'Permission denied' in the {service} pipeline",
        "Nothing changed on our side, it started with run {n}17.",
        "The job ran as the old user. Role corrected.",
    ),
)

ACCESS: tuple[Asked, ...] = (
    (
        "SSH access to {host} for {colleague}",
        "Needed for the {service} migration, until the end of the month.",
        "Added with an end date.",
    ),
    (
        "Read access to {db} for {colleague}",
        "For the billing analysis. Read only is fine.",
        "Granted through the reporting role.",
    ),
    (
        "Dashboard editor rights for {colleague}",
        "They take over the {service} dashboards.",
        "You are an editor of that folder now.",
    ),
    (
        "New deploy key for {service}",
        "The pipeline moves to the new runner, public part attached.",
        "Key is in, old one removed.",
    ),
    (
        "Break-glass account check for {region}",
        "Yearly check that the sealed accounts still work.",
        "Both opened, used, and sealed again with new credentials.",
    ),
    ("Sudo for {colleague} on {env}", "Only for restarting {service}.", "Limited to that one unit."),
)
