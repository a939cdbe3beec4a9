"""Upkeep and breakage of the infrastructure: title, what the asker writes, what the answer turns out to be."""

from ingest.demo.asked_of_infra import Asked

MAINTENANCE: tuple[Asked, ...] = (
    (
        "Renew certificate for {domain}",
        "Expires on {date}. The automatic renewal does not cover this one.",
        "New certificate is in place, next one is automated.",
    ),
    (
        "Patch window {region}: kernel updates",
        "Regular window. {n} hosts, rolling, with draining.",
        "All hosts on the new kernel, none had to be rolled back.",
    ),
    (
        "Replace failed disk in {host}",
        "Array is degraded, spare is in the cage. Slot {n}.",
        "Disk swapped by remote hands, rebuild finished overnight.",
    ),
    (
        "Upgrade {db} to the current minor release",
        "Two minor versions behind, one fix concerns us.",
        "Upgraded with a failover, 11 seconds of read-only.",
    ),
    (
        "Decommission {host}",
        "Nothing runs there since the move. Check the cron jobs before pulling the plug.",
        "Wiped, out of inventory, monitoring and DNS.",
    ),
    (
        "Rotate service credentials for {service}",
        "Half-yearly rotation is due.",
        "Rotated in both regions, old ones revoked after a day.",
    ),
    (
        "Firmware update for switches in {dc}",
        "Vendor advisory, medium severity. Needs a window per row.",
        "Both rows done, uplinks came back within a minute each.",
    ),
    (
        "Clean up unused volumes in {region}",
        "About {n}0 unattached volumes, some older than a year.",
        "Tagged, waited two weeks, deleted. Nobody missed them.",
    ),
    (
        "Move {service} to the new data hall",
        "Next in the plan. Owners are told, window is agreed.",
        "Moved, checked with the owners, old machines are drained.",
    ),
    (
        "Disaster recovery test for {service}",
        "Quarterly test: restore from cold, measure, write down.",
        "Done in {n}4 minutes; two steps of the runbook corrected.",
    ),
    (
        "Rebuild {host} on the current image",
        "Still on the old image with hand-made changes.",
        "Rebuilt from code, hand-made changes are in the role now.",
    ),
    (
        "Retire the old log shipper",
        "Everything sends through the new one since {date}.",
        "Package removed everywhere, ports closed.",
    ),
    (
        "UPS battery replacement {dc}",
        "Self-test warns. Electrician proposes next Thursday.",
        "Batteries replaced, self-test passes.",
    ),
    (
        "Clean stale DNS records under {domain}",
        "Found {n} records that point nowhere.",
        "Removed after checking query logs for a week.",
    ),
    (
        "Archive monitoring data older than 13 months",
        "Storage node is at {percent} %.",
        "Archived and verified, node is back to normal.",
    ),
)

OUTAGE: tuple[Asked, ...] = (
    (
        "{service} returns 502 in {region}",
        "Since a few minutes, roughly one request in {n}. {customer} called.",
        "One backend had run out of file handles; limit raised everywhere.",
    ),
    (
        "High latency on {db}",
        "p95 went from 20 ms to over a second. Writes are worse.",
        "A report held locks. Killed it; it runs on the replica now.",
    ),
    (
        "{host} is not reachable",
        "No ping, no ssh, console shows nothing.",
        "Power supply. Machine is back on the second one, spare ordered.",
    ),
    (
        "Disk full on {host}",
        "Writes fail, {service} is read-only.",
        "Freed by removing core dumps; alert added at 80 %.",
    ),
    (
        "Queue of {service} keeps growing",
        "{n}0k messages waiting and the workers look idle.",
        "Workers hung on a dead connection. Keepalive is set now.",
    ),
    (
        "Customers in {region} cannot log in",
        "Error page after the password step. Support has {n} calls.",
        "Session store had failed over badly; clean failover done.",
    ),
    (
        "Packet loss between {dc} and {region}",
        "{percent2} % since the last hour, both directions.",
        "Carrier moved us off a faulty line card.",
    ),
    (
        "Replication lag on {db} above {n} minutes",
        "Read traffic shows old data.",
        "Replica had a slow disk, replaced it with a fresh one.",
    ),
    (
        "Deploys are failing for everyone",
        "The deploy service answers 500 to every start.",
        "Its database was out of connections after an upgrade.",
    ),
    (
        "Intermittent timeouts on {service}",
        "Comes and goes, about every {n} minutes.",
        "Garbage collection with too little heap. Heap raised.",
    ),
    (
        "Backup of {db} failed {n} nights in a row",
        "Log ends in the middle, no error.",
        "Target was full at 2 am only. Moved to the larger target.",
    ),
    (
        "Webhook deliveries are late",
        "{customer} sees them with {n} minutes of delay.",
        "One shard was stuck, moved its work and restarted it.",
    ),
    (
        "{domain} does not resolve for some users",
        "Depends on the resolver, it seems.",
        "One of our name servers had an old zone. Resynced.",
    ),
)
SEEN_IN_INCIDENTS = (
    "502s on {service} for our customers",
    "{service} down?",
    "{customer} reports errors on {service}",
    "Anyone else seeing timeouts on {service}?",
    "{service} dashboard is empty",
    "Login to {service} broken in {region}",
    "Jobs stuck since {service} acts up",
)
INCIDENTS: tuple[Asked, ...] = (
    (
        "{service} unavailable in {region}",
        "Health checks of {service} fail in {region}. Started at the time of this ticket.",
        "All checks green for an hour. Closing; review follows.",
    ),
    (
        "Partial outage: {service} errors above {percent2} %",
        "Error rate passed the page threshold.",
        "Error rate back at its usual level since the rollback.",
    ),
    (
        "Power feed B lost in {dc}",
        "Half of the racks in {dc} run on one feed.",
        "Feed restored and load balanced again.",
    ),
    (
        "{db} primary lost, writes failing",
        "Automatic failover did not happen.",
        "Replica promoted by hand, old primary rebuilt.",
    ),
    (
        "Network split between {dc} and the core",
        "Both uplinks flap, {service} is affected first.",
        "Faulty optic replaced, both uplinks stable.",
    ),
)
