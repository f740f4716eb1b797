"""What only a look at all staged rows shows; each check is one statement."""

from __future__ import annotations

from django.db import connection
from django.utils.translation import gettext as _

from opsdesk.exchange.models import ImportSession

_PLACE = "\x01"  # stands in a translated sentence for what the database fills in

_REPEATED = """
UPDATE exchange_importrow r
SET outcome = 'rejected', data = NULL, code = 'repeated_key', "column" = %(column)s,
    reason = replace(%(reason)s, %(place)s, copies.first_line::text)
FROM (
    SELECT id, first_value(line) OVER same AS first_line, row_number() OVER same AS number
    FROM exchange_importrow
    WHERE session_id = %(session)s AND outcome = 'pending' AND key <> ''
    WINDOW same AS (PARTITION BY key ORDER BY line)
) copies
WHERE r.id = copies.id AND copies.number > 1
"""

_SHORT = """
WITH padded AS MATERIALIZED (
    SELECT min(length(key)) AS width
    FROM exchange_importrow
    WHERE session_id = %(session)s AND key ~ '^0[0-9]+$'
    HAVING min(length(key)) = max(length(key))
)
UPDATE exchange_importrow r
SET outcome = 'rejected', data = NULL, code = 'lost_leading_zero', "column" = %(column)s,
    reason = replace(%(reason)s, %(place)s, padded.width::text)
FROM padded
WHERE r.session_id = %(session)s AND r.outcome = 'pending' AND r.key ~ '^[1-9][0-9]*$'
  AND length(r.key) < padded.width
"""


def reject_repeated_keys(session: ImportSession, *, column: str, reason: str = "") -> None:
    """A key that an earlier line of the file has: the first one counts, the others are rejected.

    `reason` says so with a place for `%(line)s`, where the records are no orders.
    """
    reason = reason or _("Line %(line)s has the same number already. One file tells an order once.")
    _run(_REPEATED, session, column, reason % {"line": _PLACE})


def reject_shortened_numbers(session: ImportSession, *, column: str) -> None:
    """Numbers of one width with leading zeros, and shorter ones among them: Excel cut these."""
    _run(
        _SHORT,
        session,
        column,
        _(
            "Other numbers of this column have %(width)s digits and begin with 0: this one has "
            "lost its zeros. Format the column as text and export again."
        )
        % {"width": _PLACE},
    )


def _run(statement: str, session: ImportSession, column: str, reason: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {"session": session.pk, "column": column, "reason": reason, "place": _PLACE},
        )
