-- The shared relations, as table macros over the facts: what was known before an instant. A spell that ended later
-- lasts; one that began later does not exist. The same questions without an instant, over all that is known, are the
-- facts themselves: see spells.sql.

-- Of tickets whose history begins before their opening, nothing is known until they are opened. Where facts.py has seen
-- the last of them opened, the plan knows that there are none, and leaves out every join with them.
CREATE MACRO unborn(instant) AS TABLE
SELECT ticket_id FROM fact.early WHERE instant <= last_early_at() AND opened_at >= instant;

-- An instant, if it is known by another.
CREATE MACRO known(moment, instant) AS CASE WHEN moment < instant THEN moment END;

-- Tickets that exist: opened before, not gone by then.
CREATE MACRO live_ticket(instant) AS TABLE
SELECT t.* FROM fact.ticket AS t
ANTI JOIN (SELECT ticket_id FROM store.gone WHERE gone_at < instant) AS g USING (ticket_id)
WHERE t.opened_at < instant;

-- Events before the instant, with who acted; one person under two accounts is one author. Gone tickets are among them:
-- they have a past, and whoever asks about the present joins live_ticket.
CREATE MACRO known_event(instant) AS TABLE
SELECT e.*, t.source, coalesce(a.is_bot, false) AS is_bot,
    coalesce(a.person_id, e.actor_id) IS NOT DISTINCT FROM coalesce(author.person_id, t.author_id) AS is_author
FROM fact.event AS e
JOIN fact.ticket AS t USING (ticket_id)
LEFT JOIN actor AS a ON a.account_id = e.actor_id
LEFT JOIN actor AS author ON author.account_id = t.author_id
WHERE e.occurred_at < instant AND t.opened_at < instant;

-- The changes of one field before the instant.
CREATE MACRO changed(name, instant) AS TABLE
SELECT e.ticket_id, e.occurred_at, e.seq, e.old, e.new
FROM (FROM fact.event WHERE field = name AND occurred_at < instant) AS e
ANTI JOIN unborn(instant) USING (ticket_id);

CREATE MACRO spell_in(told, instant) AS TABLE
SELECT ticket_id, field, value, from_at, from_seq,
    known(until_at, instant) AS until_at, if(until_at < instant, until_seq, NULL) AS until_seq, is_bot, actor_id
FROM query_table(told) ANTI JOIN unborn(instant) USING (ticket_id) WHERE from_at < instant;
CREATE MACRO spell(instant) AS TABLE FROM spell_in('fact.spell', instant);

CREATE MACRO queue_span_in(told, instant) AS TABLE
SELECT ticket_id, source, queue, {moment: from_at, seq: from_seq} AS from_key,
    CASE WHEN until_at < instant THEN {moment: until_at, seq: until_seq} END AS until_key
FROM query_table(told) WHERE opened_at < instant AND from_at < instant;
CREATE MACRO queue_span(instant) AS TABLE FROM queue_span_in('fact.queue_span', instant);

-- The queue a ticket is in at the instant; '' for a ticket that is in none.
CREATE MACRO queue_of(instant) AS TABLE
SELECT ticket_id, queue FROM fact.queue_span
WHERE opened_at < instant AND from_at < instant AND (until_at IS NULL OR until_at >= instant);

CREATE MACRO mapped_spell(mapping_kind, instant) AS TABLE
SELECT ticket_id, field, target, rank, from_at, from_seq,
    known(until_at, instant) AS until_at, if(until_at < instant, until_seq, NULL) AS until_seq, is_bot
FROM fact.mapped_spell ANTI JOIN unborn(instant) USING (ticket_id) WHERE kind = mapping_kind AND from_at < instant;

CREATE MACRO stage_spell(instant) AS TABLE
SELECT ticket_id, stage, from_at, from_seq,
    known(until_at, instant) AS until_at, if(until_at < instant, until_seq, NULL) AS until_seq, is_bot
FROM fact.stage_spell ANTI JOIN unborn(instant) USING (ticket_id) WHERE from_at < instant;

CREATE MACRO priority_spell_in(told, instant) AS TABLE
SELECT ticket_id, priority, from_at, from_seq,
    known(until_at, instant) AS until_at, if(until_at < instant, until_seq, NULL) AS until_seq, is_bot
FROM query_table(told) ANTI JOIN unborn(instant) USING (ticket_id) WHERE from_at < instant;
CREATE MACRO priority_spell(instant) AS TABLE FROM priority_spell_in('fact.priority_spell', instant);

CREATE MACRO open_spell_in(told, instant) AS TABLE
SELECT ticket_id, is_open, status, from_at, from_seq, is_bot, actor_id,
    known(until_at, instant) AS until_at, if(until_at < instant, until_seq, NULL) AS until_seq, cycle
FROM query_table(told) ANTI JOIN unborn(instant) USING (ticket_id) WHERE from_at < instant;
CREATE MACRO open_spell(instant) AS TABLE FROM open_spell_in('fact.open_spell', instant);

-- When each condition that triage rules speak of began (+1) and ceased (-1) to hold. The table of that name, of which
-- triage_stay is made, is not kept.
CREATE MACRO condition_change(instant) AS TABLE
WITH held AS (
    SELECT ticket_id, field || '_set' AS condition, from_at, from_seq, until_at, until_seq
    FROM spell(instant) WHERE field IN ('label', 'owner', 'project') AND NOT is_bot
    UNION ALL
    SELECT ticket_id, 'priority_set', from_at, from_seq, until_at, until_seq
    FROM mapped_spell('priorities', instant) WHERE NOT is_bot
    UNION ALL
    SELECT ticket_id, 'left_new', from_at, from_seq, until_at, until_seq
    FROM mapped_spell('stages', instant) WHERE target <> 'new' AND NOT is_bot
    UNION ALL
    SELECT ticket_id, 'closed', from_at, from_seq, until_at, until_seq
    FROM open_spell(instant) WHERE NOT is_open AND NOT is_bot
    UNION ALL
    SELECT ticket_id, 'commented', occurred_at, seq, NULL, NULL
    FROM fact.human_act WHERE field IN ('comment', 'note') AND NOT is_author AND occurred_at < instant
)
SELECT ticket_id, condition, from_at AS changed_at, from_seq AS seq, 1 AS change FROM held
UNION ALL
SELECT ticket_id, condition, until_at, until_seq, -1 FROM held WHERE until_at IS NOT NULL;

-- Each stay of a ticket in a queue, with what governs it, and the first moment its triage rule held. What ends in _us is
-- the reading of the calendar's clock, in open microseconds: the difference of two is working time.
CREATE MACRO triage_stay(instant) AS TABLE
SELECT ticket_id, queue, entered_at, entered_seq,
    known(left_at, instant) AS left_at, if(left_at < instant, left_seq, NULL) AS left_seq,
    cycle, team, calendar, rule, gone_at, known(triaged_at, instant) AS triaged_at,
    entered_us, if(left_at < instant, left_us, NULL) AS left_us, if(triaged_at < instant, triaged_us, NULL) AS triaged_us
FROM fact.triage_stay ANTI JOIN unborn(instant) USING (ticket_id) WHERE entered_at < instant;

CREATE MACRO queue_stay(instant) AS TABLE
SELECT * EXCLUDE (gone_at, triaged_at, entered_us, left_us, triaged_us) FROM triage_stay(instant);

-- The stay that answers for a ticket's opening: a ticket carried in by a transfer was opened elsewhere.
CREATE MACRO first_stay(instant) AS TABLE
SELECT ticket_id, queue, entered_at, entered_seq,
    known(left_at, instant) AS left_at, if(left_at < instant, left_seq, NULL) AS left_seq, cycle, team, calendar, rule
FROM fact.triage_stay ANTI JOIN unborn(instant) USING (ticket_id) WHERE is_first AND entered_at < instant;

-- What people do that counts as word of progress.
CREATE MACRO human_update(instant) AS TABLE
SELECT ticket_id, occurred_at, seq
FROM fact.human_act ANTI JOIN unborn(instant) USING (ticket_id)
WHERE actor_id IS NOT NULL AND occurred_at < instant;

CREATE MACRO first_word(instant) AS TABLE
SELECT ticket_id, responded_at, responder_id
FROM fact.answer ANTI JOIN unborn(instant) USING (ticket_id) WHERE responded_at < instant;

-- One row per ticket: the first word, if there was one, and who answered for it, if anybody did by then.
CREATE MACRO answer(instant) AS TABLE
SELECT ticket_id, opened_at, gone_at, if(entered_at < instant, queue, NULL) AS queue, if(entered_at < instant, team, NULL) AS team,
    if(entered_at < instant, calendar, NULL) AS calendar, known(responded_at, instant) AS responded_at,
    if(responded_at < instant, responder_id, NULL) AS responder_id,
    if(entered_at < instant, opened_us, NULL) AS opened_us,
    if(entered_at < instant AND responded_at < instant, responded_us, NULL) AS responded_us
FROM fact.answer WHERE opened_at < instant;

-- A while in which a ticket is in a queue, open, and not gone.
CREATE MACRO presence(instant) AS TABLE
SELECT ticket_id, queue, from_at, row(from_at, from_seq) AS from_key, arrival,
    known(until_at, instant) AS until_at, if(until_at < instant, departure, NULL) AS departure
FROM fact.presence ANTI JOIN unborn(instant) USING (ticket_id) WHERE from_at < instant;

-- In which stage, of which queue, each ticket stood when.
CREATE MACRO stage_stay(instant) AS TABLE
SELECT ticket_id, source, queue, stage, from_at, from_seq,
    known(until_at, instant) AS until_at, if(until_at < instant, until_seq, NULL) AS until_seq
FROM fact.stage_stay WHERE from_at < instant;

-- Who had what in work when; person_id is NULL where nobody did.
CREATE MACRO work(instant) AS TABLE
SELECT ticket_id, source, queue, person_id, person, from_at, known(until_at, instant) AS until_at
FROM fact.work WHERE from_at < instant;

-- Which owned, active tickets heard nothing for the days that the settings call silence, and while they did.
CREATE MACRO silence(instant) AS TABLE
SELECT q.ticket_id, q.queue, greatest(q.from_at, q.said_at + to_days(p.silent_days) - INTERVAL 1 microsecond) AS from_at,
    known(q.until_at, instant) AS until_at
FROM fact.quiet AS q
JOIN (
    SELECT source, queue, valid_from, valid_until, (definition->>'silent_days')::INTEGER AS silent_days
    FROM queue_practice WHERE kind = 'ownership'
) AS p ON p.source = q.source AND p.queue = q.queue AND q.said_at >= p.valid_from AND q.said_at < p.valid_until
WHERE greatest(q.from_at, q.said_at + to_days(p.silent_days) - INTERVAL 1 microsecond)
    < least(instant, coalesce(q.until_at, TIMESTAMP '9999-12-31'));

-- The gaps between updates while a ticket is open at one priority, the running one included.
CREATE MACRO update_gap(instant) AS TABLE
SELECT ticket_id, queue, cycle, started_at,
    known(met_at, instant) AS met_at, known(withdrawn_at, instant) AS withdrawn_at
FROM fact.update_gap ANTI JOIN unborn(instant) USING (ticket_id) WHERE started_at < instant;

-- The clocks that promises run on. One row per time a clock ran: what it ran for, since when, when the promise was
-- met (NULL: not yet), and when it was withdrawn because the ticket left the queue or was gone (NULL: it was not).
-- Clocks between configured milestones are built per policy: see metrics/slo_clocks.py.
CREATE MACRO clock(instant) AS TABLE
SELECT 'triage' AS clock, ticket_id, queue, cycle, entered_at AS started_at, triaged_at AS met_at, left_at AS withdrawn_at
FROM triage_stay(instant)
UNION ALL
SELECT 'first_response', t.ticket_id, s.queue, 1, t.opened_at, w.responded_at, NULL
FROM fact.ticket AS t
JOIN first_stay(instant) AS s USING (ticket_id)
LEFT JOIN first_word(instant) AS w USING (ticket_id)
WHERE t.opened_at < instant
UNION ALL
SELECT 'resolve', ticket_id, queue, row_number() OVER (PARTITION BY ticket_id, queue ORDER BY from_at), from_at,
    CASE WHEN departure = 'closed' THEN until_at END, CASE WHEN departure <> 'closed' THEN until_at END
FROM presence(instant)
UNION ALL
SELECT 'update', * FROM update_gap(instant);

-- A value as a milestone's pattern names it: in lower case, an owner by the login alone.
CREATE MACRO said(field, value) AS lower(if(field = 'owner', split_part(value, '/', -1), value));
