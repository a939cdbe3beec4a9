-- The tables of a Watchbill store: the one contract between ingest (which writes) and metrics (which ask).
--
-- Instants are UTC in TIMESTAMP columns (microseconds, no zone) and end in _at. Intervals are [from, until).
-- There are no primary keys: ingest.store deletes and inserts by natural key and proves uniqueness in the same
-- transaction, which is several times faster and keeps the file small.

CREATE TABLE store_meta (
    schema_version  INTEGER NOT NULL,   -- readers refuse a version they do not know
    settings_digest VARCHAR,            -- of the policies below, to notice that watchbill.toml has moved on
    is_demo         BOOLEAN NOT NULL DEFAULT false
);

-- One row per ticket: what never changes, or is only shown. Natural key: ticket_id.
CREATE TABLE ticket (
    ticket_id   VARCHAR NOT NULL,       -- source and the tracker's own name, such as github/acme/infra#12
    source      VARCHAR NOT NULL,       -- the source's name in the settings: github, phorge, jira, rt, files, ...
    key         VARCHAR NOT NULL,       -- what people call it: infra#12, T123, OPS-7
    url         VARCHAR,
    title       VARCHAR NOT NULL,       -- as last seen; the title at an instant is an event
    opened_at   TIMESTAMP NOT NULL,
    author_id   VARCHAR,                -- account.account_id
    type        VARCHAR,                -- the tracker's issue type, as last seen
    description VARCHAR                 -- as last seen: trackers do not tell how it was
);

-- Everything that changes. One row per change of one field. Natural key: (ticket_id, event_id).
-- In order: (occurred_at, seq). Trackers write whole seconds, so seq (the place in the tracker's own timeline)
-- is what orders events of one second.
--
-- field: created, status, column, priority, owner, project, label, queue, type, milestone, title, description,
--        comment, note (a comment that the requester cannot see), comment_deleted, link, duplicate, eta, effort,
--        visibility, lock, custom.NAME (a custom field), and `other` (a kind that changes nothing Watchbill measures,
--        or one it does not know: kept, its name in new).
-- old/new: what the field lost and gained. Fields with one value (status, column, priority, queue, type, title, eta,
--          custom.NAME) carry both where the tracker tells both. Fields with many (owner, label, project, milestone,
--          link) gain with old NULL and lose with new NULL; a link is `relation ticket_id`, such as
--          `child_of phorge/T7`. A comment's text is in new. effort is minutes of work added, in new.
--          eta is an instant or a date, ISO 8601. Owners are account ids.
CREATE TABLE event (
    ticket_id   VARCHAR NOT NULL,
    event_id    VARCHAR NOT NULL,
    occurred_at TIMESTAMP NOT NULL,
    seq         BIGINT NOT NULL,
    actor_id    VARCHAR,                -- account.account_id; NULL where the tracker names nobody
    field       VARCHAR NOT NULL,
    old         VARCHAR,
    new         VARCHAR,
    origin      VARCHAR NOT NULL        -- recorded by the tracker, or inferred by comparing with a snapshot
);

-- A ticket that was deleted, moved away or hidden leaves the numbers from gone_at on. Natural key: ticket_id.
CREATE TABLE gone (
    ticket_id   VARCHAR NOT NULL,
    gone_at     TIMESTAMP NOT NULL,
    reason      VARCHAR NOT NULL        -- deleted, moved, or hidden: the tracker shows it no more and does not say why
);

-- One login at one source. Natural key: account_id, such as github/mona.
CREATE TABLE account (
    account_id  VARCHAR NOT NULL,
    source      VARCHAR NOT NULL,
    login       VARCHAR NOT NULL,
    name        VARCHAR,
    is_bot      BOOLEAN NOT NULL,       -- as the source says; account_setting may add to it
    email       VARCHAR                 -- where the source tells it: to suggest whose account this is
);

-- What a tracker itself says of its statuses. The settings' stages stand above it. Natural key: (source, status).
CREATE TABLE source_status (
    source      VARCHAR NOT NULL,
    status      VARCHAR NOT NULL,
    stage       VARCHAR NOT NULL        -- new, triaged, active, waiting, done
);

CREATE TABLE person (
    person_id   VARCHAR NOT NULL,
    name        VARCHAR NOT NULL,
    zone        VARCHAR NOT NULL,
    joined_on   DATE,
    left_on     DATE,
    roles       VARCHAR[] NOT NULL,
    share       DOUBLE NOT NULL DEFAULT 1  -- of full time
);

-- The public holidays of each person's country, where the settings name it.
CREATE TABLE person_holiday (
    person_id   VARCHAR NOT NULL,
    day         DATE NOT NULL,
    title       VARCHAR NOT NULL
);

-- Who was on duty, as the calendars say now. Natural key: shift_id.
CREATE TABLE shift (
    shift_id    VARCHAR NOT NULL,
    source      VARCHAR NOT NULL,
    role        VARCHAR NOT NULL,
    account_id  VARCHAR NOT NULL,       -- account_setting says which person that is
    starts_at   TIMESTAMP NOT NULL,
    ends_at     TIMESTAMP NOT NULL
);

-- Who was away, as the calendars say now. Natural key: absence_id.
CREATE TABLE absence (
    absence_id  VARCHAR NOT NULL,
    source      VARCHAR NOT NULL,
    account_id  VARCHAR NOT NULL,
    starts_at   TIMESTAMP NOT NULL,
    ends_at     TIMESTAMP NOT NULL
);

-- Every attempt to read a source, so that a page can say how fresh its numbers are.
CREATE TABLE sync_run (
    run_id      VARCHAR NOT NULL,
    source      VARCHAR NOT NULL,
    scope       VARCHAR NOT NULL,       -- the queue or repository read
    started_at  TIMESTAMP NOT NULL,
    finished_at TIMESTAMP NOT NULL,
    data_until  TIMESTAMP,              -- the history is complete up to here, as far as the source tells
    tickets     BIGINT NOT NULL,        -- read in this run
    events      BIGINT NOT NULL,
    changed     BIGINT NOT NULL,        -- rows that were new or different
    rejected    BIGINT NOT NULL,
    new_tickets BIGINT NOT NULL,
    gone        BIGINT NOT NULL,        -- tickets found to be gone
    requests    BIGINT NOT NULL,        -- questions asked of the tracker; 0: read from files
    waited_seconds DOUBLE NOT NULL,     -- because the tracker asked for patience
    failure     VARCHAR                 -- why it was not read to the end; NULL: it was
);

-- What could not be taken in, with the reason and the place.
CREATE TABLE rejected (
    run_id      VARCHAR NOT NULL,
    source      VARCHAR NOT NULL,
    place       VARCHAR NOT NULL,       -- file and line, or request
    reason      VARCHAR NOT NULL
);

-- How far each source has been read, in the source's own words. Natural key: (source, name).
CREATE TABLE watermark (
    source      VARCHAR NOT NULL,
    name        VARCHAR NOT NULL,
    value       VARCHAR NOT NULL
);

-- What the settings say, carried along so that a notebook needs nothing but this file.
-- Several versions of one name may stand side by side; valid_from tells which is in force.
CREATE TABLE account_setting (
    account_id  VARCHAR NOT NULL,
    person_id   VARCHAR,                -- whose account this is; NULL: not mapped
    is_bot      BOOLEAN NOT NULL        -- bots never triage, answer or update
);

CREATE TABLE team (
    team        VARCHAR NOT NULL,
    ordinal     INTEGER NOT NULL,       -- the first team that claims a queue has it
    calendar    VARCHAR NOT NULL,
    queues      VARCHAR[] NOT NULL      -- names, or patterns with * and ?
);

CREATE TABLE calendar (
    calendar    VARCHAR NOT NULL,
    valid_from  TIMESTAMP NOT NULL,
    zone        VARCHAR NOT NULL,
    hours       JSON NOT NULL           -- {"mon": ["09:00-17:00"], ...}
);

-- Days that are not like their weekday. Empty hours: closed all day.
CREATE TABLE calendar_day (
    calendar    VARCHAR NOT NULL,
    valid_from  TIMESTAMP NOT NULL,
    day         DATE NOT NULL,
    title       VARCHAR NOT NULL,
    hours       VARCHAR[] NOT NULL
);

CREATE TABLE policy (
    kind        VARCHAR NOT NULL,       -- stages, priorities, triage, slo, incident, cadence, wip, ownership, intake, toil, role
    name        VARCHAR NOT NULL,
    valid_from  TIMESTAMP NOT NULL,
    ordinal     INTEGER NOT NULL,       -- the first of a kind that matches source and queue decides
    queues      VARCHAR[] NOT NULL,
    definition  JSON NOT NULL,
    sources     VARCHAR[] NOT NULL      -- names, or patterns with * and ?: whose tickets it is for
);
