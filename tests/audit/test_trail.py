"""Every change is one entry, whatever the way: no save() is needed, and none can be forgotten."""

from datetime import time, timedelta
from decimal import Decimal
from functools import partial

import pgtrigger
import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse

from catalog.models import Sku
from opsdesk.audit.context import acting
from opsdesk.audit.middleware import ActingMiddleware
from opsdesk.audit.models import AuditEntry
from opsdesk.audit.reading import known_kinds
from opsdesk.bulk import services as bulk
from opsdesk.bulk.models import BulkTask
from opsdesk.exchange.services import undoing
from opsdesk.schedule import jobs
from opsdesk.schedule.services import run_slot
from opsdesk.stores.models import SettingOverride, Store, User
from opsdesk.stores.roles import Role, sync_roles
from opsdesk.tracing import TraceMiddleware
from orders.contacts import Contact
from tests import factories
from tests.exchange.files import import_file, orders_csv
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold
from tests.orders.drafts import draft, place, stock

pytestmark = pytest.mark.django_db

CNY = Decimal("81.50")
# What is changed → how to make a row, the field, and its new value.
KINDS = {
    "automation.rule": (partial(factories.RuleFactory, versions=False), "name", "Renamed"),
    "automation.tag": (factories.TagFactory, "name", "Renamed"),
    "stores.store": (factories.StoreFactory, "name", "Renamed"),
    "stores.channel": (factories.ChannelFactory, "is_active", False),
    "stores.user": (factories.UserFactory, "is_active", False),
    "approvals.delegation": (factories.DelegationFactory, "ends_at", MOMENT + timedelta(days=9)),
    "inspection.manualitem": (factories.ManualItemFactory, "title", "Renamed"),
    "exchange.target": (factories.TargetFactory, "name", "Renamed"),
    "exchange.webhooksource": (factories.WebhookSourceFactory, "is_active", False),
    "tokens.apitoken": (factories.ApiTokenFactory, "requests_per_minute", 7),
    "stores.membership": (factories.MembershipFactory, "role", Role.FINANCE),
    "stores.workcalendar": (factories.WorkCalendarFactory, "country", "DE"),
    "stores.workhours": (factories.WorkHoursFactory, "start", time(8)),
    "stores.workexception": (factories.WorkExceptionFactory, "day", MOMENT.date().replace(day=9)),
    "catalog.storefrontpage": (factories.StorefrontPageFactory, "says", "Tea"),
    "readings.reading": (factories.ReadingFactory, "value", CNY),
    "catalog.sku": (factories.SkuFactory, "list_price", CNY),
    "orders.payment": (factories.PaymentFactory, "amount", CNY),
    "orders.refund": (factories.RefundFactory, "amount", CNY),
    "orders.feerate": (factories.FeeRateFactory, "percent", Decimal("0.380")),
    "orders.moneydifference": (factories.MoneyDifferenceFactory, "theirs", CNY),
    "catalog.bundlepart": (factories.BundlePartFactory, "pieces", 7),
    "catalog.codepart": (factories.CodePartFactory, "name", "Renamed"),
    "catalog.codescheme": (factories.CodeSchemeFactory, "is_strict", True),
    "catalog.listing": (factories.ListingFactory, "state", "paused"),
    "catalog.wordlist": (factories.WordListFactory, "name", "Renamed"),
    "orders.optout": (factories.OptOutFactory, "way", "chat"),
    "orders.presaleorder": (factories.PresaleOrderFactory, "deposit_amount", 7),
    "catalog.forbiddenword": (factories.ForbiddenWordFactory, "is_active", False),
    "catalog.qualification": (factories.QualificationFactory, "number", "SC-renewed"),
    "catalog.requiredqualification": (
        factories.RequiredQualificationFactory,
        "category",
        "Food/Tea",
    ),
    "catalog.warehouse": (factories.WarehouseFactory, "priority", 7),
    "fulfillment.box": (factories.BoxFactory, "cost", CNY),
    "fulfillment.packagingrule": (factories.PackagingRuleFactory, "padding_mm", 7),
    "fulfillment.shipmentmiss": (factories.ShipmentMissFactory, "note", "It leaves today"),
    "fulfillment.compensationrule": (factories.CompensationRuleFactory, "percent", Decimal(7)),
    "fulfillment.compensation": (factories.CompensationFactory, "amount", CNY),
    "catalog.clearanceplan": (factories.ClearancePlanFactory, "measure", "return"),
    "catalog.supplier": (factories.SupplierFactory, "lead_days", 9),
    "catalog.supplieritem": (factories.SupplierItemFactory, "minimum_quantity", 7),
    "catalog.purchaseorder": (factories.PurchaseOrderFactory, "reason", "Runs out on Friday"),
    "catalog.purchaseline": (factories.PurchaseLineFactory, "quantity", 7),
    "catalog.channelshare": (factories.ChannelShareFactory, "percent", 7),
    "catalog.presalelot": (factories.PresaleLotFactory, "price", CNY),
    "catalog.selectioncandidate": (factories.SelectionCandidateFactory, "name", "Renamed"),
    "catalog.trial": (factories.TrialFactory, "reason", "Sold well"),
    "orders.invoice": (factories.InvoiceFactory, "kind", "paper"),
    "orders.invoiceseries": (factories.InvoiceSeriesFactory, "prefix", "NEW-"),
    "orders.quotation": (factories.QuotationFactory, "state", "withdrawn"),
    "orders.order": (factories.OrderFactory, "total_amount", CNY),
    "orders.orderline": (factories.OrderLineFactory, "unit_price", CNY),
    "orders.channeldifference": (factories.ChannelDifferenceFactory, "note", "Asked them"),
    "orders.customer": (factories.CustomerFactory, "external_id", "buyer-renamed"),
    "orders.refundrequest": (factories.RefundRequestFactory, "note", "Given back by the channel"),
    "orders.shiptogethermember": (factories.ShipTogetherMemberFactory, "left_at", MOMENT),
    "orders.hold": (factories.HoldFactory, "note", "Called at noon"),
    "orders.blacklistentry": (factories.BlacklistEntryFactory, "reason", "Sent back again"),
    "orders.blockedregion": (factories.BlockedRegionFactory, "reason", "Still snow"),
    "fulfillment.carrier": (factories.CarrierFactory, "name", "Renamed"),
    "fulfillment.carrierservice": (factories.CarrierServiceFactory, "name", "Renamed"),
    "fulfillment.freighttemplate": (factories.FreightTemplateFactory, "name", "Renamed"),
    "fulfillment.freightrow": (factories.FreightRowFactory, "first_price", CNY),
    "fulfillment.deliverypromise": (factories.DeliveryPromiseFactory, "hours", 7),
    "fulfillment.freightinsurance": (factories.FreightInsuranceFactory, "cover", CNY),
    "fulfillment.insuranceband": (factories.InsuranceBandFactory, "premium", CNY),
    "fulfillment.requiredpermit": (factories.RequiredPermitFactory, "category", "Frozen/Ice"),
    "fulfillment.coveragearea": (factories.CoverageAreaFactory, "extra_days", 7),
    "fulfillment.pricetable": (factories.PriceTableFactory, "name", "Renamed"),
    "fulfillment.surcharge": (factories.SurchargeFactory, "amount", CNY),
    "fulfillment.bin": (factories.BinFactory, "is_active", False),
    "fulfillment.channelpush": (factories.ChannelPushFactory, "form", "shopify"),
    "fulfillment.parcelcharge": (factories.ParcelChargeFactory, "billed", CNY),
    "fulfillment.parcelcase": (factories.ParcelCaseFactory, "kind", "lost"),
    "fulfillment.following": (factories.FollowingFactory, "state", "over"),
    "fulfillment.waverule": (factories.WaveRuleFactory, "priority", 3),
    "fulfillment.parcel": (factories.ParcelFactory, "weight_grams", 7),
}
# What is never changed, only added: how to make a row.
APPEND_ONLY = {
    "automation.ruleversion": factories.RuleVersionFactory,
    "approvals.approvalpolicy": factories.ApprovalPolicyFactory,
    "stores.settingoverride": factories.SettingOverrideFactory,
    "catalog.price": factories.PriceFactory,
    "orders.contract": factories.ContractFactory,
    "inspection.inspectionsheet": factories.InspectionSheetFactory,
    "fulfillment.carrierdocument": factories.CarrierDocumentFactory,
    "fulfillment.carrierexception": factories.CarrierExceptionFactory,
    "catalog.scorecard": factories.ScorecardFactory,
    "catalog.selectiondecision": factories.SelectionDecisionFactory,
    "catalog.supplieranswer": factories.SupplierAnswerFactory,
    "catalog.listingsampleanswer": factories.ListingSampleAnswerFactory,
    "orders.reviewrule": factories.ReviewRuleFactory,
}
# What only comes and goes.
PAIRS = {
    "catalog.warehouseassignment": factories.WarehouseAssignmentFactory,
    "orders.businessorder": factories.BusinessOrderFactory,
    "stores.roleright": factories.RoleRightFactory,
    "stores.persongroup": factories.PersonGroupFactory,
    "stores.personright": factories.PersonRightFactory,
}


def by_save(row, field, value):
    setattr(row, field, value)
    row.save()


def by_named_save(row, field, value):
    setattr(row, field, value)
    row.save(update_fields=[field])


def by_update(row, field, value):
    type(row).objects.filter(pk=row.pk).update(**{field: value})


def by_bulk_update(row, field, value):
    setattr(row, field, value)
    type(row).objects.bulk_update([row], [field])


def by_sql(row, field, value):
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {row._meta.db_table} SET {field} = %s WHERE id = %s", [value, row.pk]
        )


WAYS = [by_save, by_named_save, by_update, by_bulk_update, by_sql]


def entries_on(row, verb="changed"):
    return AuditEntry.objects.of(row).filter(verb=verb)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("kind", KINDS)
def test_a_change_is_one_entry_whatever_the_way(kind, way):
    make, field, value = KINDS[kind]
    row = make()

    way(row, field, value)

    entry = entries_on(row).get()
    assert list(entry.before) == list(entry.after) == [field]
    assert entry.before != entry.after or field == "external_id"


def test_every_recorded_table_is_put_to_the_test():
    assert {kind for kind, _name in known_kinds()} == {*KINDS, *APPEND_ONLY, *PAIRS}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("kind", KINDS)
def test_a_change_from_the_command_line_is_one_entry_of_the_command(kind, way):
    make, field, value = KINDS[kind]
    row = make()

    with acting(via="shell", cause="command:shell"):
        way(row, field, value)

    entry = entries_on(row).get()
    assert (entry.via, entry.cause) == ("shell", "command:shell")


@pytest.mark.parametrize("kind", [*APPEND_ONLY, *PAIRS])
def test_a_row_that_comes_is_one_entry(kind):
    row = (APPEND_ONLY | PAIRS)[kind]()

    entry = AuditEntry.objects.of(row).get()
    assert (entry.verb, entry.via, entry.before) == ("created", "sql", None)
    assert entry.after
    assert entry.subject_label


@pytest.mark.parametrize("kind", [*KINDS, *PAIRS])
def test_a_row_that_goes_is_one_entry(kind):
    row = KINDS[kind][0]() if kind in KINDS else PAIRS[kind]()
    if kind == "stores.store":
        row.channels.all().delete()
        pytest.raises(DatabaseError, _delete_at_once, row)
        return
    pk = row.pk

    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {row._meta.db_table} WHERE id = %s", [pk])

    row.pk = pk
    assert entries_on(row, "deleted").get().before


def test_what_a_role_may_do_is_on_record_right_by_right():
    group = factories.GroupFactory(name="night shift")
    first, second, third = Permission.objects.order_by("pk")[:3]

    group.permissions.add(first, second)
    group.permissions.set([second, third])
    group.permissions.clear()

    entries = AuditEntry.objects.filter(model="stores.roleright").order_by("-pk")[:6]
    told = [(entry.verb, entry.after or entry.before) for entry in reversed(entries)]
    assert [(verb, values["permission_id"]) for verb, values in told] == [
        ("created", first.pk),
        ("created", second.pk),
        ("deleted", first.pk),
        ("created", third.pk),
        ("deleted", second.pk),
        ("deleted", third.pk),
    ]
    assert entries[5].subject_label.startswith("night shift: ")


def test_roles_written_anew_from_the_same_code_are_no_entries():
    before = AuditEntry.objects.count()

    sync_roles()

    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("flag", ["is_staff", "is_superuser"])
def test_a_person_raised_above_others_is_one_entry(flag):
    person = factories.UserFactory(is_staff=False)

    by_sql(person, flag, True)

    entry = entries_on(person).get()
    assert (entry.before, entry.after) == ({flag: False}, {flag: True})


def test_of_a_target_s_keys_and_address_only_that_they_changed():
    target = factories.TargetFactory(adapter="webhook")

    target.token, target.secret = "tok-9999", "whsec_9999"
    target.address = "https://hooks.example.com/9999"
    target.save()

    entry = entries_on(target).get()
    assert entry.after == {"address": "***", "sealed_token": "***", "sealed_secret": "***"}


def test_a_token_that_is_used_is_no_entry_and_one_that_is_revoked_is():
    token = factories.ApiTokenFactory()

    by_update(token, "last_used_at", MOMENT)
    assert not entries_on(token).exists()

    by_update(token, "revoked_at", MOMENT)
    assert list(entries_on(token).get().after) == ["revoked_at"]
    assert "digest" not in str(list(AuditEntry.objects.of(token).values("before")))
    created = AuditEntry.objects.of(token).get(verb="created")
    assert created.after["digest"] == "***"


def _delete_at_once(store):
    """A store that has a trail can't go: its entries name it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("DELETE FROM stores_store WHERE id = %s", [store.pk])


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_writing_what_is_there_already_is_no_entry(way):
    sku = factories.SkuFactory(list_price=CNY)

    way(sku, "list_price", CNY)

    assert not entries_on(sku).exists()


def test_a_hundred_rows_in_one_statement_are_a_hundred_entries():
    skus = factories.SkuFactory.create_batch(100, store=factories.StoreFactory())

    Sku.objects.update(list_price=F("list_price") * 2)

    changed = AuditEntry.objects.filter(model="catalog.sku", verb="changed")
    assert sorted(changed.values_list("subject_id", flat=True)) == sorted(s.pk for s in skus)
    assert all(entry.after == {"list_price": 200.0} for entry in changed)


def test_an_intake_writes_no_entries(django_assert_num_queries):
    """What comes in for the first time is its own record: nothing is slowed down for it."""
    store = factories.StoreFactory()
    stock(store, A=5)
    before = AuditEntry.objects.count()

    place(store, draft("T1"), draft("T2"))

    assert AuditEntry.objects.count() == before


def test_personal_data_and_secrets_are_not_in_the_trail():
    order, user = factories.OrderFactory(), factories.UserFactory(email="li.na@example.com")

    order.contact = Contact("李雷", "13987654321")
    by_update(order, "sealed_contact", order.sealed_contact)
    by_update(order, "region", "")
    by_update(user, "password", "another hash")

    contact, region = entries_on(order).order_by("pk")
    hidden = {"sealed_contact": "***"}
    assert (contact.before, contact.after) == (hidden, hidden)
    assert (region.before, region.after) == ({"region": "***"}, {"region": ""})
    assert entries_on(user).get().after == {"password": "***"}
    everything = str(list(AuditEntry.objects.of(order).values("before", "after", "subject_label")))
    everything += str(list(AuditEntry.objects.of(user).values("before", "after", "subject_label")))
    assert not any(
        secret in everything
        for secret in ("139", "王", "李", "浦东", "example.com", "another hash", "buyer-")
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditentry SET reason = 'x'",
        "DELETE FROM audit_auditentry",
        "UPDATE audit_auditentry SET reason = 'x' WHERE false",
    ],
)
def test_nobody_changes_the_trail(statement):
    factories.AuditEntryFactory()

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_nobody_empties_the_trail():
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("TRUNCATE audit_auditentry")


def test_who_and_when_can_not_be_claimed():
    someone = factories.UserFactory()

    entry = factories.AuditEntryFactory(actor=someone, via="page", roles=["finance"], cause="mine")

    entry.refresh_from_db()
    assert (entry.actor, entry.via, entry.roles, entry.cause) == (None, "sql", [], "")
    assert entry.database_user


@pytest.fixture
def store():
    return factories.StoreFactory(name="Ours")


@pytest.fixture
def boss(store):
    return factories.UserFactory(role=Role.ADMINISTRATOR, store=store)


@pytest.fixture
def pages(client, boss):
    client.force_login(boss)
    return client


def change_page(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def assert_by_page(entry, boss, store):
    assert (entry.via, entry.actor, entry.store) == ("page", boss, store)
    assert entry.roles == [Role.ADMINISTRATOR]
    assert entry.cause.startswith("request:")
    assert entry.address == "127.0.0.1"


def test_by_page_a_channel(pages, boss, store):
    channel = store.channels.get()

    pages.post(
        change_page(channel),
        {"name": "Flagship", "reserve_on": channel.reserve_on, "takes_unpaid_orders": "on"},
    )

    entry = entries_on(channel).get()
    assert_by_page(entry, boss, store)
    assert entry.after == {"name": "Flagship", "is_active": False}


def test_by_page_a_cost(client, store):
    """And not the price beside it: that takes two people (CAT-6)."""
    operator = factories.UserFactory(role=Role.CATALOG_OPERATOR, store=store)
    sku = factories.SkuFactory(store=store)
    client.force_login(operator)

    client.post(
        change_page(sku),
        {
            "product": sku.product_id,
            "list_price": "90.00",
            "cost": "40",
            "is_active": "on",
            "parts-TOTAL_FORMS": 0,
            "parts-INITIAL_FORMS": 0,
        },
    )

    entry = entries_on(sku).get()
    assert (entry.via, entry.actor, entry.roles) == ("page", operator, [Role.CATALOG_OPERATOR])
    assert (entry.before, entry.after) == (
        {"cost": None},
        {"cost": 40.0},
    )


def test_by_page_a_role_given_and_taken(pages, boss, store):
    colleague = factories.UserFactory(role=Role.WAREHOUSE, store=store)
    pages.post(
        "/admin/stores/membership/add/",
        {"user": colleague.pk, "store": store.pk, "role": Role.FINANCE},
    )
    given = colleague.memberships.get(role=Role.FINANCE)
    pages.post(f"/admin/stores/membership/{given.pk}/delete/", {"post": "yes"})

    created, deleted = AuditEntry.objects.of(given).order_by("pk")
    assert_by_page(created, boss, store)
    assert_by_page(deleted, boss, store)
    assert (created.verb, created.after["role"]) == ("created", "finance")
    assert (deleted.verb, deleted.before["role"]) == ("deleted", "finance")


def test_by_page_a_number(pages, boss, store):
    pages.post(
        "/admin/stores/settingoverride/of/orders.confirm_within/",
        {"scope": f"s{store.pk}", "value": "20", "reason": "agreed with the platform"},
    )

    entry = AuditEntry.objects.of(SettingOverride.objects.get()).get()
    assert_by_page(entry, boss, store)
    assert (entry.verb, entry.after["value"]) == ("created", 20.0)


def test_by_page_a_person_switched_off(pages, boss, store):
    colleague = factories.UserFactory(role=Role.WAREHOUSE, store=store)
    none = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}

    pages.post(change_page(colleague), {"username": colleague.username, **none})

    entry = entries_on(colleague).get()
    assert (entry.via, entry.actor, entry.store) == ("page", boss, None)
    assert entry.after == {"is_active": False}


def test_by_file(store, tmp_path):
    lead = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store)
    import_file(store, tmp_path / "a.csv", orders_csv(1), actor=lead)
    order = store.orders.get()
    dearer = orders_csv(1).replace("10.00\n", "12.00\n")
    later = import_file(store, tmp_path / "b.csv", dearer, actor=lead)

    entry = entries_on(order).get()
    assert (entry.via, entry.actor, entry.cause) == ("file", lead, f"import:{later.pk}")
    assert (entry.before, entry.after) == ({"total_amount": 10.0}, {"total_amount": 12.0})


def test_an_import_taken_back_is_on_record(store, tmp_path):
    session = import_file(store, tmp_path / "a.csv", orders_csv(1))
    order = store.orders.get()
    undoing.begin_undo(session=session, actor=None)

    undoing.undo(session.pk, actor=None, at=MOMENT)

    entry = entries_on(order, "deleted").get()
    assert (entry.via, entry.cause) == ("file", f"undo:{session.pk}")
    assert entry.before["total_amount"] == 10.0


def test_by_rest(store, boss):
    sku = factories.SkuFactory(store=store)
    request = RequestFactory().patch(f"/api/v1/skus/{sku.pk}/")
    request.user = boss

    def change(_request):
        by_update(sku, "list_price", CNY)
        return HttpResponse()

    answer = TraceMiddleware(ActingMiddleware(change))(request)

    entry = entries_on(sku).get()
    cause = f"request:{answer['X-Request-ID']}"
    assert (entry.via, entry.actor, entry.cause) == ("rest", boss, cause)


def test_by_a_job(store, monkeypatch):
    sku = factories.SkuFactory(store=store)
    job = jobs.Job(
        "deadlines.sweep",
        "Reprice",
        lambda slot, at: by_update(sku, "list_price", CNY) or {},
        every=jobs.CATCH_UP,
    )
    monkeypatch.setitem(jobs._jobs, job.code, job)
    slot = factories.SlotFactory(job=job.code, slot_at=MOMENT)

    run_slot(slot.pk, at=MOMENT)

    entry = entries_on(sku).get()
    assert (entry.via, entry.actor) == ("job", None)
    assert entry.cause.startswith("slot:deadlines.sweep 2026-03-02T02:")


def test_by_a_bulk_action_of_a_person(store, boss, monkeypatch):
    sku = factories.SkuFactory(store=store)

    def reprice(ids, actor, at, note):
        Sku.objects.filter(pk__in=ids).update(list_price=CNY)
        return bulk.Done(ids)

    verb = bulk.Verb("reprice", "Reprice", reprice, lambda ids, person: {})
    monkeypatch.setitem(bulk._verbs, "reprice", verb)
    task = bulk.start(code="reprice", row_ids=[sku.pk], note="sale is over", actor=boss, at=MOMENT)
    assert bulk.run(task.pk, at=MOMENT) == BulkTask.State.DONE

    entry = entries_on(sku).get()
    assert (entry.via, entry.actor, entry.reason) == ("job", boss, "sale is over")
    assert entry.cause == f"bulk:{task.pk}"


def test_by_command():
    call_command("create_store", "t9", channel="tmall", timezone="Asia/Shanghai", currency="CNY")

    entry = AuditEntry.objects.of(Store.objects.get(code="t9")).get()
    assert (entry.verb, entry.via, entry.cause) == ("created", "shell", "command:create_store")


def test_by_sql_without_a_word(store):
    sku = factories.SkuFactory(store=store)

    by_sql(sku, "list_price", CNY)

    entry = entries_on(sku).get()
    assert (entry.via, entry.actor, entry.store) == ("sql", None, store)
    assert entry.database_user == connection.settings_dict["USER"]


def test_a_savepoint_rolled_back_takes_its_entries_and_not_the_person_along(store, boss):
    sku = factories.SkuFactory(store=store)

    with acting(via="page", user=boss), transaction.atomic():
        try:
            with transaction.atomic():
                by_update(sku, "list_price", Decimal(1))
                raise LookupError
        except LookupError:
            by_update(sku, "list_price", CNY)

    assert entries_on(sku).get().actor == boss


def test_an_inner_act_keeps_what_it_does_not_say(store, boss):
    sku = factories.SkuFactory(store=store)

    with acting(via="page", user=boss, cause="request:1"), acting(reason="wrong tag"):
        by_update(sku, "list_price", CNY)

    entry = entries_on(sku).get()
    assert (entry.via, entry.actor, entry.reason) == ("page", boss, "wrong tag")


@pytest.mark.parametrize(
    "reason", ["it's 100 %s off", 'a "quote"', "'); DROP TABLE x; --", "秋季促销"]
)
def test_any_reason_can_be_given(reason, store):
    sku = factories.SkuFactory(store=store)

    with acting(via="shell", reason=reason):
        by_update(sku, "list_price", CNY)

    assert entries_on(sku).get().reason == reason


def test_reading_says_nothing_and_asks_nobody(store, django_assert_num_queries):
    def tell(_request):
        return list(User.objects.all())

    request = RequestFactory().get("/admin/")

    with django_assert_num_queries(1):
        ActingMiddleware(tell)(request)  # It has no user: nobody was asked for one.


def test_numbers_whose_every_change_is_recorded_form_a_chain(store):
    sku = factories.SkuFactory(store=store, cost=None)
    for price in (1, 2, 3):
        by_sql(sku, "list_price", price)
        by_update(sku, "cost", None if price == 2 else price)

    assert_invariants_hold("audit.")


def test_a_change_past_the_trail_breaks_the_chain(store):
    sku = factories.SkuFactory(store=store)
    by_update(sku, "list_price", CNY)
    with pgtrigger.ignore("catalog.Sku:audit_update"):
        by_update(sku, "list_price", Decimal(1))

    with pytest.raises(AssertionError, match="catalog.sku-changes-are-all-recorded"):
        assert_invariants_hold("audit.")

    by_update(sku, "list_price", Decimal(2))
    with pytest.raises(AssertionError, match="catalog.sku-changes-are-all-recorded"):
        assert_invariants_hold("audit.")
