from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExchangeConfig(AppConfig):
    name = "opsdesk.exchange"
    label = "exchange"
    verbose_name = _("Exchange")

    def ready(self) -> None:
        from opsdesk.exchange import procedure

        procedure.register()
