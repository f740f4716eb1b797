from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MarketingConfig(AppConfig):
    name = "marketing"
    label = "marketing"
    verbose_name = _("Marketing and customers")

    def ready(self) -> None:
        from marketing import procedure

        procedure.register()
