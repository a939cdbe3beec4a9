-- A store of schema version 1 becomes one of version 2.
ALTER TABLE event ALTER seq TYPE BIGINT;
ALTER TABLE account ADD COLUMN email VARCHAR;
ALTER TABLE shift RENAME person_id TO account_id;
CREATE TABLE source_status (source VARCHAR NOT NULL, status VARCHAR NOT NULL, stage VARCHAR NOT NULL);
CREATE TABLE absence (
    absence_id VARCHAR NOT NULL,
    source     VARCHAR NOT NULL,
    account_id VARCHAR NOT NULL,
    starts_at  TIMESTAMP NOT NULL,
    ends_at    TIMESTAMP NOT NULL
);
ALTER TABLE sync_run ADD COLUMN new_tickets BIGINT DEFAULT 0;
ALTER TABLE sync_run ADD COLUMN gone BIGINT DEFAULT 0;
ALTER TABLE sync_run ADD COLUMN requests BIGINT DEFAULT 0;
ALTER TABLE sync_run ADD COLUMN waited_seconds DOUBLE DEFAULT 0;
ALTER TABLE sync_run ADD COLUMN failure VARCHAR;
ALTER TABLE policy ADD COLUMN sources VARCHAR[] DEFAULT ['*'];
UPDATE store_meta SET schema_version = 2;
