"""What must always hold of approvals."""

from opsdesk.invariants import Invariant

INVARIANTS = (
    Invariant(
        "approvals.two-people",
        "What took effect had its voices, or an emergency was declared.",
        """
        SELECT a.id, a.kind, a.voices FROM approvals_approval a
        WHERE a.state IN ('approved', 'carried_out', 'failed')
          AND NOT EXISTS (SELECT FROM approvals_emergency e WHERE e.approval_id = a.id)
          AND a.voices > (
              SELECT count(*) FROM approvals_approvaldecision d
              WHERE d.approval_id = a.id AND d.verdict = 'approve'
          )
        """,
    ),
    Invariant(
        "approvals.nobody-concerned",
        "Nobody decided on what they filed, edited or benefit from, nor for somebody who did.",
        """
        SELECT d.id, d.approval_id, d.decider_id FROM approvals_approvaldecision d
        JOIN approvals_approval a ON a.id = d.approval_id
        WHERE d.decider_id IN (a.filer_id, a.last_editor_id, a.beneficiary_id)
           OR d.on_behalf_of_id IN (a.filer_id, a.last_editor_id, a.beneficiary_id)
        """,
    ),
    Invariant(
        "approvals.rejected-once",
        "A request that was rejected was not approved, and the other way round.",
        """
        SELECT a.id, a.state FROM approvals_approval a
        WHERE (a.state = 'rejected') <> EXISTS (
            SELECT FROM approvals_approvaldecision d
            WHERE d.approval_id = a.id AND d.verdict = 'reject'
        )
        """,
    ),
)
