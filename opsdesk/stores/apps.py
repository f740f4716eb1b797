from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class StoresConfig(AppConfig):
    name = "opsdesk.stores"
    label = "stores"
    verbose_name = _("Stores and people")

    def ready(self) -> None:
        from opsdesk.stores import rights

        rights.register()
        post_migrate.connect(sync_roles_after_migrate, sender=self)


def sync_roles_after_migrate(**_kwargs: object) -> None:
    """The groups hold what the code that was just migrated to grants them."""
    from opsdesk.stores.roles import sync_roles

    sync_roles()
