"""The eleven roles of the procedure, and what each may do.

A role is a Django group. Which permissions it holds is declared in code by the app that owns
the model (`grant`), and written to the groups after every migration (`sync_roles`). A person gets
a role per store by a Membership, so a permission is always asked for a store (see `auth.py`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    OPERATIONS_LEAD = "operations_lead", _("Operations lead")
    CATALOG_OPERATOR = "catalog_operator", _("Catalog operator")
    ORDER_REVIEWER = "order_reviewer", _("Order reviewer")
    WAREHOUSE = "warehouse", _("Warehouse")
    CUSTOMER_SERVICE = "customer_service", _("Customer service")
    SERVICE_LEAD = "service_lead", _("Service lead")
    MARKETING_OPERATOR = "marketing_operator", _("Marketing operator")
    MARKETING_LEAD = "marketing_lead", _("Marketing lead")
    FINANCE = "finance", _("Finance")
    ANALYST = "analyst", _("Analyst")
    ADMINISTRATOR = "administrator", _("Administrator")


# Who hears of what a role leaves lying.
LEADS: Mapping[Role, Role] = {
    Role.CATALOG_OPERATOR: Role.OPERATIONS_LEAD,
    Role.ORDER_REVIEWER: Role.OPERATIONS_LEAD,
    Role.WAREHOUSE: Role.OPERATIONS_LEAD,
    Role.CUSTOMER_SERVICE: Role.SERVICE_LEAD,
    Role.SERVICE_LEAD: Role.OPERATIONS_LEAD,
    Role.MARKETING_OPERATOR: Role.MARKETING_LEAD,
    Role.MARKETING_LEAD: Role.OPERATIONS_LEAD,
    Role.FINANCE: Role.OPERATIONS_LEAD,
    Role.ANALYST: Role.OPERATIONS_LEAD,
    Role.ADMINISTRATOR: Role.OPERATIONS_LEAD,
}

EVERYONE: tuple[Role, ...] = tuple(Role)


def leads_above(role: Role) -> Iterator[Role]:
    """The role's lead, that one's lead, and so on: last the operations lead, who has none."""
    lead = LEADS.get(role)
    while lead is not None:
        yield lead
        lead = LEADS.get(lead)


_granted: dict[str, set[str]] = defaultdict(set)


def grant(permissions: Iterable[str], to: Iterable[Role]) -> None:
    """Let the roles do these actions. Permissions are full names: `orders.confirm_order`."""
    permissions = list(permissions)
    for role in to:
        _granted[role].update(permissions)


def granted() -> dict[str, set[str]]:
    """Role → the permissions that code grants it."""
    return {role: set(_granted[role]) for role in Role.values}


class UnknownPermission(LookupError):
    """An app granted a permission that no model declares."""


def sync_roles() -> None:
    """Every role's group holds exactly the permissions that code grants it. Safe to repeat."""
    from django.contrib.auth.models import Group, Permission

    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for role, names in granted().items():
        missing = names - known.keys()
        if missing:
            raise UnknownPermission(f"{role} is granted unknown permissions: {sorted(missing)}")
        group, _created = Group.objects.get_or_create(name=role)
        group.permissions.set(known[name] for name in names)
