-- A store of schema version 2 becomes one of version 3.
ALTER TABLE person ADD COLUMN share DOUBLE DEFAULT 1;
CREATE TABLE person_holiday (person_id VARCHAR NOT NULL, day DATE NOT NULL, title VARCHAR NOT NULL);
UPDATE store_meta SET schema_version = 3, settings_digest = NULL;
