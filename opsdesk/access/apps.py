from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccessConfig(AppConfig):
    name = "opsdesk.access"
    label = "access"
    verbose_name = _("Access")

    def ready(self) -> None:
        from opsdesk.access import procedure

        procedure.register()
