from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InspectionConfig(AppConfig):
    name = "opsdesk.inspection"
    label = "inspection"
    verbose_name = _("Inspection")

    def ready(self) -> None:
        from opsdesk.inspection import procedure

        procedure.register()
