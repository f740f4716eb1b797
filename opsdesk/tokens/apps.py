from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TokensConfig(AppConfig):
    name = "opsdesk.tokens"
    label = "tokens"
    verbose_name = _("API tokens")

    def ready(self) -> None:
        from opsdesk.tokens import procedure

        procedure.register()
