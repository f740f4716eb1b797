"""Deliveries by webhook: who signs is let in once, who does not leaves a count (ORD-1)."""

import base64
from datetime import timedelta

import orjson
import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from opsdesk.audit.models import AuditEntry
from opsdesk.errors import DomainError
from opsdesk.exchange.models import InboundDelivery, WebhookRefusal, WebhookSource
from opsdesk.exchange.services import inbox, webhooks
from opsdesk.exchange.services.inbox import Handler
from opsdesk.exchange.services.sealed import reseal_webhooks
from opsdesk.stores.roles import Role
from tests.exchange import signing
from tests.exchange.signing import SECRET, post
from tests.factories import (
    MOMENT,
    StoreFactory,
    UserFactory,
    WebhookRefusalFactory,
    WebhookSourceFactory,
)

pytestmark = pytest.mark.django_db

BODY = b'{"id": 450789469, "note": "\xe4\xbd\xa0"}'
SIGN = {"shopify": signing.shopify, "woocommerce": signing.woocommerce, "generic": signing.generic}


@pytest.fixture(params=SIGN)
def source(request):
    return request.param


@pytest.fixture
def store(source):
    store = StoreFactory()
    WebhookSourceFactory(store=store, source=source)
    return store


def refusals(store) -> dict[str, int]:
    return dict(WebhookRefusal.objects.filter(store=store).values_list("reason", "count"))


def test_what_is_signed_is_stored_as_it_came_and_answered_at_once(store, source):
    answer = post(store, source, BODY, SIGN[source](BODY))

    assert (answer.status_code, answer.json()) == (200, {"status": "stored"})
    delivery = InboundDelivery.objects.get()
    assert (bytes(delivery.body), delivery.state, delivery.delivery_id) == (BODY, "waiting", "w-1")
    assert refusals(store) == {}


def test_a_copy_is_told_that_all_is_well(store, source):
    post(store, source, BODY, SIGN[source](BODY))

    answer = post(store, source, BODY, SIGN[source](BODY))

    assert (answer.status_code, answer.json()) == (200, {"status": "known"})
    assert InboundDelivery.objects.count() == 1


def test_what_is_not_signed_as_it_should_be_leaves_nothing_but_a_count(store, source):
    """Forged, one byte changed, written anew, of another store, without its header."""
    sign, other = SIGN[source], StoreFactory()
    WebhookSourceFactory(store=other, source=source, sealed_secret=webhooks.sealing.seal("other"))
    tries = [
        (BODY, sign(BODY, secret="guess")),
        (BODY.replace(b"9", b"8", 1), sign(BODY)),
        (orjson.dumps(orjson.loads(BODY)), sign(BODY)),
        (BODY, sign(BODY, secret="other")),
        (BODY, {name: "é" for name in sign(BODY)}),
    ]

    answers = [post(store, source, body, headers) for body, headers in tries]
    unsigned = {
        name: value
        for name, value in sign(BODY).items()
        if "ignature" not in name and "Hmac" not in name
    }
    answers.append(post(store, source, BODY, unsigned))

    assert [answer.status_code for answer in answers] == [401] * 6
    assert refusals(store) == {"forged": 5, "no_signature": 1}
    assert not InboundDelivery.objects.exists()
    assert len({orjson.dumps({**a.json(), "request_id": ""}) for a in answers}) == 1


def test_a_store_without_this_webhook_refuses_and_an_unknown_one_says_the_same(store, source):
    headers, elsewhere = SIGN[source](BODY), StoreFactory()

    answers = [post(each, source, BODY, headers) for each in (elsewhere, "nobody")]
    WebhookSource.objects.update(is_active=False)
    answers.append(post(store, source, BODY, headers))

    assert [answer.status_code for answer in answers] == [401] * 3
    assert refusals(elsewhere) == refusals(store) == {"not_set_up": 1}
    assert not InboundDelivery.objects.exists()


@pytest.mark.parametrize(
    ("seconds", "reason"), [(-301, "late"), (3600, "early"), (-290, ""), (290, "")]
)
@pytest.mark.parametrize("source", ["generic"], indirect=True)
def test_what_was_sent_long_ago_or_is_to_come_is_refused(store, source, seconds, reason):
    sent = timezone.now() + timedelta(seconds=seconds)

    answer = post(store, source, BODY, signing.generic(BODY, sent=sent))

    assert answer.status_code == (401 if reason else 200)
    assert refusals(store) == ({reason: 1} if reason else {})


@pytest.mark.parametrize("source", ["generic"], indirect=True)
def test_one_of_several_signatures_is_enough(store, source):
    signed = signing.generic(BODY)
    signed["webhook-signature"] = f"v2,other v1,AAAA {signed['webhook-signature']}"

    assert post(store, source, BODY, signed).status_code == 200


@pytest.mark.parametrize("source", ["generic"], indirect=True)
def test_a_time_that_is_none_is_refused(store, source):
    for sent in ("", "soon", "-5", "9" * 40, "٣"):
        headers = signing.generic(BODY) | {"webhook-timestamp": sent}
        assert post(store, source, BODY, headers).status_code == 401


def test_a_secret_is_changed_without_losing_what_is_under_way(store, source):
    sign = SIGN[source]
    now = timezone.now()
    webhooks.enter_secret(store=store, source=source, secret="new", at=now)

    with_old = post(store, source, BODY, sign(BODY, key="a"))
    with_new = post(store, source, BODY, sign(BODY, key="b", secret="new"))
    webhooks.enter_secret(store=store, source=source, secret="new", ends_old=True, at=now)
    after = post(store, source, BODY, sign(BODY, key="c"))

    assert [each.status_code for each in (with_old, with_new, after)] == [200, 200, 401]


def test_the_old_secret_ends_by_itself():
    known = WebhookSourceFactory()
    changed = webhooks.enter_secret(store=known.store, source="generic", secret="new", at=MOMENT)

    assert changed.secrets(MOMENT + timedelta(hours=23)) == ["new", SECRET]
    assert changed.secrets(MOMENT + timedelta(hours=24)) == ["new"]
    again = webhooks.enter_secret(
        store=known.store, source="generic", secret="new", at=MOMENT + timedelta(hours=1)
    )
    assert again.previous_until == changed.previous_until


def test_a_standard_secret_is_read_as_the_standard_has_it():
    known = WebhookSourceFactory()
    key = base64.b64encode(b"k" * 24).decode()
    webhooks.enter_secret(
        store=known.store, source="generic", secret=f"whsec_{key}", at=timezone.now()
    )

    signed = signing.generic(BODY, secret="k" * 24)

    assert post(known.store, "generic", BODY, signed).status_code == 200


def test_without_an_id_the_same_bytes_are_the_same_delivery():
    known = WebhookSourceFactory(source="shopify")
    for key in ("", "x" * 300):
        post(known.store, "shopify", BODY, signing.shopify(BODY, key=key))

    event = {"X-Shopify-Event-Id": "e", "X-Shopify-Topic": "orders/paid"}
    post(known.store, "shopify", BODY, signing.shopify(BODY, key="") | event)

    ids = InboundDelivery.objects.order_by("pk").values_list("delivery_id", flat=True)
    assert [each[:13] for each in ids] == ["sha256:" + ids[0][7:13], "e orders/paid"]


@pytest.mark.parametrize("body", [b"", b"\x00\xff", b"[" * 100_000, b"null", b"1e999"])
def test_a_bad_body_is_stored_like_any_other(body):
    known = WebhookSourceFactory(source="shopify")

    assert post(known.store, "shopify", body, signing.shopify(body)).status_code == 200


def test_what_is_no_delivery_is_told_so(settings):
    known = WebhookSourceFactory(source="woocommerce")
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    assert post(known.store, "nobody", BODY, {}).status_code == 404
    assert post(known.store, "woocommerce", BODY * 9, {}).status_code == 413
    assert post(known.store, "woocommerce", b"webhook_id=7", {}).json() == {"status": "ready"}
    assert not InboundDelivery.objects.exists()


def test_what_concerns_nobody_is_said_to_be_ignored_and_can_be_worked_again(monkeypatch):
    monkeypatch.setattr(
        inbox, "_handlers", {"generic": Handler("generic", lambda _d, _at: inbox.State.IGNORED)}
    )
    known = WebhookSourceFactory()
    post(known.store, "generic", BODY, signing.generic(BODY))
    at = timezone.now()

    assert inbox.process_waiting(at=at) == {"ignored": 1}

    delivery = InboundDelivery.objects.get()
    assert (delivery.state, delivery.finished_at) == ("ignored", at)
    person = UserFactory(role=Role.ADMINISTRATOR, store=known.store)
    assert inbox.replay_deliveries(delivery_ids=[delivery.pk], actor=person, at=at) == 1


def test_secrets_are_sealed_recorded_as_changed_and_follow_the_newest_key():
    known = WebhookSourceFactory()
    webhooks.enter_secret(store=known.store, source="generic", secret="new", at=MOMENT)

    known.refresh_from_db()
    assert SECRET not in known.sealed_previous + known.sealed_secret
    entry = AuditEntry.objects.filter(model="exchange.webhooksource", verb="changed").get()
    assert set(entry.after) == {"sealed_secret", "sealed_previous"}
    assert "new" not in str(entry.after)
    assert reseal_webhooks() == 1
    known.refresh_from_db()
    assert known.secrets(MOMENT) == ["new", SECRET]


def test_a_secret_is_entered_by_command_or_made_and_shown_once(capsys):
    store = StoreFactory(code="s1")

    def entered(*arguments):
        given = ["--store", "s1", "--source", "generic", "--json", *arguments]
        call_command("enter_webhook_secret", *given)
        return orjson.loads(capsys.readouterr().out)

    made = entered()
    assert made["address"] == "/hooks/s1/generic"
    assert WebhookSource.objects.get().secrets(MOMENT) == [made["secret"]]
    assert "secret" not in entered("--secret", SECRET, "--end-old")
    assert WebhookSource.objects.get().secrets(timezone.now()) == [SECRET]
    assert WebhookSource.objects.get().channel == store.channels.get()


@pytest.mark.parametrize(
    "wrong", [{"source": "nobody"}, {"secret": " "}, {"channel": None}, {"channel": "another's"}]
)
def test_a_webhook_needs_a_known_source_a_secret_and_a_channel_of_its_store(wrong):
    store = StoreFactory()
    given = {"source": "generic", "secret": "x", "channel": store.channels.get()} | wrong
    if given["channel"] == "another's":
        given["channel"] = StoreFactory().channels.get()

    with pytest.raises(DomainError):
        webhooks.enter_secret(store=store, at=MOMENT, **given)


@pytest.mark.parametrize(
    "wrong", [{"sealed_secret": ""}, {"sealed_previous": "x"}, {"previous_until": MOMENT}]
)
def test_the_database_refuses_a_webhook_that_contradicts_itself(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        WebhookSourceFactory(**wrong)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Midway"])
def test_what_was_refused_lately_is_counted_by_the_store_s_own_days(client, zone):
    """One of the two is on another day than UTC at any hour."""
    store = StoreFactory(timezone=zone)
    source = WebhookSourceFactory(store=store)
    today = store.business_date(timezone.now())
    for days, count in ((7, 4), (6, 2)):
        WebhookRefusalFactory(
            store=store, source=source.source, day=today - timedelta(days=days), count=count
        )
    client.force_login(UserFactory(role=Role.ADMINISTRATOR, store=store))

    page = client.get("/admin/exchange/webhooksource/")

    assert [row.refused for row in page.context["cl"].result_list] == [2]


def test_the_page_takes_a_secret_and_shows_none(client):
    store = StoreFactory()
    client.force_login(UserFactory(role=Role.ADMINISTRATOR, store=store))
    form = {
        "store": store.pk,
        "source": "shopify",
        "channel": store.channels.get().pk,
        "is_active": "on",
    }
    add = "/admin/exchange/webhooksource/add/"

    assert client.post(add, form).status_code == 200
    assert not WebhookSource.objects.exists()
    assert client.post(add, form | {"new_secret": SECRET}).status_code == 302
    known = WebhookSource.objects.get()
    page = f"/admin/exchange/webhooksource/{known.pk}/change/"
    changed = {"channel": form["channel"], "new_secret": "another-one", "is_active": "on"}
    assert client.post(page, changed).status_code == 302

    known.refresh_from_db()
    assert known.secrets(timezone.now()) == ["another-one", SECRET]
    post(store, "shopify", BODY, {})
    shown = client.get(page).content.decode()
    assert f"/hooks/{store.code}/shopify" in shown
    assert "without a signature" in shown
    assert "another-one" not in shown
    assert client.post(page, changed | {"new_secret": "", "ends_old": "on"}).status_code == 302
    known.refresh_from_db()
    assert known.secrets(timezone.now()) == ["another-one"]
