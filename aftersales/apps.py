from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AftersalesConfig(AppConfig):
    name = "aftersales"
    label = "aftersales"
    verbose_name = _("After-sales and service")

    def ready(self) -> None:
        from aftersales import procedure

        procedure.register()
