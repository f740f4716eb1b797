"""Targets, messages, deliveries and texts as people see and decide about them."""

import pytest
from django.urls import reverse

from opsdesk.exchange.models import InboundDelivery, MessageTemplate, OutboundMessage, Target
from opsdesk.stores.roles import Role
from tests.exchange.outgoing import deliver
from tests.factories import (
    MOMENT,
    InboundDeliveryFactory,
    MessageTemplateFactory,
    OutboundAttemptFactory,
    OutboundMessageFactory,
    StoreFactory,
    TargetFactory,
    UserFactory,
)
from tests.receivers import receiver

pytestmark = pytest.mark.django_db

TARGETS = reverse("admin:exchange_target_changelist")
ADD_TARGET = reverse("admin:exchange_target_add")
OUTBOX = reverse("admin:exchange_outboundmessage_changelist")
INBOX = reverse("admin:exchange_inbounddelivery_changelist")
WORD = reverse("admin:exchange_messagetemplate_choose")


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def signed_in(client, store):
    client.force_login(UserFactory(role=Role.ADMINISTRATOR, store=store))
    return client


@pytest.fixture
def reviewer(client, store):
    client.force_login(UserFactory(role=Role.ORDER_REVIEWER, store=store))
    return client


def page_of(row):
    return reverse(f"admin:exchange_{row._meta.model_name}_change", args=[row.pk])


def act_on(client, row, verb):
    return client.post(
        reverse(f"admin:exchange_{row._meta.model_name}_act", args=[row.pk]), {"do": verb}
    )


def html(client, address):
    return client.get(address).content.decode()


def target_form(store, **fields):
    return {
        "store": store.pk,
        "code": "partner",
        "name": "Partner",
        "adapter": "webhook",
        "address": "https://partner.example/in",
        "new_token": "",
        "new_secret": "",
        "is_active": "on",
        **fields,
    }


def test_a_target_is_made_and_its_keys_are_kept_and_never_shown(signed_in, store):
    robot = {"adapter": "dingtalk", "address": "", "new_token": "t0k3n", "new_secret": "SEC01"}
    signed_in.post(ADD_TARGET, target_form(store, **robot))

    target = Target.objects.get()
    assert (target.token, target.secret) == ("t0k3n", "SEC01")
    for page in (page_of(target), TARGETS):
        said = html(signed_in, page)
        assert "t0k3n" not in said
        assert "SEC01" not in said
        assert target.sealed_token not in said


def test_an_empty_key_keeps_what_is_stored(signed_in, store):
    target = TargetFactory(store=store, adapter="dingtalk", address="")
    target.token = "t0k3n"
    target.save()

    signed_in.post(page_of(target), target_form(store, name="Another", address=""))

    target.refresh_from_db()
    assert (target.name, target.token) == ("Another", "t0k3n")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"address": ""}, "address"),
        ({"address": "file:///etc/passwd"}, "address"),
        ({"address": "https://user:secret@partner.example/"}, "address"),
        ({"new_token": "x"}, "new_token"),
        ({"adapter": "wecom", "address": ""}, "new_token"),
        ({"adapter": "wecom", "address": "", "new_token": "x", "new_secret": "y"}, "new_secret"),
        ({"adapter": "mail", "address": "nobody"}, "address"),
        ({"adapter": "carrier pigeon"}, "adapter"),
    ],
)
def test_a_target_that_could_not_work_is_refused_where_it_is_wrong(fields, wrong, signed_in, store):
    answer = signed_in.post(ADD_TARGET, target_form(store, **fields))

    assert wrong in answer.context["adminform"].form.errors
    assert not Target.objects.exists()


def test_a_target_is_not_made_in_another_store(signed_in):
    answer = signed_in.post(ADD_TARGET, target_form(StoreFactory()))

    assert "store" in answer.context["adminform"].form.errors


def test_a_trial_is_sent_and_its_page_tells_what_became_of_it(signed_in, store):
    with receiver() as here:
        target = TargetFactory(store=store, address=here.address)
        assert "Send a trial message" in html(signed_in, page_of(target))
        answer = signed_in.post(reverse("admin:exchange_target_try", args=[target.pk]))
        message = OutboundMessage.objects.get()
        assert answer.url == page_of(message)
        deliver(message.next_at)

    assert here.requests[0].json["subject"] == "A trial of OpsDesk"
    assert "HTTP 200" in html(signed_in, page_of(message))


def test_whoever_only_looks_at_targets_tries_none(client, store):
    client.force_login(UserFactory(role=Role.OPERATIONS_LEAD, store=store))
    target = TargetFactory(store=store)

    assert "Send a trial message" not in html(client, page_of(target))
    address = reverse("admin:exchange_target_try", args=[target.pk])
    assert client.post(address).status_code == 403


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "works"),
        ({"is_active": False}, "not active"),
        ({"failures_in_row": 2}, "failing"),
        ({"failures_in_row": 9, "open_until": MOMENT.replace(year=2099)}, "left alone until"),
    ],
)
def test_the_list_tells_how_a_target_does(fields, words, signed_in, store):
    TargetFactory(store=store, **fields)

    assert words in html(signed_in, TARGETS)


def test_a_message_s_page_tells_what_was_tried_and_masks_what_is_personal(signed_in, store):
    message = OutboundMessageFactory(
        target__store=store, state="parked", recipient="xinyi@shop.example", error="HTTP 500"
    )
    OutboundAttemptFactory(message=message, status=500, detail="HTTP 500")

    said = html(signed_in, page_of(message))

    assert "HTTP 500" in said
    assert "x*@shop.example" in said
    assert "xinyi" not in said
    assert "138****5678" in said


def test_of_data_the_page_tells_only_what_it_is_about(signed_in, store):
    message = OutboundMessageFactory(
        target__store=store, payload={"order": "T1", "recipient": "王小明"}
    )

    said = html(signed_in, page_of(message))

    assert "order, recipient" in said
    assert "王小明" not in said


def test_a_parked_message_is_sent_again_or_cancelled_from_its_page(signed_in, store):
    message = OutboundMessageFactory(target__store=store, state="parked")
    assert 'value="replay"' in html(signed_in, page_of(message))

    act_on(signed_in, message, "replay")
    message.refresh_from_db()
    assert message.state == "waiting"
    assert 'value="replay"' not in html(signed_in, page_of(message))

    act_on(signed_in, message, "cancel")
    message.refresh_from_db()
    assert message.state == "cancelled"


def test_many_are_sent_again_from_the_list(signed_in, store):
    target = TargetFactory(store=store)
    parked = [OutboundMessageFactory(target=target, state="parked") for _ in range(3)]
    sent = OutboundMessageFactory(target=target, state="sent")
    theirs = OutboundMessageFactory(state="parked")

    ids = [each.pk for each in [*parked, sent, theirs]]
    answer = signed_in.post(f"{OUTBOX}?tab=parked", {"bulk": "replay", "ids": ids}, follow=True)

    assert OutboundMessage.objects.filter(state="waiting").count() == 3
    said = answer.content.decode()
    assert "To be sent again: 3." in said
    assert "Left alone: 2." in said


def test_the_whole_selection_is_decided_about_and_nothing_beside_it(signed_in, store):
    target = TargetFactory(store=store)
    for state in ("parked", "parked", "waiting"):
        OutboundMessageFactory(target=target, state=state)

    signed_in.post(f"{OUTBOX}?tab=parked", {"bulk": "cancel", "everything": "1"})

    assert OutboundMessage.objects.filter(state="cancelled").count() == 2
    assert OutboundMessage.objects.filter(state="waiting").count() == 1


@pytest.mark.parametrize("row", [OutboundMessageFactory, InboundDeliveryFactory])
def test_an_unknown_decision_is_not_there(row, signed_in, store):
    fields = {"target__store": store} if row is OutboundMessageFactory else {"store": store}

    assert act_on(signed_in, row(**fields), "explode").status_code == 404


def test_whoever_may_not_decide_is_refused(reviewer, store):
    message = OutboundMessageFactory(target__store=store, state="parked")

    assert act_on(reviewer, message, "replay").status_code == 403
    assert reviewer.post(OUTBOX, {"bulk": "replay", "ids": [message.pk]}).status_code == 403


def test_a_parked_delivery_is_worked_again_or_discarded(signed_in, store):
    first, second = (InboundDeliveryFactory(store=store, state="parked") for _ in range(2))

    act_on(signed_in, first, "replay")
    signed_in.post(INBOX, {"bulk": "discard", "ids": [second.pk]})

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("waiting", "discarded")


def test_a_delivery_s_page_shows_no_body(signed_in, store):
    delivery = InboundDeliveryFactory(store=store, body=b'{"name": "Wang Xiaoming"}')

    assert "Xiaoming" not in html(signed_in, page_of(delivery))
    assert "Xiaoming" not in html(signed_in, INBOX)


def test_the_list_of_deliveries_reads_no_bodies(signed_in, store):
    InboundDeliveryFactory(store=store)

    rows = signed_in.get(INBOX).context["page"].rows

    assert rows[0].get_deferred_fields() == {"body"}
    assert InboundDelivery.objects.count() == 1


def wording(store, **fields):
    address = f"{WORD}?code=notices.alerts&store={store.pk if store else ''}&language=en"
    return address, {"replaces": 0, "subject": "Look", "body": "At: {alerts}", **fields}


def test_a_message_is_worded_anew_with_a_preview_first(signed_in, store):
    address, data = wording(store)
    assert "subscribed to it in OpsDesk" in html(signed_in, address)

    preview = signed_in.post(address, {**data, "preview": "1"}).content.decode()
    assert "Preview, not saved yet" in preview
    assert "At: Stock not confirmed in time" in preview
    assert not MessageTemplate.objects.exists()

    answer = signed_in.post(address, data)
    row = MessageTemplate.objects.get()
    assert answer.url == page_of(row)
    assert "At: Stock not confirmed in time" in html(signed_in, page_of(row))


def test_an_unknown_variable_is_said_with_those_there_are(signed_in, store):
    address, data = wording(store, body="At: {price}")

    said = signed_in.post(address, data).content.decode()

    assert "Not known here: {price}." in said
    assert "{headline}" in said
    assert not MessageTemplate.objects.exists()


def test_an_older_form_is_told_so(signed_in, store):
    address, data = wording(store)
    signed_in.post(address, data)

    said = signed_in.post(address, {**data, "body": "Mine."}).content.decode()

    assert "Somebody changed this text meanwhile" in said
    assert MessageTemplate.objects.count() == 1


def test_words_for_every_store_are_not_offered_to_whoever_may_not_write_them(signed_in, store):
    StoreFactory()
    address, data = wording(None)

    assert signed_in.post(address, data).status_code == 200
    assert not MessageTemplate.objects.exists()


def test_whoever_may_not_word_messages_reads_none_of_the_form(reviewer, store):
    address, data = wording(store)

    assert reviewer.get(address).status_code == 403
    assert reviewer.post(address, data).status_code == 403


def test_the_list_shows_the_newest_version_only(signed_in, store):
    first = MessageTemplateFactory(store=store, version=1)
    second = MessageTemplateFactory(store=store, version=2)

    rows = signed_in.get(reverse("admin:exchange_messagetemplate_changelist")).context["page"].rows

    assert rows == [second]
    assert "Versions" in html(signed_in, page_of(first))
