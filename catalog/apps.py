from django.apps import AppConfig, apps
from django.apps.registry import Apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    name = "catalog"
    label = "catalog"
    verbose_name = _("Catalog and stock")

    def ready(self) -> None:
        from catalog import procedure

        procedure.register()
        post_migrate.connect(keep_starter_words_after_migrate, sender=self)


def keep_starter_words_after_migrate(apps: Apps = apps, **_kwargs: object) -> None:
    """What this version of the product knows to be forbidden is looked for from now on."""
    from catalog.services.word_lists import keep_starter_words

    if _has_tables_of_words(apps):
        keep_starter_words()


def _has_tables_of_words(migrated: Apps) -> bool:
    """False where the migrations stopped at, or went back to, what is not yet these tables."""
    from catalog.models import ForbiddenWord, WordList

    try:
        return all(
            {field.column for field in model._meta.local_fields}
            == {field.column for field in migrated.get_model(model._meta.label)._meta.local_fields}
            for model in (WordList, ForbiddenWord)
        )
    except LookupError:
        return False
