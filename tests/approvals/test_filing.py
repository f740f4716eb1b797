"""Filing: the request is frozen, the rule is chosen by what it adds up to, an edit voids it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from opsdesk.approvals.models import Approval
from opsdesk.approvals.services import filing, policies
from opsdesk.approvals.services.deciding import decide
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.roles import Role
from tests import factories
from tests.approvals.refunds import REFUND, ask, request
from tests.factories import MOMENT

HOUR = timedelta(hours=1)


def test_what_is_asked_and_what_it_stands_on_is_frozen_with_its_digest(order, clerk):
    approval = ask(order, clerk, 80)

    assert approval.snapshot == {
        "asked": {"order_id": order.pk, "amount": "80"},
        "found": {"paid": "100.00"},
    }
    assert approval.digest == filing.digest_of(Approval.objects.get().snapshot)
    assert (approval.state, approval.filer, approval.currency) == ("pending", clerk, "CNY")


def test_the_digest_is_of_the_content_and_not_of_its_order():
    assert filing.digest_of({"b": 1, "a": 2}) == filing.digest_of({"a": 2, "b": 1})
    assert filing.digest_of({"a": 1}) != filing.digest_of({"a": 2})


def test_a_request_waits_for_two_days(order, clerk):
    assert ask(order, clerk).expires_at == MOMENT + timedelta(hours=48)


def test_how_long_it_waits_is_a_number_of_the_procedure(order, clerk, store):
    factories.SettingOverrideFactory(key="approvals.expires_after", store=store, value=60)

    assert ask(order, clerk).expires_at == MOMENT + HOUR


def test_who_may_not_ask_files_nothing(order):
    stranger = factories.UserFactory(role=Role.CUSTOMER_SERVICE)

    with pytest.raises(NotAllowed):
        ask(order, stranger)
    assert not Approval.objects.exists()


@pytest.mark.parametrize(
    ("amount", "roles", "voices"),
    [
        (1999, ["service_lead", "operations_lead"], 1),
        (2000, ["finance"], 1),
        (19_999, ["finance"], 1),
        (20_000, ["service_lead", "finance"], 2),
    ],
)
def test_the_band_decides_who_is_asked(amount, roles, voices, order, clerk):
    approval = ask(order, clerk, amount)

    assert (approval.roles, approval.voices) == (roles, voices)


def test_five_requests_just_under_a_limit_meet_the_next_band(order, clerk):
    """E21: the sum per filer and subject within 24 hours counts."""
    asked = [ask(order, clerk, 450, at=MOMENT + hours * HOUR) for hours in range(5)]

    assert [approval.counted_amount for approval in asked] == [450, 900, 1350, 1800, 2250]
    assert [approval.roles == ["finance"] for approval in asked] == [False] * 4 + [True]


@pytest.mark.parametrize("other", ["subject", "filer", "kind", "day"])
def test_what_counts_together_is_one_persons_on_one_subject_within_a_day(
    other, order, clerk, store
):
    ask(order, clerk, 1900)
    at = MOMENT + (timedelta(hours=24) if other == "day" else HOUR)
    subject = factories.OrderFactory(store=store) if other == "subject" else order
    filer = (
        factories.UserFactory(role=Role.CUSTOMER_SERVICE, store=store)
        if other == "filer"
        else clerk
    )
    if other == "kind":
        factories.ApprovalFactory(store=store, filer=clerk, subject_key=str(order.pk), amount=5000)

    expected = 1900 + 150 if other == "kind" else 150
    assert ask(subject, filer, 150, at=at).counted_amount == expected


@pytest.mark.parametrize("gone", ["rejected", "withdrawn", "expired"])
def test_what_came_to_nothing_counts_for_nothing(gone, order, clerk, lead):
    first = ask(order, clerk, 1900)
    if gone == "rejected":
        decide(approval_id=first.pk, verdict="reject", actor=lead, at=MOMENT, reason="no receipt")
    elif gone == "withdrawn":
        filing.withdraw(approval_id=first.pk, actor=clerk, at=MOMENT)
    else:
        Approval.objects.update(state="expired", ended_at=MOMENT)

    assert ask(order, clerk, 150).counted_amount == 150


def test_a_rule_set_for_the_store_goes_before_the_kinds_own(order, clerk, store):
    factories.ApprovalPolicyFactory(kind=REFUND.code, store=None, roles=[Role.OPERATIONS_LEAD])
    own = factories.ApprovalPolicyFactory(kind=REFUND.code, store=store, roles=[Role.ANALYST])

    approval = ask(order, clerk, 50_000)

    assert (approval.policy, approval.roles, approval.voices) == (own, ["analyst"], 1)


def test_a_rule_holds_from_its_moment_on_and_all_its_bands_together(order, clerk):
    factories.ApprovalPolicyFactory(
        kind=REFUND.code, store=None, roles=[Role.ANALYST], below_amount=1000
    )
    factories.ApprovalPolicyFactory(
        kind=REFUND.code, store=None, roles=[Role.FINANCE], from_amount=1000
    )
    factories.ApprovalPolicyFactory(
        kind=REFUND.code, store=None, roles=[Role.OPERATIONS_LEAD], valid_from=MOMENT + HOUR
    )

    assert ask(order, clerk, 1000).roles == ["finance"]
    assert ask(order, clerk, 5000, at=MOMENT + HOUR).roles == ["operations_lead"]


def test_a_role_without_the_right_is_never_asked(order, clerk):
    factories.ApprovalPolicyFactory(
        kind=REFUND.code, store=None, roles=[Role.MARKETING_LEAD, Role.FINANCE]
    )

    assert ask(order, clerk).roles == ["finance"]


def test_a_rule_that_names_nobody_is_refused_in_words(order, clerk):
    factories.ApprovalPolicyFactory(kind=REFUND.code, store=None, roles=[Role.MARKETING_LEAD])

    with pytest.raises(policies.NobodyDecides, match="Refund"):
        ask(order, clerk)


def test_an_edit_voids_the_request_and_files_it_anew(order, clerk, lead):
    old = ask(order, clerk, 80)

    new = filing.edit_request(
        approval_id=old.pk, request=request(order, 90), actor=lead, at=MOMENT + HOUR
    )

    old.refresh_from_db()
    assert (old.state, old.why, old.ended_by) == ("voided", "edited", lead)
    assert (new.replaces, new.filer, new.last_editor) == (old, clerk, lead)
    assert (new.counted_amount, new.digest != old.digest) == (90, True)


def test_an_approved_request_is_void_when_edited_before_it_is_carried_out(order, clerk, lead):
    old = ask(order, clerk, 80)
    decide(approval_id=old.pk, verdict="approve", actor=lead, at=MOMENT)

    filing.edit_request(approval_id=old.pk, request=request(order, 8000), actor=clerk, at=MOMENT)

    old.refresh_from_db()
    assert old.state == "voided"


def test_what_has_ended_is_edited_no_more(order, clerk, lead):
    old = ask(order, clerk)
    decide(approval_id=old.pk, verdict="reject", actor=lead, at=MOMENT, reason="no receipt")

    with pytest.raises(Conflict, match=str(lead)):
        filing.edit_request(approval_id=old.pk, request=request(order), actor=clerk, at=MOMENT)


def test_an_edit_stays_about_the_same_thing(order, clerk, store):
    old = ask(order, clerk)
    other = factories.OrderFactory(store=store)

    with pytest.raises(DomainError, match="same thing"):
        filing.edit_request(approval_id=old.pk, request=request(other), actor=clerk, at=MOMENT)
    old.refresh_from_db()
    assert old.state == "pending"


def test_only_who_filed_withdraws(order, clerk, lead):
    approval = ask(order, clerk)

    with pytest.raises(NotAllowed):
        filing.withdraw(approval_id=approval.pk, actor=lead, at=MOMENT)
    assert filing.withdraw(approval_id=approval.pk, actor=clerk, at=MOMENT).state == "voided"
    with pytest.raises(Conflict):
        filing.withdraw(approval_id=approval.pk, actor=clerk, at=MOMENT)


def test_a_request_of_another_store_is_not_there(order, clerk):
    approval = ask(order, clerk)
    stranger = factories.UserFactory(role=Role.SERVICE_LEAD)

    with pytest.raises(Approval.DoesNotExist):
        decide(approval_id=approval.pk, verdict="approve", actor=stranger, at=MOMENT)


def test_money_is_exact(order, clerk):
    ask(order, clerk, Decimal("0.10"))

    assert ask(order, clerk, Decimal("0.20")).counted_amount == Decimal("0.30")
