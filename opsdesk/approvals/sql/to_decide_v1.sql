-- Which requests a person may decide now, for themselves or for somebody they stand in for. Says
-- for all of them what opsdesk/approvals/voices.py says of one. Here, because every page's badge
-- asks it: put together by the ORM at each call it took longer than the list beside it.

-- May this membership's role still speak on the request? Not if the filer granted it for the
-- occasion, nor if one of each role is asked and this one has spoken.
CREATE FUNCTION approval_seat_counts(
    p_approval approvals_approval, p_seat stores_membership
) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT p_seat.role = ANY(p_approval.roles)
       AND NOT (p_seat.granted_by_id IS NOT DISTINCT FROM p_approval.filer_id
                AND p_seat.granted_at > p_approval.roles_granted_before)
       AND NOT (p_approval.from_different_roles AND EXISTS (
               SELECT 1 FROM approvals_approvaldecision spoken
               WHERE spoken.approval_id = p_approval.id AND spoken.role = p_seat.role))
$$;

-- Is this person concerned, or have they given their word already?
CREATE FUNCTION approval_is_closed_to(
    p_approval approvals_approval, p_person bigint
) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT p_person IN (
               p_approval.filer_id,
               coalesce(p_approval.last_editor_id, 0),
               coalesce(p_approval.beneficiary_id, 0))
        OR EXISTS (
               SELECT 1 FROM approvals_approvaldecision spoken
               WHERE spoken.approval_id = p_approval.id
                 AND p_person IN (spoken.decider_id, coalesce(spoken.on_behalf_of_id, 0)))
$$;

CREATE FUNCTION approvals_to_decide(p_person bigint, p_at timestamptz) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT a.id
    FROM approvals_approval a
    WHERE a.state = 'pending' AND a.expires_at > p_at
      AND NOT approval_is_closed_to(a, p_person)
      AND (
          -- A superuser, unless the filer gave them a role for the occasion.
          EXISTS (SELECT 1 FROM stores_user boss WHERE boss.id = p_person AND boss.is_superuser)
              AND NOT EXISTS (
                  SELECT 1 FROM stores_membership given
                  WHERE given.user_id = p_person AND given.role = ANY(a.roles)
                    AND given.granted_by_id = a.filer_id
                    AND given.granted_at > a.roles_granted_before)
          -- A seat of one's own in the store.
          OR EXISTS (
              SELECT 1 FROM stores_membership seat
              WHERE seat.user_id = p_person AND seat.store_id = a.store_id
                AND approval_seat_counts(a, seat))
          -- The seat of somebody who is away and named this person.
          OR EXISTS (
              SELECT 1
              FROM approvals_delegation given
              JOIN stores_membership seat
                  ON seat.user_id = given.absent_id AND seat.store_id = given.store_id
              JOIN stores_user absent ON absent.id = given.absent_id
              WHERE given.stand_in_id = p_person AND given.store_id = a.store_id
                AND given.starts_at <= p_at AND given.ends_at > p_at
                AND absent.is_active
                AND EXISTS (
                    SELECT 1 FROM stores_membership works
                    WHERE works.user_id = p_person AND works.store_id = given.store_id)
                AND NOT approval_is_closed_to(a, given.absent_id)
                AND approval_seat_counts(a, seat))
          -- What holds for every store is decided by who has a seat in each.
          OR a.store_id IS NULL AND NOT EXISTS (
              SELECT 1 FROM stores_store store
              WHERE store.is_active
                AND NOT EXISTS (
                    SELECT 1 FROM stores_membership seat
                    WHERE seat.user_id = p_person AND seat.store_id = store.id
                      AND approval_seat_counts(a, seat)))
      );
END
$$;
