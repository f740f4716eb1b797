"""CAT-12: a trial batch is capped where goods are ordered. Bundles are not ordered at all."""

from datetime import date
from functools import partial

import pytest

from catalog.models import PurchaseState, Trial
from catalog.services import purchasing
from catalog.services.bundles import NoBundle, check_bundle
from catalog.services.presales import Terms, file_lot
from catalog.services.trials import TrialCapExceeded, judge_trial
from opsdesk.approvals.models import Approval
from tests import factories
from tests.catalog.purchases import Desk
from tests.concurrency import run_together, slowly
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return Desk()


def on_trial(desk, code="A-1"):
    """A SKU of a product of which fifty pieces may be ordered in all."""
    sku = desk.sku(code)
    factories.TrialFactory(candidate__store=desk.store, product=sku.product)
    return sku


def test_a_trial_batch_is_at_most_fifty_pieces_in_all_orders(desk):
    """CAT-12: what was asked for before counts, whatever became of it; cancelled orders don't."""
    sku = on_trial(desk)
    other = factories.SkuFactory(store=desk.store, product=sku.product, cost=5)
    desk.sent((sku, 20), (other, 20))
    order = desk.draft((sku, 11))

    with pytest.raises(TrialCapExceeded, match="40 ordered already, 11 more would be 51"):
        desk.ask(order)
    desk.ask(desk.draft((sku, 10)))

    order.refresh_from_db()
    assert order.state == "draft"


def test_a_product_that_was_taken_on_is_ordered_freely(desk):
    """CAT-12: the judgement lifts the cap."""
    sku = on_trial(desk)
    judge_trial(
        trial_id=Trial.objects.get().pk,
        takes_on=True,
        reason="sold out in a week",
        actor=desk.lead,
        at=MOMENT,
    )

    desk.ask(desk.draft((sku, 500)))


def test_a_trial_that_began_meanwhile_caps_what_was_asked_for(desk):
    """CAT-12: looked at again when the order is agreed to."""
    sku = desk.sku()
    order = desk.ask(desk.draft((sku, 51)))
    factories.TrialFactory(candidate__store=desk.store, product=sku.product)

    approval = desk.decide(order)

    assert approval.state == Approval.State.FAILED
    assert order.state != PurchaseState.APPROVED


@pytest.mark.django_db(transaction=True)
def test_two_orders_at_once_keep_a_trial_batch_together(monkeypatch):
    """CAT-12: the products are locked while their pieces are counted."""
    slow = slowly(purchasing.check_trial_cap, 0.2)
    monkeypatch.setattr(purchasing, "check_trial_cap", slow)
    desk = Desk()
    sku = on_trial(desk)
    orders = [desk.draft((sku, 30)) for _ in range(2)]

    results = run_together([partial(desk.ask, order) for order in orders])

    assert [type(result) for result in results].count(TrialCapExceeded) == 1


def test_a_bundle_is_neither_ordered_nor_presold(desk):
    """CAT-8, CAT-11: what comes in are its parts."""
    bundle = factories.BundlePartFactory(bundle=desk.sku()).bundle

    with pytest.raises(NoBundle, match="is a bundle"):
        desk.draft((bundle, 10))
    with pytest.raises(NoBundle, match="is a bundle"):
        file_lot(store=desk.store, terms=terms(desk, bundle), actor=desk.lead, at=MOMENT)


def test_what_is_ordered_or_presold_becomes_no_bundle_yet(desk):
    ordered = desk.sku()
    desk.draft((ordered, 10))
    presold = factories.PresaleLotFactory(sku__store=desk.store).sku

    with pytest.raises(NoBundle, match="It is ordered by PO-00001"):
        check_bundle(ordered)
    with pytest.raises(NoBundle, match="in a presale"):
        check_bundle(presold)


def terms(desk, sku):
    end = MOMENT.replace(hour=20)
    return Terms(sku, desk.supplier, 10, 1, MOMENT, end, promised_on=date(2026, 3, 4))
