-- When an alert goes to the next person if nobody acknowledges it: after the number of its severity
-- (alerts.escalate_after_*), counted as that number is given; null for 0, which is never.
CREATE FUNCTION alert_climbs_at(
    p_store bigint, p_severity text, p_at timestamptz, p_defaults jsonb
) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_key text := 'alerts.escalate_after_' || p_severity;
    v_value numeric;
    v_unit text;
BEGIN
    SELECT value, unit INTO v_value, v_unit FROM (
        SELECT DISTINCT ON (store_id) store_id, value, unit FROM stores_settingoverride
        WHERE key = v_key AND channel_id IS NULL AND valid_from <= p_at
          AND (store_id = p_store OR store_id IS NULL)
        ORDER BY store_id, valid_from DESC, id DESC
    ) latest
    WHERE value IS NOT NULL ORDER BY store_id NULLS LAST LIMIT 1;
    v_value := coalesce(v_value, (p_defaults ->> v_key)::numeric);
    v_unit := coalesce(nullif(v_unit, ''), 'minutes');
    IF v_value = 0 THEN
        RETURN NULL;
    ELSIF v_unit = 'working_days' THEN
        RETURN clock_due(v_unit, p_store, p_at, NULL, v_value::integer);
    END IF;
    RETURN clock_due(v_unit, p_store, p_at, (60 * v_value)::integer, NULL);
END
$$;

-- Whether the second moment lies on a later day than the first, by the store's own calendar.
CREATE FUNCTION store_day_is_later(
    p_store bigint, p_before timestamptz, p_after timestamptz
) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT (p_after AT TIME ZONE timezone)::date > (p_before AT TIME ZONE timezone)::date
    FROM stores_store WHERE id = p_store
$$;
