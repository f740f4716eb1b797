"""What is sold next: scored, decided on, tried in small (CAT-12)."""

from catalog.services import selection, trials
from opsdesk.deadlines import rules
from opsdesk.stores import procedure
from opsdesk.stores.roles import Role, grant

SELECTORS = [
    Role.OPERATIONS_LEAD,
    Role.CATALOG_OPERATOR,
    Role.MARKETING_OPERATOR,
    Role.MARKETING_LEAD,
    Role.FINANCE,
    Role.ANALYST,
]


def register() -> None:
    procedure.register(selection.THRESHOLD, trials.CAP, trials.JUDGED_WITHIN)
    rules.register(trials.RULE)
    grant(["catalog.view_selectioncandidate"], to=[*SELECTORS, Role.ADMINISTRATOR])
    grant([selection.ADD, selection.SCORE], to=SELECTORS)
    grant([selection.DECIDE, selection.WEIGH], to=[Role.OPERATIONS_LEAD])
