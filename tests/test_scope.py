"""Nobody sees a row of a store they don't work for."""

import factory
import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from factory.django import DjangoModelFactory

from opsdesk.stores.models import User
from tests import factories
from tests.factories import StoreFactory, UserFactory

OURS = ("opsdesk", "catalog", "orders", "fulfillment", "aftersales", "marketing", "analytics")
MODELS = [model for model in apps.get_models() if model.__module__.startswith(OURS)]
FACTORIES = {
    made._meta.model: made
    for made in vars(factories).values()
    if isinstance(made, factory.base.FactoryMetaClass) and made is not DjangoModelFactory
}
# Theirs without a store: numbers that hold everywhere are everybody's to read.
EVERYBODYS = {"stores.SettingOverride", "schedule.Slot"}


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_people_see_no_row_of_a_store_they_dont_work_for(model):
    mine, theirs = StoreFactory(), StoreFactory()
    stranger = UserFactory(role="administrator", store=mine)
    scoped = {"store": theirs} if model._meta.label in EVERYBODYS else {}
    row = FACTORIES[model](**scoped)
    if isinstance(row, User):
        factories.MembershipFactory(user=row, store=theirs)

    assert not model.objects.visible_to(stranger).filter(pk=row.pk).exists()
    assert not model.objects.visible_to(AnonymousUser()).exists()
    assert model.objects.visible_to(UserFactory(is_superuser=True)).filter(pk=row.pk).exists()
