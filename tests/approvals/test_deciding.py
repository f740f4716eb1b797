"""Deciding: anyone with the role but whom it concerns; the list and the service agree on who."""

from datetime import timedelta

import pytest

from opsdesk.approvals.models import Approval
from opsdesk.approvals.services import filing, standing_in
from opsdesk.approvals.services.deciding import decide
from opsdesk.approvals.voices import people_to_ask, voice_of
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.models import User
from opsdesk.stores.roles import Role
from opsdesk.stores.services import grant_role
from tests import factories
from tests.approvals.refunds import ask, request
from tests.factories import MOMENT

HOUR = timedelta(hours=1)


def fresh(user):
    """As the next request sees them: rights are kept on the instance."""
    return User.objects.get(pk=user.pk)


def say(approval, actor, verdict="approve", at=MOMENT, reason="read and understood"):
    return decide(
        approval_id=approval.pk, verdict=verdict, actor=fresh(actor), at=at, reason=reason
    )


def refusal(approval, actor, at=MOMENT):
    """Why not; the list and the names of those to ask must say the same."""
    actor, voices = fresh(actor), approval.decisions.count()
    assert not Approval.objects.to_decide(actor, at).filter(pk=approval.pk).exists()
    assert actor not in people_to_ask(approval, at)
    with pytest.raises(NotAllowed) as refused:
        voice_of(actor, approval, at)
    with pytest.raises((NotAllowed, Approval.DoesNotExist)):
        say(approval, actor, at=at)
    assert approval.decisions.count() == voices
    return refused.value.message


def assert_may_decide(approval, actor, at=MOMENT):
    actor = fresh(actor)
    assert Approval.objects.to_decide(actor, at).filter(pk=approval.pk).exists()
    voice_of(actor, approval, at)
    if not actor.is_superuser:
        assert actor in people_to_ask(approval, at)


def test_one_voice_approves(order, clerk, lead):
    approval = ask(order, clerk)
    assert_may_decide(approval, lead)

    decided = say(approval, lead)

    assert (decided.state, decided.decided_at) == ("approved", MOMENT)
    decision = decided.decisions.get()
    assert (decision.decider, decision.role, decision.verdict) == (lead, "service_lead", "approve")


def test_one_voice_rejects_with_its_reason(order, clerk, lead):
    rejected = say(ask(order, clerk), lead, "reject", reason="no receipt")

    assert (rejected.state, rejected.ended_by) == ("rejected", lead)
    assert rejected.decisions.get().reason == "no receipt"


def test_a_rejection_without_a_reason_is_refused(order, clerk, lead):
    approval = ask(order, clerk)

    with pytest.raises(DomainError, match="Say why"):
        say(approval, lead, "reject", reason="  ")
    assert approval.decisions.count() == 0


def test_who_filed_does_not_decide(order, lead):
    assert "filed" in refusal(ask(order, lead), lead)


def test_who_edited_last_does_not_decide(order, clerk, lead):
    old = ask(order, clerk)
    edit = request(order, 90)
    new = filing.edit_request(approval_id=old.pk, request=edit, actor=lead, at=MOMENT)

    assert "edited" in refusal(new, lead)


def test_whom_it_benefits_does_not_decide(order, clerk, lead):
    assert "benefits" in refusal(ask(order, clerk, beneficiary=lead), lead)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.SERVICE_LEAD])
def test_administrators_and_superusers_are_no_exception(role, order, store):
    chief = factories.UserFactory(is_superuser=True)
    factories.MembershipFactory(user=chief, store=store, role=role)

    assert "filed" in refusal(ask(order, chief), chief)


def test_a_superuser_decides_on_what_others_filed(order, clerk):
    chief = factories.UserFactory(is_superuser=True)
    approval = ask(order, clerk)
    assert_may_decide(approval, chief)

    assert say(approval, chief).state == "approved"


def test_who_lacks_the_role_does_not_decide(order, clerk, finance):
    assert "Service lead, Operations lead" in refusal(ask(order, clerk), finance)


def test_a_role_in_another_store_is_no_role_here(order, clerk, finance):
    factories.MembershipFactory(user=finance, role=Role.SERVICE_LEAD)

    refusal(ask(order, clerk), finance)


def test_who_has_been_switched_off_does_not_decide(order, clerk, lead):
    User.objects.filter(pk=lead.pk).update(is_active=False)

    refusal(ask(order, clerk), lead)


@pytest.mark.parametrize("granted", [-23 * HOUR, HOUR])
def test_a_role_that_the_filer_gave_for_it_does_not_count(granted, order, clerk, finance, store):
    """Whether within 24 hours before it was filed, or while it waits."""
    factories.MembershipFactory(user=clerk, store=store, role=Role.ADMINISTRATOR)
    approval = ask(order, fresh(clerk))
    grant_role(
        user=finance,
        store=store,
        role=Role.SERVICE_LEAD,
        actor=fresh(clerk),
        at=MOMENT + granted,
    )

    assert "gave you the role" in refusal(approval, finance, at=MOMENT + 47 * HOUR)


@pytest.mark.parametrize("granted", [-23 * HOUR, HOUR])
def test_not_even_to_a_superuser(granted, order, clerk, store):
    chief = factories.UserFactory(is_superuser=True)
    approval = ask(order, clerk)
    factories.MembershipFactory(
        user=chief,
        store=store,
        role=Role.SERVICE_LEAD,
        granted_by=clerk,
        granted_at=MOMENT + granted,
    )

    assert "gave you the role" in refusal(approval, fresh(chief), at=MOMENT + 47 * HOUR)


def test_a_superuser_whom_somebody_else_gave_a_role_too_decides(order, clerk, store):
    chief = factories.UserFactory(is_superuser=True)
    factories.MembershipFactory(
        user=chief, store=store, role=Role.SERVICE_LEAD, granted_by=clerk, granted_at=MOMENT
    )
    factories.MembershipFactory(user=chief, store=store, role=Role.OPERATIONS_LEAD)
    approval = ask(order, clerk)

    assert_may_decide(approval, fresh(chief))
    assert say(approval, fresh(chief)).state == "approved"


@pytest.mark.parametrize("by_filer", [True, False])
def test_a_role_given_earlier_or_by_somebody_else_counts(by_filer, order, clerk, finance, store):
    granter = clerk if by_filer else factories.UserFactory()
    factories.MembershipFactory(
        user=finance,
        store=store,
        role=Role.SERVICE_LEAD,
        granted_by=granter,
        granted_at=MOMENT - (25 if by_filer else 1) * HOUR,
    )

    approval = ask(order, clerk)

    assert_may_decide(approval, finance)
    assert say(approval, finance).state == "approved"


def test_two_people_of_different_roles_agree(order, clerk, lead, finance):
    approval = ask(order, clerk, 20_000)

    assert say(approval, finance).state == "pending"
    assert "given already" in refusal(approval, finance)
    assert_may_decide(approval, lead)
    assert say(approval, lead).state == "approved"


def test_two_people_of_one_role_are_not_one_of_each(order, clerk, finance, store):
    second = factories.UserFactory(role=Role.FINANCE, store=store)
    approval = ask(order, clerk, 20_000)
    say(approval, finance)

    assert "Service lead" in refusal(approval, second)


def test_one_rejection_is_enough(order, clerk, lead, finance):
    approval = ask(order, clerk, 20_000)
    say(approval, finance)

    assert say(approval, lead, "reject").state == "rejected"


def test_who_comes_second_is_told_who_was_first(order, clerk, lead, store):
    second = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store)
    approval = ask(order, clerk)
    say(approval, lead, "reject", reason="no receipt")

    with pytest.raises(Conflict, match=f"{lead} was first and has decided: rejected") as late:
        say(approval, second)

    assert late.value.facts["winner_id"] == lead.pk
    assert late.value.facts["decision"] == "reject"


def test_after_its_time_nobody_decides(order, clerk, lead):
    """Whether or not the job that marks it has come."""
    approval = ask(order, clerk)
    at = MOMENT + 48 * HOUR

    with pytest.raises(Conflict, match="expired"):
        say(approval, lead, at=at)
    assert not Approval.objects.to_decide(lead, at).exists()
    assert people_to_ask(approval, at) == []


def test_a_voice_given_in_time_does_not_make_an_expired_request_look_decided(
    order, clerk, lead, finance
):
    approval = ask(order, clerk, 20_000)
    say(approval, finance)

    with pytest.raises(Conflict, match="expired"):
        say(approval, lead, at=MOMENT + 48 * HOUR)


def away(absent, stand_in, store, days=1):
    return standing_in.delegate(
        absent=absent,
        stand_in=stand_in,
        store=store,
        starts_at=MOMENT,
        ends_at=MOMENT + timedelta(days=days),
        at=MOMENT,
    )


def test_a_stand_in_decides_for_who_is_away(order, clerk, lead, finance, store):
    away(lead, finance, store)
    approval = ask(order, clerk)
    assert_may_decide(approval, finance)

    decision = say(approval, finance).decisions.get()

    assert (decision.decider, decision.on_behalf_of) == (finance, lead)
    assert decision.role == "service_lead"


@pytest.mark.parametrize("hours", [-1, 24])
def test_a_stand_in_decides_only_meanwhile(hours, order, clerk, lead, finance, store):
    away(lead, finance, store)
    approval = ask(order, clerk, at=MOMENT - 2 * HOUR)

    refusal(approval, finance, at=MOMENT + hours * HOUR)


def test_a_stand_in_does_not_decide_for_who_filed(order, lead, finance, store):
    away(lead, finance, store)

    refusal(ask(order, lead), finance)


def test_a_stand_in_who_filed_does_not_decide(order, lead, finance, store):
    away(lead, finance, store)

    assert "filed" in refusal(ask(order, finance), finance)


def test_a_stand_in_who_left_the_store_does_not_decide(order, clerk, lead, finance, store):
    away(lead, finance, store)
    finance.memberships.all().delete()
    factories.MembershipFactory(user=finance, role=Role.FINANCE)

    refusal(ask(order, clerk), finance)


def test_who_is_away_and_the_stand_in_have_one_voice_together(order, clerk, lead, finance, store):
    away(finance, lead, store)
    approval = ask(order, clerk, 20_000)
    say(approval, finance)

    say(approval, lead)

    assert approval.decisions.get(decider=lead).on_behalf_of is None
    assert approval.decisions.get(decider=lead).role == "service_lead"


def test_what_concerns_every_store_is_decided_by_who_has_the_role_in_all(store):
    here, everywhere = factories.UserFactory.create_batch(2)
    approval = factories.ApprovalFactory(store=None, filer=factories.UserFactory())
    for person, stores in ((here, [store]), (everywhere, [store, factories.StoreFactory()])):
        for one in stores:
            factories.MembershipFactory(user=person, store=one, role=Role.FINANCE)

    refusal(approval, here)
    assert_may_decide(approval, everywhere)
    assert say(approval, everywhere).state == "approved"


def test_a_telephone_number_in_a_reason_is_masked(order, clerk, lead):
    rejected = say(ask(order, clerk), lead, "reject", reason="call 13812345678")

    assert rejected.decisions.get().reason == "call 138****5678"


def test_who_may_decide_is_read_in_a_fixed_number_of_statements(
    order, clerk, store, django_assert_num_queries
):
    for _number in range(20):
        factories.UserFactory(role=Role.SERVICE_LEAD, store=store)
    approval = ask(order, clerk)

    with django_assert_num_queries(4):
        assert len(people_to_ask(approval, MOMENT)) == 20
