from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    name = "opsdesk.notices"
    label = "notices"
    verbose_name = _("Notices")

    def ready(self) -> None:
        from opsdesk.notices import procedure

        procedure.register()
