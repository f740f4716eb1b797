"""No change went unrecorded: entries join each other, and the last of them ends at the present."""

from opsdesk.invariants import Invariant

# Numbers only: of personal data the trail keeps no values.
_NUMBERS = """
    SELECT e.id, e.subject_id, told.field, told.value,
           e.before -> told.field AS was,
           lag(told.value) OVER row_and_field AS last_value,
           row_number() OVER (
               PARTITION BY e.subject_id, told.field ORDER BY e.id DESC
           ) AS from_the_end
    FROM audit_auditentry e
    CROSS JOIN LATERAL jsonb_each(e.after) AS told (field, value)
    WHERE e.model = '{model}' AND e.verb = 'changed'
      AND 'number' IN (jsonb_typeof(told.value), jsonb_typeof(e.before -> told.field))
    WINDOW row_and_field AS (PARTITION BY e.subject_id, told.field ORDER BY e.id)
"""


def every_change_recorded(model: str, table: str) -> Invariant:
    """Of each number of this table: its entries form a chain, which ends at its present value.

    A value changed past the trail, or an entry lost, doubled or altered, breaks it.
    """
    return Invariant(
        f"audit.{model}-changes-are-all-recorded",
        f"Every number of {model} that changed has exactly one entry per change.",
        f"""
        SELECT n.id, n.subject_id, n.field, n.was, n.value
        FROM ({_NUMBERS.format(model=model)}) n
        LEFT JOIN {table} present ON present.id = n.subject_id
        WHERE (n.last_value IS NOT NULL AND n.last_value <> n.was)
           OR (n.from_the_end = 1 AND present.id IS NOT NULL
               AND to_jsonb(present) -> n.field IS DISTINCT FROM n.value)
        """,
    )
