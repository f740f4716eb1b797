from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReadingsConfig(AppConfig):
    name = "opsdesk.readings"
    label = "readings"
    verbose_name = _("Figures of channels")

    def ready(self) -> None:
        from opsdesk.readings import procedure

        procedure.register()
