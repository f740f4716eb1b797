from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ScheduleConfig(AppConfig):
    name = "opsdesk.schedule"
    label = "schedule"
    verbose_name = _("Schedule")

    def ready(self) -> None:
        from opsdesk.schedule import procedure

        procedure.register()
