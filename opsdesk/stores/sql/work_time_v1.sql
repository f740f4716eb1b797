-- Working time inside the database, over the spans that a store's calendar was laid out into
-- (opsdesk/stores/layout.py): a hundred thousand clocks are timed in one statement. Before and
-- after what is laid out, and in a store without a calendar, all time is working time.

-- Seconds of working time up to a moment. Only differences mean anything.
CREATE FUNCTION work_done(p_store bigint, p_at timestamptz) RETURNS numeric
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_done numeric;
BEGIN
    SELECT before_seconds + extract(epoch FROM least(p_at, ends_at) - starts_at) INTO v_done
    FROM stores_workspan
    WHERE store_id = p_store AND starts_at <= p_at
    ORDER BY starts_at DESC
    LIMIT 1;
    RETURN coalesce(v_done, extract(epoch FROM p_at));
END
$$;

-- The first moment by which so many seconds of working time have passed: work_done, turned round.
CREATE FUNCTION work_moment(p_store bigint, p_done numeric) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_moment timestamptz;
BEGIN
    SELECT starts_at + make_interval(secs => (p_done - before_seconds)::double precision)
    INTO v_moment
    FROM stores_workspan
    WHERE store_id = p_store AND before_seconds < ceil(p_done)::bigint  -- as the index holds it
    ORDER BY before_seconds DESC
    LIMIT 1;
    RETURN coalesce(v_moment, to_timestamp(p_done::double precision));
END
$$;

-- The end of the p_days-th working day after the store's day at a moment.
CREATE FUNCTION work_days_later(p_store bigint, p_at timestamptz, p_days integer)
RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_zone text;
    v_day date;
    v_end timestamptz;
BEGIN
    SELECT timezone INTO STRICT v_zone FROM stores_store WHERE id = p_store;
    v_day := (p_at AT TIME ZONE v_zone)::date;
    SELECT later.ends_at INTO v_end
    FROM (
        SELECT number FROM stores_workday
        WHERE store_id = p_store AND day <= v_day
        ORDER BY day DESC
        LIMIT 1
    ) AS today
    JOIN stores_workday AS later ON later.store_id = p_store AND later.number = today.number + p_days;
    RETURN coalesce(v_end, (v_day + p_days + 1)::timestamp AT TIME ZONE v_zone);
END
$$;
