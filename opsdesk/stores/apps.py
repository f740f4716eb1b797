from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class StoresConfig(AppConfig):
    name = "opsdesk.stores"
    label = "stores"
    verbose_name = _("Stores and people")

    def ready(self) -> None:
        from opsdesk.alerts import checks as alert_kinds
        from opsdesk.approvals import kinds
        from opsdesk.stores import checks, jobs, limits, rights

        rights.register()
        jobs.register()
        kinds.register(limits.LIMIT)
        alert_kinds.register(checks.YEAR_MISSING)
        # Django announces migrations app by app and makes each app's permissions then: only
        # after the last one is every permission there to be granted.
        last = list(apps.get_app_configs())[-1]
        post_migrate.connect(sync_roles_after_migrate, sender=last)


def sync_roles_after_migrate(**_kwargs: object) -> None:
    """The groups hold what the code that was just migrated to grants them."""
    from opsdesk.stores.roles import sync_roles

    sync_roles()
