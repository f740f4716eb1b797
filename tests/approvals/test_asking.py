"""Whoever may decide on a request is written to, with a link to it."""

import pytest

from opsdesk.approvals.services import filing
from opsdesk.errors import DomainError
from opsdesk.exchange.models import OutboundMessage
from opsdesk.stores.roles import Role
from tests import factories
from tests.approvals.refunds import ask, request
from tests.factories import MOMENT


@pytest.fixture
def mail(store):
    return factories.TargetFactory(store=store, adapter="mail", address="")


def with_address(person, language=""):
    person.email, person.language = f"{person.username}@example.com", language
    person.save(update_fields=["email", "language"])
    return person


def test_everybody_who_may_decide_gets_a_mail_with_a_link(mail, order, clerk, lead, finance):
    with_address(clerk), with_address(lead), with_address(finance)

    approval = ask(order, clerk, 100)

    message = OutboundMessage.objects.get()
    assert (message.recipient, message.target) == (lead.email, mail)
    assert (
        f"https://testserver/admin/approvals/approval/{approval.pk}/change/"
        in (message.payload["text"])
    )
    assert "100 back" in message.payload["text"]


def test_a_mail_is_in_the_readers_language(mail, order, clerk, lead):
    with_address(lead, "zh-hans")

    ask(order, clerk)

    assert "待您审批" in OutboundMessage.objects.get().payload["subject"]


def test_without_a_mail_target_or_an_address_nobody_is_written_to(store, order, clerk, lead):
    ask(order, clerk)
    factories.TargetFactory(store=store, adapter="mail", address="")
    ask(order, clerk)
    factories.TargetFactory(adapter="mail", address="")
    with_address(lead)
    mailed = ask(order, clerk)

    assert OutboundMessage.objects.get().key == f"approvals:{mailed.pk}:{lead.pk}"


def test_an_edited_request_is_asked_anew(mail, order, clerk, lead):
    with_address(lead)
    old = ask(order, clerk)

    new = filing.edit_request(
        approval_id=old.pk, request=request(order, 120), actor=clerk, at=MOMENT
    )

    keys = set(OutboundMessage.objects.values_list("key", flat=True))
    assert keys == {f"approvals:{asked.pk}:{lead.pk}" for asked in (old, new)}


def test_what_is_not_filed_is_not_mailed(mail, order, clerk, lead):
    with_address(lead)
    stranger = factories.UserFactory(role=Role.ANALYST)

    with pytest.raises(DomainError):
        ask(order, stranger)

    assert not OutboundMessage.objects.exists()
