"""Payments, statements and their differences (ORD-7, ORD-9): who sees, brings in and settles."""

from opsdesk import invariants
from opsdesk.alerts import checks
from opsdesk.approvals import kinds
from opsdesk.schedule import jobs
from opsdesk.stores import procedure
from opsdesk.stores.roles import Role, grant
from orders.money_invariants import INVARIANTS
from orders.services import funds, matching, settling

SEEN = ("payment", "refund", "statement", "statementline", "moneydifference", "feerate")


def register() -> None:
    invariants.register(*INVARIANTS)
    procedure.register(
        matching.FUNDS_WITHIN, matching.GUESS_WITHIN, matching.LOOK_BACK, settling.ALONE
    )
    kinds.register(settling.SETTLEMENT)
    checks.register(funds.LATE)
    jobs.register(funds.JOB)
    grant([f"orders.view_{model}" for model in SEEN], to=[Role.FINANCE, Role.ANALYST])
    grant(
        [
            "orders.import_statement",
            settling.SETTLE,
            settling.APPROVE,
            "orders.add_feerate",
            "orders.change_feerate",
        ],
        to=[Role.FINANCE],
    )
