-- The open clocks of these rules on these subjects are met, their timers gone; a paused one with the
-- time it stood still added, as if it had been resumed. The breach of a late one is recorded even if
-- no sweep saw it. Returns each clock, and whether the sweep had seen its breach: its timer was gone.
-- Locks clocks by id, then their timers.
CREATE OR REPLACE FUNCTION meet_clocks(
    p_type integer, p_subjects bigint[], p_rules text[], p_at timestamptz
) RETURNS TABLE (met_rule text, met_store bigint, met_subject bigint, was_breached boolean)
LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY
    WITH held AS (
        SELECT h.id, h.state AS was, clock_seconds(h.unit, h.store_id, h.paused_at, p_at) AS still
        FROM deadlines_deadline h
        WHERE h.subject_type_id = p_type AND h.subject_id = ANY (p_subjects)
          AND h.rule = ANY (p_rules) AND h.state IN ('running', 'paused')
        ORDER BY h.id
        FOR UPDATE
    ), stopped AS (
        DELETE FROM deadlines_deadlinetimer t USING held
        WHERE t.deadline_id = held.id
        RETURNING t.deadline_id
    ), met AS (
        UPDATE deadlines_deadline d
        SET state = 'met', met_at = p_at, paused_at = NULL,
            due_at = clock_later(d.unit, d.store_id, d.due_at, coalesce(held.still, 0)),
            paused_seconds = d.paused_seconds + coalesce(held.still, 0)
        FROM held
        WHERE d.id = held.id
        RETURNING d.id, d.rule, d.store_id, d.subject_id, d.due_at
    ), unseen AS (
        INSERT INTO deadlines_deadlineevent (deadline_id, kind, percent, at, note)
        SELECT met.id, 'breached', 100, met.due_at, ''
        FROM met JOIN stopped ON stopped.deadline_id = met.id
        WHERE met.due_at < p_at
    )
    SELECT met.rule::text, met.store_id, met.subject_id,
           held.was = 'running' AND stopped.deadline_id IS NULL
    FROM met JOIN held ON held.id = met.id LEFT JOIN stopped ON stopped.deadline_id = met.id;
END
$$;
