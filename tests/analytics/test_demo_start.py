"""When the demonstration is made, and when not: each test begins with an empty database."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from analytics.demo import services
from opsdesk.stores.models import Store, User
from opsdesk.stores.roles import Role
from tests.analytics.test_demo import SMALL, rows
from tests.factories import MOMENT, UserFactory

pytestmark = pytest.mark.django_db


def test_the_same_arguments_make_the_same_rows():
    seen = []
    for _attempt in range(2):
        with transaction.atomic(), connection.cursor() as cursor:
            # What is drawn or called by its number: a rollback does not give numbers back.
            for numbered in ("catalog_listing", "fulfillment_parcel"):
                cursor.execute(f"ALTER SEQUENCE {numbered}_id_seq RESTART")
            services.make_demonstration(at=MOMENT, days=3, orders=40)
            seen.append(rows())
            transaction.set_rollback(True)

    assert seen[0] == seen[1]


def test_it_is_not_made_in_production_unless_somebody_insists(settings):
    settings.PRODUCTION = True

    with pytest.raises(CommandError):
        call_command("demo", days=3, orders=1)
    assert not User.objects.filter(username__in=Role.values).exists()


def test_somebodys_real_account_is_not_taken():
    UserFactory(username=Role.FINANCE)

    with pytest.raises(services.NamesTaken):
        services.make_demonstration(at=MOMENT, **SMALL)
    assert not Store.objects.exists()
