-- As storms_v1.sql has it, and a storm climbs the ladder as any alert does.

-- The open storm that a check's news for an owner belong to; null while they are few enough for a
-- row each. p_keys are about to be raised: those that aren't open yet are news. What came up
-- earlier within the window, and nobody has taken up, is folded here, but for p_keys: the caller
-- writes them. p_facts: severity, clause, deadline_at, examples.
--
-- Each statement of it sees what others committed meanwhile. Rows that others hold are passed over:
-- they are folded by the next look. The storm's row is held for share until the end of the
-- transaction, so that it can't be closed before what is folded into it is there to be seen.
CREATE FUNCTION alert_storm(
    p_store bigint, p_check text, p_owner text, p_keys text[], p_facts jsonb, p_defaults jsonb,
    p_at timestamptz
) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_most numeric := alert_number('alerts.storm', p_store, p_at, p_defaults);
    v_since timestamptz := alert_storm_since(p_store, p_at, p_defaults);
    v_recent integer;
    v_news integer;
    v_storm bigint;
BEGIN
    SELECT count(*) INTO v_recent FROM (
        SELECT FROM alerts_alert
        WHERE store_id = p_store AND check_code = p_check AND owner_role = p_owner
          AND NOT (state = 'resolved') AND opened_at > v_since
        LIMIT v_most + 1
    ) recent;
    IF v_recent + cardinality(p_keys) <= v_most THEN
        RETURN NULL;
    END IF;
    SELECT count(*) INTO v_news FROM unnest(p_keys) AS k (key)
    WHERE NOT EXISTS (
        SELECT FROM alerts_alert a
        WHERE a.store_id = p_store AND a.check_code = p_check AND a.key = k.key
          AND NOT (a.state = 'resolved')
    );
    IF v_recent + v_news <= v_most OR (v_news = 0 AND p_keys <> '{}') THEN
        RETURN NULL;
    END IF;

    v_storm := alert_open_storm(p_store, p_check, p_owner, p_facts, p_defaults, p_at);
    UPDATE alerts_alert a SET folded_into_id = v_storm
    FROM (
        SELECT id FROM alerts_alert
        WHERE store_id = p_store AND check_code = p_check AND owner_role = p_owner
          AND opened_at > v_since AND state = 'open' AND assignee_id IS NULL
          AND snoozed_until IS NULL AND folded_into_id IS NULL AND key <> ALL (p_keys)
        ORDER BY id
        FOR UPDATE SKIP LOCKED
    ) free
    WHERE a.id = free.id;
    RETURN v_storm;
END
$$;

-- The storm's alert, open and held: the one there is, else a new one, else the last one reopened.
CREATE FUNCTION alert_open_storm(
    p_store bigint, p_check text, p_owner text, p_facts jsonb, p_defaults jsonb, p_at timestamptz
) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_key text := p_check || ':' || p_owner;
    v_storm bigint;
    v_kind text := 'opened';
    v_climbs_at timestamptz := alert_climbs_at(
        p_store, p_facts ->> 'severity', p_at, p_defaults
    );
BEGIN
    LOOP
        SELECT id INTO v_storm FROM alerts_alert
        WHERE store_id = p_store AND check_code = 'alerts.storm' AND key = v_key
          AND NOT (state = 'resolved')
        FOR SHARE;
        EXIT WHEN v_storm IS NOT NULL;

        INSERT INTO alerts_alert (
            store_id, check_code, key, clause, subject_label, severity, owner_role, evidence,
            deadline_at, state, opened_at, last_seen_at, resolution, times_reopened, climbs_at
        )
        VALUES (
            p_store, 'alerts.storm', v_key, p_facts ->> 'clause', '', p_facts ->> 'severity',
            p_owner,
            jsonb_build_object('check', p_check, 'examples', p_facts -> 'examples'),
            (p_facts ->> 'deadline_at')::timestamptz, 'open', p_at, p_at, '', 0,
            v_climbs_at
        )
        ON CONFLICT (store_id, check_code, key) DO NOTHING
        RETURNING id INTO v_storm;

        IF v_storm IS NULL THEN
            v_kind := 'reopened';
            UPDATE alerts_alert
            SET state = 'open', resolution = '', resolved_at = NULL, opened_at = p_at,
                last_seen_at = p_at, times_reopened = times_reopened + 1, level = 0,
                escalated_to = '', climbs_at = v_climbs_at,
                severity = p_facts ->> 'severity',
                deadline_at = (p_facts ->> 'deadline_at')::timestamptz,
                evidence = evidence || jsonb_build_object('examples', p_facts -> 'examples')
            WHERE store_id = p_store AND check_code = 'alerts.storm' AND key = v_key
              AND state = 'resolved'
            RETURNING id INTO v_storm;
        END IF;
        IF v_storm IS NOT NULL THEN
            INSERT INTO alerts_alertevent (alert_id, kind, at, note, data)
            VALUES (v_storm, v_kind, p_at, '', '{}');
            EXIT;
        END IF;
    END LOOP;
    RETURN v_storm;
END
$$;
