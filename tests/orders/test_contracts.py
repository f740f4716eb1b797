"""Business orders, their contracts, and what they were quoted (ORD-10)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from hashlib import sha256
from io import BytesIO

import pytest
from django.db import InternalError, transaction
from PIL import Image

from opsdesk.alerts.models import Alert
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.roles import Role
from orders.models import BusinessOrder, Contract, Quotation
from orders.services import contract_watch, contracts, quotations
from orders.services.contracts import Signed
from orders.services.quotations import Offer, Quoted
from tests import factories
from tests.concurrency import run_together
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PDF = b"%PDF-1.7 signed by both"
SIGNED = Signed(PDF, "../合同.PDF", MOMENT.date(), "北京采购有限公司", "木语生活")


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


class Desk:
    def __init__(self):
        self.store = factories.StoreFactory()
        self.lead = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=self.store)
        self.order = factories.OrderFactory(store=self.store, fulfilment_state="not_tracked")

    def add(self, signed=SIGNED, actor=None, **changes):
        return contracts.add_contract(
            order_id=self.order.pk,
            signed=replace(signed, **changes),
            actor=actor or self.lead,
            at=MOMENT,
        )

    def quote(self, **changes):
        sku = self.store.skus.first() or factories.SkuFactory(store=self.store)
        offer = Offer("北京采购有限公司", MOMENT.date(), [Quoted(sku.pk, 10, Decimal("90.00"))])
        return quotations.quote(
            store=self.store, offer=replace(offer, **changes), actor=self.lead, at=MOMENT
        )

    def accept(self, quotation, at=MOMENT, order="", actor=None):
        return quotations.accept(
            quotation_id=quotation.pk,
            order_number=order or self.order.external_number,
            actor=actor or self.lead,
            at=at,
        )


@pytest.fixture
def desk():
    return Desk()


def picture(kind):
    content = BytesIO()
    Image.new("RGB", (40, 40), "white").save(content, kind)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"), [(PDF, "pdf"), (picture("JPEG"), "jpeg"), (picture("PNG"), "png")]
)
def test_a_contract_is_kept_byte_by_byte_under_its_digest(desk, content, kind):
    """ORD-10: what it is says its content, and with it the order is a business order."""
    contract = desk.add(content=content)

    digest = sha256(content).hexdigest()
    assert (contract.sha256, contract.type, contract.size) == (digest, kind, len(content))
    assert contract.file.name.startswith(f"contracts/{desk.store.pk}/{digest}")
    assert contract.file_name == f"合同.{kind}"
    assert contracts.content_of(contract) == content
    assert BusinessOrder.objects.get().order == desk.order


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"content": b"<html>"}, "PDF, a JPEG or a PNG"),
        ({"content": picture("GIF")}, "PDF, a JPEG or a PNG"),
        ({"content": picture("PNG")[:60]}, r"\S"),
        ({"buyer": " "}, "both parties"),
        ({"signed_on": MOMENT.date() + DAY}, "still to come"),
    ],
)
def test_what_is_no_signed_contract_is_refused(desk, changes, words):
    with pytest.raises(DomainError, match=words):
        desk.add(**changes)
    assert not Contract.objects.exists()


def test_a_correction_is_a_version_that_names_the_one_before(desk):
    """ORD-10: nothing is altered afterwards; the database refuses it, too."""
    first = desk.add()
    with pytest.raises(Conflict, match="this very file"):
        desk.add(corrects=first.pk)
    with pytest.raises(Conflict, match="by now"):
        desk.add(content=PDF + b"2")

    second = desk.add(content=PDF + b"2", corrects=first.pk)

    assert (second.version, second.corrects) == (2, first)
    assert list(desk.order.contracts.newest()) == [second]
    for act in (
        lambda: Contract.objects.update(signed_on=MOMENT.date() - DAY),
        lambda: Contract.objects.filter(pk=second.pk).delete(),
    ):
        with pytest.raises(InternalError), transaction.atomic():
            act()


@pytest.mark.django_db(transaction=True)
def test_of_corrections_at_once_one_counts_and_no_file_is_left_over(tmp_path):
    desk = Desk()
    first = desk.add()

    results = run_together(
        [partial(desk.add, content=PDF + b"%d" % n, corrects=first.pk) for n in range(5)]
    )

    assert [type(each) for each in results].count(Conflict) == 4
    assert Contract.objects.count() == 2
    assert len([each for each in tmp_path.rglob("*") if each.is_file()]) == 2


def test_a_kept_file_that_is_gone_or_differs_is_a_critical_alert_until_it_is_back(desk):
    """ORD-10: re-verified nightly, with the digests as evidence; `verify` says so as well."""
    contract = desk.add()
    storage, name = contract.file.storage, contract.file.name
    assert contract_watch.verify_papers(desk.store, at=MOMENT) == 0

    with storage.open(name, "wb") as file:
        file.write(PDF + b"!")
    assert contract_watch.verify_papers(desk.store, at=MOMENT) == 1
    alert = Alert.objects.get(check_code="orders.paper_altered")
    assert (alert.severity, alert.evidence["expected"]) == ("critical", contract.sha256)
    assert alert.evidence["found"] == sha256(PDF + b"!").hexdigest()
    with pytest.raises(AssertionError, match="papers-are-what-they-were"):
        assert_invariants_hold("orders")
    with pytest.raises(contracts.ContractAltered):
        contracts.content_of(contract)

    storage.delete(name)
    contract_watch.verify_papers(desk.store, at=MOMENT)
    alert.refresh_from_db()
    assert alert.evidence["found"] == "gone"

    with storage.open(name, "wb") as file:
        file.write(PDF)
    assert contract_watch.verify_papers(desk.store, at=MOMENT) == 0
    alert.refresh_from_db()
    assert (alert.state, alert.resolution) == ("resolved", "self")
    assert_invariants_hold("orders")


def test_a_business_order_without_its_contract_is_an_alert_after_three_days(desk):
    """ORD-10: it closes with the contract, and where the order is none between businesses."""
    other = factories.OrderFactory(store=desk.store, fulfilment_state="not_tracked")
    for order in (desk.order, other):
        contracts.mark_business(order_id=order.pk, actor=desk.lead, at=MOMENT)
    assert contract_watch.look_for_missing(desk.store, at=MOMENT + 3 * DAY) == 0

    assert contract_watch.look_for_missing(desk.store, at=MOMENT + 3 * DAY + DAY / 24) == 2
    desk.add()
    contracts.unmark_business(order_id=other.pk, actor=desk.lead, at=MOMENT)

    alerts = Alert.objects.filter(check_code="orders.contract_missing")
    assert list(alerts.values_list("state", flat=True)) == ["resolved", "resolved"]
    with pytest.raises(Conflict):
        contracts.unmark_business(order_id=desk.order.pk, actor=desk.lead, at=MOMENT)


def test_an_accepted_quotation_is_the_ground_of_one_business_order(desk):
    """ORD-10: numbers are unique, a version replaces the one before it, a late yes is refused."""
    first, second = desk.quote(), desk.quote()
    assert [first.number, second.number] == ["QUO-00001", "QUO-00002"]
    offer = Offer(
        "北京采购有限公司", MOMENT.date(), [Quoted(first.lines.get().sku_id, 5, Decimal(80))]
    )
    newer = quotations.requote(quotation_id=first.pk, offer=offer, actor=desk.lead, at=MOMENT)
    assert (newer.number, newer.version) == ("QUO-00001", 2)

    with pytest.raises(Conflict, match="replaced"):
        desk.accept(first)
    with pytest.raises(Conflict, match="run out"):
        desk.accept(newer, at=MOMENT + DAY)
    with pytest.raises(DomainError, match="no order"):
        desk.accept(newer, order="T-NOWHERE")
    accepted = desk.accept(newer)

    assert (accepted.state, accepted.order) == ("accepted", desk.order)
    assert BusinessOrder.objects.get().order == desk.order
    with pytest.raises(DomainError, match="another quotation"):
        desk.accept(second)
    assert Quotation.objects.with_amounts().get(pk=newer.pk).amount == Decimal(400)


def test_who_may_not_and_who_is_of_another_store_change_nothing(desk):
    clerk = factories.UserFactory(role=Role.CUSTOMER_SERVICE, store=desk.store)
    stranger = Desk().lead
    with pytest.raises(NotAllowed):
        desk.add(actor=clerk)
    with pytest.raises(desk.order.DoesNotExist):
        desk.add(actor=stranger)
    quotation = desk.quote()
    with pytest.raises(NotAllowed):
        desk.accept(quotation, actor=clerk)
    with pytest.raises(Quotation.DoesNotExist):
        desk.accept(quotation, actor=stranger)
