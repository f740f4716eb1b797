"""From the page of whatever the trail follows its history is one look or one click away."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from opsdesk.audit.context import acting
from opsdesk.audit.reading import known_kinds
from tests import factories
from tests.test_scope import FACTORIES

pytestmark = pytest.mark.django_db
WITH_PAGES = sorted(
    label for label, _name in known_kinds() if apps.get_model(label) in admin.site._registry
)
# Their first state is no entry: what is changed then.
FIRST_STATE_UNTOLD = {
    "catalog.forbiddenword": {"is_active": False},
    "catalog.listing": {"state": "paused"},
    "catalog.qualification": {"number": "SC-renewed"},
    "catalog.storefrontpage": {"says": "Tea"},
    "catalog.wordlist": {"name": "Renamed"},
    "readings.reading": {"value": 7},
    "catalog.sku": {"list_price": 7},
    "fulfillment.bin": {"is_active": False},
    "fulfillment.box": {"most_grams": 7},
    "fulfillment.parcel": {"weight_grams": 7},
    "fulfillment.shipmentmiss": {"note": "Asked them"},
    "fulfillment.following": {"state": "over"},
    "fulfillment.parcelcase": {"kind": "lost"},
    "orders.channeldifference": {"note": "Asked them"},
    "orders.customer": {"external_id": "renamed"},
    "orders.moneydifference": {"theirs": 7},
    "orders.order": {"refunded_amount": 7},
    "orders.presaleorder": {"deposit_amount": 7},
}


def pages(row):
    opts = row._meta
    return {
        name: reverse(f"admin:{opts.app_label}_{opts.model_name}_{name}", args=[row.pk])
        for name in ("change", "history")
    }


@pytest.mark.parametrize("label", WITH_PAGES)
def test_the_history_is_reached_from_the_page(label, client):
    boss = factories.UserFactory(is_superuser=True)
    client.force_login(boss)
    with acting(via="page", user=boss, reason="as agreed on Monday"):
        row = FACTORIES[apps.get_model(label)]()
        if label in FIRST_STATE_UNTOLD:
            type(row).objects.filter(pk=row.pk).update(**FIRST_STATE_UNTOLD[label])
    address = pages(row)

    page = client.get(address["change"], follow=True).content.decode()
    told = (
        page if "as agreed on Monday" in page else client.get(address["history"]).content.decode()
    )

    assert "as agreed on Monday" in told
    assert told is page or f'href="{address["history"]}"' in page
