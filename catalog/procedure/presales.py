"""Goods sold before they are there (CAT-11)."""

from catalog import presale_tab, tabs
from catalog.services import presale_supply, presale_times, presale_watch, presales
from opsdesk.alerts import checks
from opsdesk.deadlines import rules
from opsdesk.schedule import jobs
from opsdesk.stores import procedure
from opsdesk.stores.roles import EVERYONE, Role, grant


def register() -> None:
    procedure.register(
        presales.SHIPS_WITHIN,
        presale_supply.ANSWERED_WITHIN,
        presale_supply.HANDLING,
        presale_supply.CONFIRMED_AHEAD,
    )
    rules.register(presale_supply.RULE)
    checks.register(presale_watch.UNCONFIRMED, presale_watch.NOT_IN, presale_watch.OVERSOLD)
    checks.register(presale_times.NOT_AS_PLANNED)
    jobs.register(presale_watch.JOB)
    tabs.register(presale_tab.TAB)
    grant(["catalog.view_presalelot"], to=EVERYONE)
    grant([presales.FILE], to=[Role.OPERATIONS_LEAD, Role.CATALOG_OPERATOR, Role.MARKETING_LEAD])
    grant([presale_supply.ANSWER], to=[Role.OPERATIONS_LEAD, Role.CATALOG_OPERATOR])
    grant([presales.OPEN], to=[Role.OPERATIONS_LEAD, Role.MARKETING_LEAD])
