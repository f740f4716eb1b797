from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SelectionsConfig(AppConfig):
    name = "opsdesk.selections"
    label = "selections"
    verbose_name = _("Selections")

    def ready(self) -> None:
        from opsdesk.selections import procedure

        procedure.register()
