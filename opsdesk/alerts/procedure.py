"""Who may look at alerts and act on them."""

from django.utils.translation import gettext_lazy as _

from opsdesk.stores.roles import EVERYONE, grant
from opsdesk.tokens import scopes
from opsdesk.tokens.scopes import Scope

SCOPES = (Scope("alerts:read", _("Read alerts"), ("alerts.view_alert",)),)


def register() -> None:
    scopes.register(*SCOPES)
    grant(
        [
            "alerts.view_alert",
            "alerts.view_alertevent",
            "alerts.act_on_alert",
            "alerts.raise_alert",
        ],
        to=EVERYONE,
    )
