-- How clocks count: by the clock on the wall, in working time, or in working days. The unit is that
-- of the number the clock runs by (opsdesk/stores/procedure.py).

-- What lies between two moments, in whole seconds of what the clock counts; never negative.
CREATE FUNCTION clock_seconds(
    p_unit text, p_store bigint, p_from timestamptz, p_to timestamptz
) RETURNS integer
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p_to <= p_from THEN
        RETURN 0;
    ELSIF p_unit = 'minutes' THEN
        RETURN ceil(extract(epoch FROM p_to - p_from));
    END IF;
    RETURN ceil(work_done(p_store, p_to) - work_done(p_store, p_from));
END
$$;

-- The moment so many of the clock's seconds after another, or before it.
CREATE FUNCTION clock_later(
    p_unit text, p_store bigint, p_at timestamptz, p_seconds numeric
) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p_seconds = 0 THEN
        RETURN p_at;
    ELSIF p_unit = 'minutes' THEN
        RETURN p_at + make_interval(secs => p_seconds::double precision);
    END IF;
    RETURN work_moment(p_store, work_done(p_store, p_at) + p_seconds);
END
$$;

-- When a clock that starts then is due: after so many seconds, or at the end of a working day.
CREATE FUNCTION clock_due(
    p_unit text, p_store bigint, p_started timestamptz, p_seconds integer, p_days integer
) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p_days IS NOT NULL THEN
        RETURN work_days_later(p_store, p_started, p_days);
    END IF;
    RETURN clock_later(p_unit, p_store, p_started, p_seconds);
END
$$;

-- The first moment after p_at at which the sweep has something to do: at 50 %, at 80 %, when due.
CREATE FUNCTION clock_next_step(
    p_unit text, p_store bigint, p_due timestamptz, p_allowed integer, p_at timestamptz
) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_left numeric;
    v_step timestamptz;
    v_done numeric;
BEGIN
    IF p_unit <> 'minutes' THEN
        v_done := work_done(p_store, p_due);
    END IF;
    FOREACH v_left IN ARRAY ARRAY[0.5, 0.2] LOOP
        v_step := CASE p_unit WHEN 'minutes' THEN p_due - make_interval(secs => p_allowed * v_left)
                              ELSE work_moment(p_store, v_done - p_allowed * v_left) END;
        IF p_at < v_step THEN
            RETURN v_step;
        END IF;
    END LOOP;
    RETURN p_due;
END
$$;

-- The percent of the last warning that p_at has reached; null before the first.
CREATE FUNCTION clock_last_warning(
    p_unit text, p_store bigint, p_due timestamptz, p_allowed integer, p_at timestamptz
) RETURNS integer
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF clock_later(p_unit, p_store, p_due, -p_allowed * 0.2) <= p_at THEN
        RETURN 80;
    ELSIF clock_later(p_unit, p_store, p_due, -p_allowed * 0.5) <= p_at THEN
        RETURN 50;
    END IF;
    RETURN NULL;
END
$$;
