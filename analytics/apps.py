from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnalyticsConfig(AppConfig):
    name = "analytics"
    label = "analytics"
    verbose_name = _("Analysis")

    def ready(self) -> None:
        from analytics import procedure

        procedure.register()
