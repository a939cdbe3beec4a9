"""The tables of a desk, step by step: a file remembers how many steps it has taken, and takes the rest when opened.

A step that was ever released is never changed; the next change is another step. Instants are UTC as ISO 8601 and end
in _at, days end in _on, JSON ends in _json. Every row that people may change has a version, counted from 1.
"""

STEPS = (
    """
    CREATE TABLE past (              -- what a row was before it was changed or thrown away
        kind TEXT NOT NULL,          -- the table
        id INTEGER NOT NULL,
        version INTEGER NOT NULL,
        content_json TEXT NOT NULL,
        ended_at TEXT NOT NULL,
        ended_by TEXT NOT NULL,
        PRIMARY KEY (kind, id, version)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE meeting (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        version INTEGER NOT NULL DEFAULT 1,
        team TEXT NOT NULL,
        as_of_at TEXT NOT NULL,      -- what the agenda was made from
        agenda_json TEXT NOT NULL,   -- frozen with the meeting
        opened_at TEXT NOT NULL,
        opened_by TEXT NOT NULL,
        closed_at TEXT,
        closed_by TEXT,
        minutes TEXT                 -- Markdown
    ) STRICT;
    CREATE INDEX meeting_by_team ON meeting (team, as_of_at);
    CREATE TABLE decision (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        version INTEGER NOT NULL DEFAULT 1,
        team TEXT NOT NULL,
        meeting_id INTEGER REFERENCES meeting (id),
        ticket_id TEXT,              -- NULL: not about one ticket
        ticket_key TEXT,
        what TEXT NOT NULL,
        owner TEXT,
        due_on TEXT,
        state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'dropped')),
        decided_at TEXT NOT NULL,
        decided_by TEXT NOT NULL,
        settled_at TEXT,
        settled_by TEXT
    ) STRICT;
    CREATE INDEX decision_by_team ON decision (team, state);
    CREATE INDEX decision_by_meeting ON decision (meeting_id);
    CREATE TABLE handoff_note (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        version INTEGER NOT NULL DEFAULT 1,
        team TEXT NOT NULL,
        role TEXT NOT NULL,          -- '': for whoever comes on duty
        week TEXT NOT NULL,          -- the week that ends with this handoff, such as 2026-W47
        words TEXT NOT NULL,
        written_at TEXT NOT NULL,
        written_by TEXT NOT NULL,
        UNIQUE (team, role, week)
    ) STRICT;
    CREATE TABLE handoff_read (
        team TEXT NOT NULL,
        role TEXT NOT NULL,
        week TEXT NOT NULL,
        person TEXT NOT NULL,
        read_at TEXT NOT NULL,
        PRIMARY KEY (team, role, week, person)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE rota_draft (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        version INTEGER NOT NULL DEFAULT 1,
        team TEXT NOT NULL,
        name TEXT NOT NULL,
        problem_json TEXT NOT NULL,
        plan_json TEXT,              -- NULL: not planned yet
        written_at TEXT NOT NULL,
        written_by TEXT NOT NULL
    ) STRICT;
    CREATE TABLE published_rota (    -- never changed: the next one stands beside it
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        team TEXT NOT NULL,
        sequence INTEGER NOT NULL,   -- counted per team from 1: calendars take the higher one for newer
        problem_json TEXT NOT NULL,
        plan_json TEXT NOT NULL,
        note TEXT NOT NULL,
        published_at TEXT NOT NULL,
        published_by TEXT NOT NULL,
        UNIQUE (team, sequence)
    ) STRICT;
    CREATE TABLE saved_view (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        version INTEGER NOT NULL DEFAULT 1,
        name TEXT NOT NULL UNIQUE,
        path TEXT NOT NULL,          -- the page
        parameters_json TEXT NOT NULL,
        written_at TEXT NOT NULL,
        written_by TEXT NOT NULL
    ) STRICT
    """,
)
