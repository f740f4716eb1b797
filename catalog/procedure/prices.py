"""Prices (CAT-6): asked for by one, agreed to by another, in force at their minute."""

from catalog import price_chart, price_files, tabs
from catalog.services import price_effect, price_requests, price_watch, pricing
from opsdesk.alerts import checks
from opsdesk.approvals import kinds
from opsdesk.schedule import jobs
from opsdesk.stores import procedure
from opsdesk.stores.roles import EVERYONE, Role, grant


def register() -> None:
    procedure.register(*pricing.SETTINGS)
    kinds.register(price_requests.PRICE_CHANGE, price_requests.LARGE_PRICE_CHANGE)
    checks.register(price_effect.NOT_APPLIED, price_watch.WRONG_PRICE)
    jobs.register(price_effect.JOB)
    price_files.register()
    tabs.register(price_chart.TAB)
    grant(["catalog.view_price"], to=EVERYONE)
    grant(
        ["catalog.view_pricechange"],
        to=[
            Role.OPERATIONS_LEAD,
            Role.CATALOG_OPERATOR,
            Role.MARKETING_OPERATOR,
            Role.MARKETING_LEAD,
            Role.FINANCE,
            Role.ANALYST,
            Role.ADMINISTRATOR,
        ],
    )
    grant(
        [price_requests.REQUEST],
        to=[Role.OPERATIONS_LEAD, Role.CATALOG_OPERATOR, Role.MARKETING_LEAD],
    )
    grant([price_requests.APPROVE], to=[Role.MARKETING_LEAD, Role.FINANCE])
