-- The chain of the audit trail (tables audit_auditlink, audit_audithead), see opsdesk/audit/chain.py.

-- An entry as one text: its columns in this order and no others, whatever the session's settings. A
-- column that is added later is not part of it: links that were made stay true.
CREATE FUNCTION audit_canonical(p_entry audit_auditentry) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT jsonb_build_array(
        p_entry.id, extract(epoch FROM p_entry.at), p_entry.store_id, p_entry.verb, p_entry.model,
        p_entry.subject_id, p_entry.subject_label, p_entry.before, p_entry.after, p_entry.actor_id,
        p_entry.on_behalf_of_id, p_entry.roles, p_entry.via, p_entry.cause, p_entry.reason,
        host(p_entry.address), p_entry.database_user
    )::text
$$;

-- What a link says: the link before it, and its entry.
CREATE FUNCTION audit_link_hash(p_before bytea, p_entry text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT sha256(p_before || convert_to(p_entry, 'UTF8'))
$$;

CREATE FUNCTION audit_chain_step(p_state bytea, p_start bytea, p_entry text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT audit_link_hash(coalesce(p_state, p_start), p_entry)
$$;

-- Over a window in order: the hash of each link of a run that begins after p_start.
CREATE AGGREGATE audit_chain(p_start bytea, p_entry text) (
    SFUNC = audit_chain_step,
    STYPE = bytea
);

-- Links from p_after to p_to of one chain that are not what they were, as (entry, position, what).
CREATE FUNCTION audit_broken_links(p_chain bigint, p_after bigint, p_to bigint)
RETURNS TABLE (entry_id bigint, link_position bigint, what text)
LANGUAGE sql STABLE
AS $$
    SELECT * FROM (
        SELECT l.entry_id, l.position,
               CASE
                   WHEN e.id IS NULL THEN 'removed'
                   WHEN b.hash IS NULL AND l.position > 1 THEN 'the link before it is removed'
                   WHEN coalesce(e.store_id, 0) <> l.chain
                     OR l.hash <> audit_link_hash(coalesce(b.hash, ''), audit_canonical(e))
                       THEN 'changed'
               END AS what
        FROM audit_auditlink l
        LEFT JOIN audit_auditentry e ON e.id = l.entry_id
        LEFT JOIN audit_auditlink b ON b.chain = l.chain AND b.position = l.position - 1
        WHERE l.chain = p_chain AND l.position > p_after AND l.position <= p_to
    ) looked_at
    WHERE what IS NOT NULL
$$;

CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit_auditlink
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_auditlink
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit_audithead
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_audithead
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
