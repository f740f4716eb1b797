-- Working time inside the database, over the spans that a store's calendar was laid out into
-- (opsdesk/stores/layout.py): a hundred thousand clocks are timed in one statement. Before and
-- after what is laid out, and in a store without a calendar, all time is working time.

-- Both questions come in two forms: as tables, which the planner writes into the statement that
-- joins them, and as values, four times as slow and good for a few.

-- Seconds of working time up to a moment. Only differences mean anything.
CREATE FUNCTION work_done_by(p_store bigint, p_at timestamptz) RETURNS TABLE (done numeric)
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (
            SELECT before_seconds + extract(epoch FROM least(p_at, ends_at) - starts_at)
            FROM stores_workspan
            WHERE store_id = p_store AND starts_at <= p_at
            ORDER BY starts_at DESC
            LIMIT 1
        ),
        extract(epoch FROM p_at)
    )
$$;

CREATE FUNCTION work_done(p_store bigint, p_at timestamptz) RETURNS numeric
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_done numeric;
BEGIN
    SELECT done INTO v_done FROM work_done_by(p_store, p_at);
    RETURN v_done;
END
$$;

-- The first moment by which so many seconds of working time have passed: work_done, turned round.
CREATE FUNCTION work_moment_of(p_store bigint, p_done numeric) RETURNS TABLE (moment timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (
            SELECT starts_at + make_interval(secs => (p_done - before_seconds)::double precision)
            FROM stores_workspan
            WHERE store_id = p_store AND before_seconds < ceil(p_done)::bigint
            ORDER BY before_seconds DESC
            LIMIT 1
        ),
        to_timestamp(p_done::double precision)
    )
$$;

CREATE FUNCTION work_moment(p_store bigint, p_done numeric) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_moment timestamptz;
BEGIN
    SELECT moment INTO v_moment FROM work_moment_of(p_store, p_done);
    RETURN v_moment;
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
