-- The audit trail (table audit_auditentry) as the database keeps it: who did it is read from the
-- setting opsdesk.acting of the transaction, see opsdesk/audit/context.py.

-- Of a row, the fields in which it differs from its other version; all of them where there is none.
-- Of hidden ones (personal data, secrets) only that there is something.
CREATE FUNCTION audit_differing(p_row jsonb, p_other jsonb, p_fields text[], p_hidden text[])
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT coalesce(
        jsonb_object_agg(
            field,
            CASE WHEN field = ANY (p_hidden) AND p_row ->> field <> '' THEN '"***"'::jsonb
                 ELSE p_row -> field END
        ),
        '{}'
    )
    FROM unnest(p_fields) AS field
    WHERE p_other IS NULL OR p_row -> field IS DISTINCT FROM p_other -> field
$$;

-- Every entry says when, by whom and by what way, whoever inserts it and whatever they claim.
CREATE FUNCTION audit_stamp() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    v_said jsonb := NULLIF(current_setting('opsdesk.acting', true), '')::jsonb;
BEGIN
    NEW.at := clock_timestamp();
    NEW.via := COALESCE(v_said ->> 'via', 'sql');
    NEW.actor_id := (v_said ->> 'actor')::bigint;
    NEW.on_behalf_of_id := (v_said ->> 'on_behalf_of')::bigint;
    NEW.roles := COALESCE(
        (SELECT array_agg(m.role ORDER BY m.role) FROM stores_membership m
         WHERE m.user_id = NEW.actor_id AND m.store_id = NEW.store_id),
        '{}'
    );
    NEW.cause := COALESCE(v_said ->> 'cause', '');
    NEW.reason := left(COALESCE(NULLIF(NEW.reason, ''), v_said ->> 'reason', ''), 300);
    NEW.address := (v_said ->> 'address')::inet;
    NEW.database_user := session_user;
    RETURN NEW;
END
$$;

CREATE TRIGGER audit_stamp BEFORE INSERT ON audit_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_stamp();

-- Not one of pgtrigger's, which a setting can switch off.
CREATE FUNCTION audit_refuse() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'The audit trail is append-only: % is refused.', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
