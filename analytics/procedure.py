"""The rights of the analysis chapter."""

from opsdesk.stores.roles import Role, grant


def register() -> None:
    grant(
        ["analytics.view_dailysales"],
        to=[
            Role.OPERATIONS_LEAD,
            Role.MARKETING_LEAD,
            Role.MARKETING_OPERATOR,
            Role.FINANCE,
            Role.ANALYST,
        ],
    )
