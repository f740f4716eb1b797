"""Rules that hold on every screen of the admin, whoever makes it."""

import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analytics.models import DailySales
from fulfillment.models import CompensationRule
from opsdesk import lists
from opsdesk.exchange.models import MessageTemplate, WebhookSource
from opsdesk.inspection.models import InspectionSheet
from opsdesk.readings.models import Reading
from opsdesk.stores.models import User, WorkCalendar
from opsdesk.stores.roles import Role, granted
from orders.models import Order, ReviewRule
from tests import factories
from tests.factories import MOMENT

MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")

pytestmark = pytest.mark.django_db

# Model → how to make a row of a store. `None`: the row belongs to no store.
ROWS = {
    "stores.store": lambda store: store,
    "stores.channel": lambda store: factories.ChannelFactory(store=store),
    "stores.membership": lambda store: factories.MembershipFactory(store=store),
    "stores.workcalendar": lambda store: WorkCalendar.objects.get_or_create(store=store)[0],
    "stores.user": lambda store: factories.UserFactory(role=Role.WAREHOUSE, store=store),
    "audit.auditentry": lambda store: factories.AuditEntryFactory(store=store),
    "alerts.alert": lambda store: factories.AlertFactory(subject=order_in(store)),
    "automation.rule": lambda store: factories.RuleFactory(store=store),
    "automation.ruletrial": lambda store: factories.RuleTrialFactory(
        version=factories.RuleFactory(store=store).versions.get()
    ),
    "automation.firing": lambda store: (
        factories.FiringEffectFactory(firing__subject=order_in(store)).firing
    ),
    "inspection.manualitem": lambda store: factories.ManualItemFactory(store=store),
    "inspection.inspectionsheet": lambda store: factories.InspectionSheetFactory(
        store=store,
        business_date=store.business_date(MOMENT)
        # Apart from the day that others answer.
        - timedelta(days=100 + InspectionSheet.objects.filter(store=store).count()),
    ),
    "inspection.inspectionrun": lambda store: (
        factories.CheckFindingFactory(
            result__run__store=store, result__run__is_scheduled=False
        ).result.run
    ),
    "deadlines.deadline": lambda store: factories.DeadlineFactory(subject=order_in(store)),
    "schedule.slot": lambda store: factories.SlotFactory(store=store),
    "tokens.apitoken": lambda store: factories.ApiTokenFactory(store=store),
    "exchange.importsession": lambda store: factories.ImportSessionFactory(store=store),
    "exchange.target": lambda store: factories.TargetFactory(store=store),
    "exchange.webhooksource": lambda store: factories.WebhookSourceFactory(
        store=store, source=f"source-{WebhookSource.objects.count()}"
    ),
    "exchange.outboundmessage": lambda store: factories.OutboundMessageFactory(
        target=factories.TargetFactory(store=store), recipient="13812345678"
    ),
    "exchange.inbounddelivery": lambda store: factories.InboundDeliveryFactory(store=store),
    "exchange.messagetemplate": lambda store: factories.MessageTemplateFactory(
        store=store, language=f"x-{MessageTemplate.objects.count()}"
    ),
    "catalog.forbiddenword": lambda store: factories.ForbiddenWordFactory(list__store=store),
    "catalog.keyword": lambda store: factories.KeywordFactory(store=store),
    "catalog.wordlist": lambda store: factories.WordListFactory(store=store),
    "catalog.product": lambda store: factories.ProductFactory(store=store),
    "catalog.sku": lambda store: factories.SkuFactory(store=store),
    "catalog.codescheme": lambda store: factories.CodeSchemeFactory(store=store),
    "catalog.listing": lambda store: factories.ListingFactory(store=store),
    "catalog.listingprofile": lambda store: factories.ListingProfileFactory(store=store),
    "catalog.qualification": lambda store: factories.QualificationFactory(store=store),
    "catalog.requiredqualification": lambda store: factories.RequiredQualificationFactory(
        store=store
    ),
    "catalog.knowledgeentry": lambda store: factories.KnowledgeEntryFactory(store=store),
    "catalog.warehouse": lambda store: factories.WarehouseFactory(store=store),
    "catalog.stocklevel": lambda store: factories.StockLevelFactory(
        sku=factories.SkuFactory(store=store)
    ),
    "catalog.pricechange": lambda store: (
        factories.PriceChangeLineFactory(change=factories.PriceChangeFactory(store=store)).change
    ),
    "catalog.countsession": lambda store: factories.CountSessionFactory(warehouse__store=store),
    "catalog.transfer": lambda store: factories.TransferFactory(source__store=store),
    "catalog.stockdifference": lambda store: factories.StockDifferenceFactory(sku__store=store),
    "catalog.channelshare": lambda store: factories.ChannelShareFactory(channel__store=store),
    "catalog.stockcover": lambda store: factories.StockCoverFactory(
        sku=factories.SkuFactory(store=store)
    ),
    "catalog.slowstock": lambda store: factories.SlowStockFactory(
        sku=factories.SkuFactory(store=store)
    ),
    "catalog.clearanceplan": lambda store: factories.ClearancePlanFactory(
        row__sku=factories.SkuFactory(store=store)
    ),
    "catalog.presalelot": lambda store: factories.PresaleLotFactory(sku__store=store),
    "catalog.selectioncandidate": lambda store: factories.SelectionCandidateFactory(store=store),
    "catalog.supplier": lambda store: factories.SupplierFactory(store=store),
    "catalog.purchaseorder": lambda store: (
        factories.PurchaseLineFactory(order=factories.PurchaseOrderFactory(store=store)).order
    ),
    "catalog.listingsample": lambda store: factories.ListingSampleFactory(store=store),
    "orders.order": lambda store: order_in(store),
    "orders.channeldifference": lambda store: factories.ChannelDifferenceFactory(
        channel__store=store
    ),
    "orders.channelreconciliation": lambda store: factories.ChannelReconciliationFactory(
        channel__store=store
    ),
    "orders.presaleorder": lambda store: factories.PresaleOrderFactory(order__store=store),
    "orders.optout": lambda store: factories.OptOutFactory(store=store),
    "orders.statement": lambda store: factories.StatementFactory(store=store),
    "orders.statementline": lambda store: factories.StatementLineFactory(statement__store=store),
    "orders.moneydifference": lambda store: factories.MoneyDifferenceFactory(
        payment__order=factories.OrderFactory(store=store)
    ),
    "orders.feerate": lambda store: factories.FeeRateFactory(store=store),
    "approvals.approval": lambda store: factories.ApprovalFactory(store=store),
    "approvals.delegation": lambda store: factories.DelegationFactory(store=store),
    "orders.invoice": lambda store: factories.InvoiceFactory(order=order_in(store)),
    "orders.invoiceseries": lambda store: factories.InvoiceSeriesFactory(
        store=store, year=2000 + store.invoice_series.count()
    ),
    "orders.contract": lambda store: factories.ContractFactory(order=order_in(store)),
    "orders.quotation": lambda store: factories.QuotationFactory(store=store),
    "orders.customer": lambda store: factories.CustomerFactory(store=store),
    "orders.reviewrule": lambda store: factories.ReviewRuleFactory(
        store=store, code=f"rule-{ReviewRule.objects.count()}"
    ),
    "fulfillment.carrier": lambda store: (
        factories.CarrierServiceFactory(carrier__store=store).carrier
    ),
    "fulfillment.carrierservice": lambda store: factories.CarrierServiceFactory(
        carrier__store=store
    ),
    "fulfillment.requiredpermit": lambda store: factories.RequiredPermitFactory(store=store),
    "fulfillment.pricetable": lambda store: (
        factories.PriceRowFactory(table__service__carrier__store=store).table
    ),
    "fulfillment.freighttemplate": lambda store: (
        factories.FreightRowFactory(
            template__store=store, template__channel=factories.ChannelFactory(store=store)
        ).template
    ),
    "catalog.storefrontpage": lambda store: factories.StorefrontPageFactory(
        channel=factories.ChannelFactory(store=store)
    ),
    "fulfillment.deliverypromise": lambda store: factories.DeliveryPromiseFactory(
        store=store, channel=factories.ChannelFactory(store=store)
    ),
    "fulfillment.freightinsurance": lambda store: factories.FreightInsuranceFactory(
        store=store, channel=factories.ChannelFactory(store=store)
    ),
    "fulfillment.wave": lambda store: factories.WaveOrderFactory(wave__warehouse__store=store).wave,
    "fulfillment.waverule": lambda store: factories.WaveRuleFactory(warehouse__store=store),
    "fulfillment.pick": lambda store: (
        factories.PickLineFactory(promise__line__order__store=store).pick
    ),
    "fulfillment.shortpick": lambda store: factories.ShortPickFactory(
        line__promise__line__order__store=store
    ),
    "fulfillment.warehousepace": lambda store: factories.WarehousePaceFactory(
        warehouse__store=store
    ),
    "fulfillment.zone": lambda store: factories.ZoneFactory(warehouse__store=store),
    "fulfillment.bin": lambda store: factories.BinFactory(zone__warehouse__store=store),
    "orders.blacklistentry": lambda store: factories.BlacklistEntryFactory(store=store),
    "fulfillment.parcel": lambda store: factories.ParcelFactory(warehouse__store=store),
    "fulfillment.manifest": lambda store: factories.ManifestFactory(warehouse__store=store),
    "fulfillment.channelpush": lambda store: factories.ChannelPushFactory(channel__store=store),
    "fulfillment.parcelcase": lambda store: factories.ParcelCaseFactory(
        parcel__warehouse__store=store
    ),
    "fulfillment.laterisk": lambda store: factories.LateRiskFactory(order=order_in(store)),
    "fulfillment.boxstock": lambda store: factories.BoxStockFactory(warehouse__store=store),
    "fulfillment.box": lambda store: factories.BoxFactory(store=store),
    "fulfillment.packagingrule": lambda store: factories.PackagingRuleFactory(store=store),
    "fulfillment.shipmentmiss": lambda store: factories.ShipmentMissFactory(order=order_in(store)),
    "fulfillment.compensation": lambda store: factories.CompensationFactory(
        order=order_in(store), rule__is_active=False
    ),
    "fulfillment.compensationrule": lambda store: factories.CompensationRuleFactory(
        store=store, hours_from=(n := CompensationRule.objects.count()) + 1, hours_to=n + 2
    ),
    "orders.blockedregion": lambda store: factories.BlockedRegionFactory(store=store),
    "readings.reading": lambda store: factories.ReadingFactory(
        store=store, day=MOMENT.date() - timedelta(days=Reading.objects.count())
    ),
    "analytics.dailysales": lambda store: factories.DailySalesFactory(
        store=store, date=MOMENT.date() - timedelta(days=DailySales.objects.count())
    ),
}
# Their rows have no page of their own, or the page is one for all rows.
LIST_ONLY = {
    "catalog.stockmovement",
    "fulfillment.lanetime",
    "stores.settingoverride",
    "approvals.approvalpolicy",
}
# Not of a store: a bulk action belongs to whoever started it, a notice to whom it tells.
PERSONAL = {"bulk.bulktask", "selections.listexport", "notices.notice", "notices.subscription"}


def order_in(store):
    order = factories.OrderFactory(store=store, buyer_memo="call 13912345678 before you come")
    factories.OrderLineFactory(order=order)
    return order


def person(store, *roles):
    user = factories.UserFactory()
    for role in roles or Role.values:
        factories.MembershipFactory(user=user, store=store, role=role)
    return user


@pytest.fixture
def store():
    return factories.StoreFactory(name="Ours")


@pytest.fixture
def other():
    return factories.StoreFactory(name="Theirs")


@pytest.fixture
def signed_in(client, store):
    client.force_login(person(store))
    return client


def list_of(label):
    return reverse(f"admin:{label.replace('.', '_')}_changelist")


def page_of(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def test_every_screen_is_covered_here():
    registered = {model._meta.label_lower for model in admin.site._registry}
    assert registered == ROWS.keys() | LIST_ONLY | PERSONAL


@pytest.mark.parametrize("label", ROWS)
def test_a_row_of_our_store_is_listed_and_has_a_page_and_neither_shows_a_phone(
    label, signed_in, store
):
    row = ROWS[label](store)

    listed = signed_in.get(list_of(label))
    shown = signed_in.get(page_of(row))

    assert listed.status_code == shown.status_code == 200
    assert f"{row.pk}/change/" in listed.content.decode()
    for page in (listed, shown):
        assert not MOBILE.search(page.content.decode())


@pytest.mark.parametrize("label", ROWS)
def test_a_row_of_another_store_is_not_there(label, signed_in, other):
    row = ROWS[label](other)

    listed = signed_in.get(list_of(label))
    shown = signed_in.get(page_of(row))

    assert listed.status_code == 200
    assert f"/{row.pk}/change/" not in listed.content.decode()
    assert f'"{row.pk}/change/' not in listed.content.decode()
    assert shown.status_code == 404


def test_a_screen_without_rights_is_neither_offered_nor_shown(client, store):
    client.force_login(person(store, Role.WAREHOUSE))

    desk = client.get(reverse("admin:index")).content.decode()

    assert list_of("stores.membership") not in desk
    assert client.get(list_of("stores.membership")).status_code == 403


def test_neither_the_desk_nor_an_order_shows_a_telephone_number(signed_in, store):
    order = order_in(store)
    factories.AlertFactory(subject=order, evidence={"said": "ring 13812345678"})

    for page in (page_of(order), reverse("admin:index")):
        assert not MOBILE.search(signed_in.get(page).content.decode()), page


@pytest.mark.parametrize("label", ROWS)
def test_a_list_asks_as_many_questions_of_a_full_page_as_of_ten_rows(label, signed_in, store):
    for _ in range(10):
        ROWS[label](store)
    signed_in.get(list_of(label))
    few = statements(signed_in, list_of(label))
    for _ in range(lists.ReadOnlyList.page_size - 9):
        ROWS[label](store)

    assert statements(signed_in, list_of(label)) == few
    assert few <= 20


def statements(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_desk_asks_no_more_questions_of_a_hundred_rows_than_of_ten(signed_in, store):
    """It asks one less: a full page of alerts answers what the clocks would be counted for.

    This person has all eleven roles, and so the tiles of all of them.
    """
    for number in range(10):
        desk_work(store, number)
    signed_in.get(reverse("admin:index"))
    few = statements(signed_in, reverse("admin:index"))
    for number in range(10, 100):
        desk_work(store, number)

    assert statements(signed_in, reverse("admin:index")) <= few <= 36


def desk_work(store, number):
    order = factories.OrderFactory(store=store, placed_at=MOMENT + timedelta(minutes=number))
    factories.DeadlineFactory(subject=order, rule="orders.review")
    factories.AlertFactory(subject=order)


@pytest.mark.parametrize("path", ["orders/order/0/change/", "orders/order/x/change/", "nowhere/"])
def test_what_is_not_there_is_a_plain_404(path, signed_in):
    response = signed_in.get(f"/admin/{path}")

    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "after=nonsense",
        "before=2026-13-45_x",
        "after=_",
        "placed_after=yesterday",
        "store=999999",
        "channel=abc",
        "fulfilment=lost",
        "tab=nowhere",
        "number=%00",
        "number=" + "9" * 300,
    ],
)
def test_a_wrong_filter_is_a_message_and_never_an_error(query, signed_in, store):
    order_in(store)

    response = signed_in.get(f"{list_of('orders.order')}?{query}")

    assert response.status_code == 200


def test_a_search_that_takes_too_long_is_stopped_and_says_what_helps(signed_in, store, monkeypatch):
    order_in(store)
    screen = admin.site._registry[Order]
    slow = screen.get_queryset
    monkeypatch.setattr(lists, "PATIENCE_MS", 20)
    monkeypatch.setattr(
        screen,
        "list_rows",
        lambda request: slow(request).extra(where=["pg_sleep(1) IS NOT NULL"]),
    )

    response = signed_in.get(list_of("orders.order"))

    assert response.status_code == 200
    assert "This search takes too long." in response.content.decode()


def test_nobody_signs_in_without_a_store(client):
    user = factories.UserFactory()

    response = client.post(
        reverse("admin:login"), {"username": user.username, "password": factories.PASSWORD}
    )

    assert "You work for no store yet" in response.content.decode()


def test_a_person_signs_in_to_their_desk(client, store):
    user = person(store, Role.WAREHOUSE)

    response = client.post(
        reverse("admin:login"), {"username": user.username, "password": factories.PASSWORD}
    )

    assert response.url == reverse("admin:index")


def test_a_post_of_an_ended_session_leads_back_to_its_page(client):
    page = "http://testserver/admin/stores/settingoverride/of/orders.review/?scope=s1"

    response = client.post(reverse("admin:desk-act"), {"do": "x:1"}, headers={"Referer": page})

    assert response.url.startswith(reverse("admin:login"))
    assert "/of/orders.review/?scope=s1" in unquote(response.url)
    assert "before this was saved" in client.get(response.url).content.decode()


def test_logging_out_speaks_of_nothing_unsaved(signed_in):
    response = signed_in.post(reverse("admin:logout"), follow=True)

    assert "before this was saved" not in response.content.decode()


def test_the_chosen_language_is_kept_with_the_person(signed_in):
    signed_in.post(reverse("choose-language"), {"language": "zh-hans"})

    assert User.objects.get(pk=signed_in.session["_auth_user_id"]).language == "zh-hans"
    assert '<html lang="zh-hans"' in signed_in.get(reverse("admin:index")).content.decode()


def test_an_unknown_language_changes_nothing(signed_in):
    signed_in.post(reverse("choose-language"), {"language": "xx"})

    assert User.objects.get(pk=signed_in.session["_auth_user_id"]).language == ""


def test_the_command_search_finds_by_the_beginning_and_only_our_stores(signed_in, store, other):
    ours = factories.OrderFactory(store=store, external_number="ABC-1")
    theirs = factories.OrderFactory(store=other, external_number="ABC-2")

    found = signed_in.get(reverse("admin:search"), {"s": "abc", "extended": 1}).content.decode()

    assert page_of(ours) in found
    assert page_of(theirs) not in found


def test_the_command_search_finds_orders_by_the_end_of_a_number_too(signed_in, store, other):
    ours = factories.OrderFactory(store=store, external_number="ABC-1234")
    theirs = factories.OrderFactory(store=other, external_number="ABD-1234")

    found = signed_in.get(reverse("admin:search"), {"s": "1234", "extended": 1}).content.decode()

    assert page_of(ours) in found
    assert page_of(theirs) not in found


@pytest.mark.parametrize("label", ROWS)
def test_a_list_ends_where_the_right_to_look_ends(label, client, store, other):
    """A role in one store says nothing about another store, where the person has another role."""
    model = apps.get_model(label)
    kind = f"{model._meta.app_label}.{{}}_{model._meta.model_name}"
    may = {kind.format("view"), kind.format("change")}
    with_it = next(role for role, held in granted().items() if may & held)
    without = next((role for role, held in granted().items() if not may & held), None)
    if without is None:
        assert kind.format("view") in set.intersection(*granted().values())
        return
    someone = person(store, with_it)
    factories.MembershipFactory(user=someone, store=other, role=without)
    client.force_login(someone)
    ours, theirs = ROWS[label](store), ROWS[label](other)

    listed = client.get(list_of(label)).content.decode()

    assert f"{ours.pk}/change/" in listed
    assert f'"{theirs.pk}/change/' not in listed
    assert f"/{theirs.pk}/change/" not in listed
    assert client.get(page_of(theirs)).status_code in (403, 404)


def test_search_and_badges_end_where_the_right_to_look_ends(client, store, other):
    someone = person(store, Role.ORDER_REVIEWER)
    factories.MembershipFactory(user=someone, store=other, role=Role.MARKETING_OPERATOR)
    client.force_login(someone)
    theirs = factories.OrderFactory(store=other, external_number="ABC-2")
    customer = theirs.customer

    found = client.get(reverse("admin:search"), {"s": "abc"}).content.decode()
    found += client.get(reverse("admin:search"), {"s": customer.external_id}).content.decode()
    badges = client.get(reverse("admin:badges")).content.decode()

    assert page_of(theirs) not in found
    assert page_of(customer) not in found
    assert ">1<" not in badges


@pytest.mark.parametrize(
    "address",
    [
        "search/?s=ab%00",
        "catalog/product/?after=a%00_1",
        "catalog/sku/?after=a%00_1",
        "catalog/stocklevel/?after=a%00_1",
        "desk/rows/?after=2026-W01_1_0_1",
        "desk/rows/?after=20260101T000000,5_1_0_1",
        "desk/rows/?after=2026-01-01T00:00:00_1_0_1",
        "desk/rows/?after=0001-01-01T00:00:00%2B14:00_1_0_1",
        "desk/rows/?after=infinity_1E%2B999999_0_1",
    ],
)
def test_an_address_nobody_wrote_is_never_an_error(address, signed_in):
    assert signed_in.get(f"/admin/{address}").status_code == 200


@pytest.mark.parametrize("page", ["orders/order", "alerts/alert", "catalog/sku"])
def test_an_id_of_thousands_of_digits_is_not_there(page, signed_in):
    assert signed_in.get(f"/admin/{page}/{'1' * 5000}/change/").status_code == 404


def test_an_action_on_an_id_of_thousands_of_digits_is_refused(signed_in):
    response = signed_in.post(reverse("admin:desk-act"), {"do": f"acknowledge:{'1' * 5000}"})

    assert response.status_code == 400


def test_a_text_that_no_column_can_hold_is_kept_without_what_spoils_it(signed_in, store):
    alert = factories.AlertFactory(subject=order_in(store))
    order = alert.subject

    signed_in.post(
        reverse("admin:orders_order_act", args=[order.pk]), {"do": "cancel", "reason": "a\0b"}
    )
    signed_in.post(
        reverse("admin:alerts_alert_act", args=[alert.pk]), {"do": "comment", "note": "c\0d"}
    )

    assert order.events.get(kind="cancelled").data["reason"] == "ab"
    assert alert.events.get(kind="commented").note == "cd"


def test_suggestions_come_only_from_our_stores(signed_in, store, other):
    ours = factories.ProductFactory(store=store, code="KETTLE-1")
    theirs = factories.ProductFactory(store=other, code="KETTLE-2")

    found = signed_in.get(
        reverse("admin:autocomplete"),
        {"term": "kettle", "app_label": "catalog", "model_name": "sku", "field_name": "product"},
    ).json()["results"]

    assert [entry["id"] for entry in found] == [str(ours.pk)]
    assert str(theirs.pk) not in str(found)
