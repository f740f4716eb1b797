from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApprovalsConfig(AppConfig):
    name = "opsdesk.approvals"
    label = "approvals"
    verbose_name = _("Approvals")

    def ready(self) -> None:
        from opsdesk.approvals import procedure

        procedure.register()
