from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "opsdesk.audit"
    label = "audit"
    verbose_name = _("Audit trail")

    def ready(self) -> None:
        from opsdesk.audit import procedure

        procedure.register()
        connection_created.connect(announce_writes)


def announce_writes(connection: Any, **_kwargs: object) -> None:
    """Every connection tells the database who acts; one that connects again does so still."""
    from opsdesk.audit.context import announce

    if announce not in connection.execute_wrappers:
        connection.execute_wrappers.append(announce)
