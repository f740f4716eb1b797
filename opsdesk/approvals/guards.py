"""What the database itself holds of four eyes, whoever writes to its tables.

A request moves from state to state in order, keeps what was asked, and counts as approved only
with enough voices on record or an emergency declared. A voice counts only from somebody who has the
role, was not given it by the filer for the occasion, and is not concerned.
"""

import pgtrigger

STATES = [
    ("pending", "approved"),
    ("pending", "rejected"),
    ("pending", "voided"),
    ("pending", "expired"),
    ("approved", "carried_out"),
    ("approved", "failed"),
    ("approved", "voided"),
]
FROZEN = [
    "kind",
    "store",
    "subject_key",
    "subject_label",
    "subject_type",
    "subject_id",
    "snapshot",
    "digest",
    "amount",
    "counted_amount",
    "currency",
    "policy",
    "roles",
    "voices",
    "from_different_roles",
    "roles_granted_before",
    "filer",
    "last_editor",
    "beneficiary",
    "replaces",
    "filed_at",
    "expires_at",
]

_ENOUGH = """
    IF (SELECT count(*) FROM approvals_approvaldecision
        WHERE approval_id = NEW.id AND verdict = 'approve') < NEW.voices
       AND NOT EXISTS (SELECT FROM approvals_emergency WHERE approval_id = NEW.id) THEN
        RAISE EXCEPTION 'approval_needs_its_voices: % of them', NEW.voices;
    END IF;
    RETURN NEW;
"""

# The voice is that of the person who decides, or of the one they stand in for.
_VOICE = """
    SELECT * INTO asked FROM approvals_approval WHERE id = NEW.approval_id;
    NEW.filer_id := asked.filer_id;
    NEW.last_editor_id := asked.last_editor_id;
    NEW.beneficiary_id := asked.beneficiary_id;
    IF asked.state <> 'pending' THEN
        RAISE EXCEPTION 'approval_is_settled: it is %', asked.state;
    END IF;
    IF NOT NEW.role = ANY (asked.roles) OR NOT EXISTS (
        SELECT FROM stores_membership m
        WHERE m.user_id = coalesce(NEW.on_behalf_of_id, NEW.decider_id) AND m.role = NEW.role
          AND (asked.store_id IS NULL OR m.store_id = asked.store_id)
          AND NOT coalesce(
              m.granted_by_id = asked.filer_id AND m.granted_at > asked.roles_granted_before, false
          )
    ) AND NOT EXISTS (
        SELECT FROM stores_user u WHERE u.id = NEW.decider_id AND u.is_superuser
          AND NOT EXISTS (
              SELECT FROM stores_membership m
              WHERE m.user_id = u.id AND m.role = ANY (asked.roles)
                AND m.granted_by_id = asked.filer_id
                AND m.granted_at > asked.roles_granted_before
          )
    ) THEN
        RAISE EXCEPTION 'approval_voice_without_role: %', NEW.role;
    END IF;
    RETURN NEW;
"""

OF_APPROVALS = [
    pgtrigger.FSM(name="states", field="state", transitions=STATES),
    pgtrigger.ReadOnly(name="what_is_asked_stays", fields=FROZEN),
    pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
    pgtrigger.Trigger(
        name="enough_voices",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        condition=pgtrigger.Condition("NEW.state IN ('approved', 'carried_out', 'failed')"),
        func=_ENOUGH,
    ),
]
OF_DECISIONS = [
    pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
    pgtrigger.Trigger(
        name="counted_voice",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        declare=[("asked", "approvals_approval%ROWTYPE")],
        func=_VOICE,
    ),
]
