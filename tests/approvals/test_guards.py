"""What the database refuses, whoever writes to its tables."""

from datetime import timedelta

import pytest
from django.db import Error, IntegrityError

from opsdesk.approvals.models import Approval, ApprovalDecision, ApprovalPolicy, Emergency
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db


def decided_by(person, approval, **fields):
    return factories.ApprovalDecisionFactory(approval=approval, decider=person, **fields)


@pytest.fixture
def approval():
    return factories.ApprovalFactory()


@pytest.mark.parametrize("concerned", ["filer", "last_editor", "beneficiary"])
@pytest.mark.parametrize("column", ["decider", "on_behalf_of"])
def test_nobody_concerned_has_a_voice(concerned, column):
    """Not even where the INSERT names somebody else as the filer."""
    person = factories.UserFactory(is_superuser=True)
    approval = factories.ApprovalFactory(**{concerned: person})
    factories.MembershipFactory(user=person, store=approval.store, role=Role.FINANCE)
    somebody = factories.UserFactory(role=Role.FINANCE, store=approval.store)
    name = {"decider": "decider", "on_behalf_of": "absent"}[column]

    with pytest.raises(IntegrityError, match=f"approval_{name}_is_not_{concerned}"):
        factories.ApprovalDecisionFactory(
            approval=approval,
            filer=factories.UserFactory(),
            **{"decider": somebody} | {column: person},
        )


@pytest.mark.parametrize("role", [Role.FINANCE, Role.ANALYST])
def test_a_voice_needs_the_persons_own_role_among_those_asked(role, approval):
    person = factories.UserFactory(role=Role.ANALYST, store=approval.store)

    with pytest.raises(Error, match="approval_voice_without_role"):
        decided_by(person, approval, role=role)


def test_a_role_in_another_store_gives_no_voice(approval):
    with pytest.raises(Error, match="approval_voice_without_role"):
        decided_by(factories.UserFactory(role=Role.FINANCE), approval)


@pytest.mark.parametrize("is_superuser", [False, True])
def test_a_role_that_the_filer_gave_for_it_gives_no_voice(is_superuser, approval):
    person = factories.UserFactory(is_superuser=is_superuser)
    factories.MembershipFactory(
        user=person,
        store=approval.store,
        role=Role.FINANCE,
        granted_by=approval.filer,
        granted_at=MOMENT - timedelta(hours=23),
    )

    with pytest.raises(Error, match="approval_voice_without_role"):
        decided_by(person, approval)


def test_a_person_speaks_once():
    decision = factories.ApprovalDecisionFactory(approval__voices=2)

    with pytest.raises(IntegrityError, match="approval_decision_one_per_person"):
        decided_by(decision.decider, decision.approval)


def test_a_voice_is_given_once_by_the_person_or_their_stand_in():
    decision = factories.ApprovalDecisionFactory(approval__voices=2)
    stand_in = factories.UserFactory(role=Role.FINANCE, store=decision.approval.store)

    with pytest.raises(IntegrityError, match="approval_decision_one_per_voice"):
        decided_by(stand_in, decision.approval, on_behalf_of=decision.decider)


def test_a_rejection_says_why(approval):
    with pytest.raises(IntegrityError, match="approval_rejection_has_reason"):
        factories.ApprovalDecisionFactory(approval=approval, verdict="reject")


def test_after_the_decision_there_are_no_more_voices(approval):
    Approval.objects.update(state="expired", ended_at=MOMENT)

    with pytest.raises(Error, match="approval_is_settled"):
        factories.ApprovalDecisionFactory(approval=approval)


@pytest.mark.parametrize("voices", [0, 1])
def test_nothing_is_approved_without_its_voices(voices):
    approval = factories.ApprovalFactory(voices=2)
    factories.ApprovalDecisionFactory.create_batch(voices, approval=approval)

    with pytest.raises(Error, match="approval_needs_its_voices"):
        Approval.objects.update(state="approved", decided_at=MOMENT)


@pytest.mark.parametrize("state", ["approved", "carried_out", "failed"])
def test_nothing_comes_approved_into_the_world(state):
    ended = None if state == "approved" else MOMENT
    why = "refused" if state == "failed" else ""

    with pytest.raises(Error, match="approval_needs_its_voices"):
        factories.ApprovalFactory(state=state, decided_at=MOMENT, ended_at=ended, why=why)


def test_with_its_voices_or_an_emergency_it_is_approved():
    agreed = factories.ApprovalDecisionFactory().approval
    urgent = factories.EmergencyFactory().approval

    assert Approval.objects.update(state="approved", decided_at=MOMENT) == 2
    assert {agreed, urgent} == set(Approval.objects.to_carry_out())


@pytest.mark.parametrize(
    ("before", "after"),
    [("rejected", "approved"), ("rejected", "pending"), ("expired", "approved")],
)
def test_a_settled_request_stays_settled(before, after, approval):
    factories.ApprovalDecisionFactory(approval=approval)
    decided = MOMENT if before == "rejected" else None
    Approval.objects.update(state=before, decided_at=decided, ended_at=MOMENT)

    with pytest.raises(Error, match="Invalid transition"):
        Approval.objects.update(state=after, decided_at=MOMENT, ended_at=None)


@pytest.mark.parametrize(
    "change",
    [{"amount": 1}, {"snapshot": {}}, {"digest": "0" * 64}, {"voices": 0}, {"roles": ["analyst"]}],
)
def test_what_is_asked_cant_be_edited(change, approval):
    with pytest.raises(Error, match="what_is_asked_stays"):
        Approval.objects.update(**change)


@pytest.mark.parametrize("model", [Approval, Emergency, ApprovalDecision, ApprovalPolicy])
def test_nothing_of_it_is_deleted(model):
    factories.ApprovalDecisionFactory()
    factories.EmergencyFactory()
    factories.ApprovalPolicyFactory()

    with pytest.raises(Error, match=r"append_only|never_deleted"):
        model.objects.all()._raw_delete("default")


@pytest.mark.parametrize("model", [ApprovalDecision, ApprovalPolicy])
def test_decisions_and_rules_are_never_edited(model):
    factories.ApprovalDecisionFactory()
    factories.ApprovalPolicyFactory()

    with pytest.raises(Error, match="append_only"):
        model.objects.update(reason="another")


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"digest": "not a digest"}, "approval_digest_sha256"),
        ({"counted_amount": 1}, "approval_amounts_in_order"),
        ({"amount": -1}, "approval_amounts_in_order"),
        ({"expires_at": MOMENT}, "approval_expires_after_filing"),
        ({"state": "expired"}, "approval_ended_has_moment"),
        ({"state": "rejected", "ended_at": MOMENT}, "approval_decided_has_moment"),
        ({"state": "voided", "ended_at": MOMENT}, "approval_says_why"),
    ],
)
def test_a_request_holds_together(fields, name):
    with pytest.raises(IntegrityError, match=name):
        factories.ApprovalFactory(**fields)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"roles": []}, "approval_policy_somebody_decides"),
        ({"roles": ["caesar"]}, "approval_policy_somebody_decides"),
        ({"voices": 0}, "approval_policy_somebody_decides"),
        ({"voices": 2, "from_different_roles": True}, "approval_policy_enough_roles"),
        ({"from_amount": 10, "below_amount": 10}, "approval_policy_band_not_empty"),
    ],
)
def test_a_rule_holds_together(fields, name):
    with pytest.raises(IntegrityError, match=name):
        factories.ApprovalPolicyFactory(**fields)


def test_bands_of_a_version_dont_overlap():
    first = factories.ApprovalPolicyFactory(below_amount=1000)
    factories.ApprovalPolicyFactory(store=first.store, from_amount=1000)
    factories.ApprovalPolicyFactory(store=None, from_amount=500)

    with pytest.raises(IntegrityError, match="approval_policy_bands_dont_overlap"):
        factories.ApprovalPolicyFactory(store=first.store, from_amount=999, below_amount=1000)


def test_one_person_stands_in_at_a_time():
    first = factories.DelegationFactory()
    factories.DelegationFactory(absent=first.absent, store=first.store, starts_at=first.ends_at)
    factories.DelegationFactory(absent=first.absent)

    with pytest.raises(IntegrityError, match="delegation_one_at_a_time"):
        factories.DelegationFactory(
            absent=first.absent, store=first.store, starts_at=MOMENT + timedelta(days=6)
        )


def test_nobody_stands_in_for_themselves():
    person = factories.UserFactory()

    with pytest.raises(IntegrityError, match="delegation_to_somebody_else"):
        factories.DelegationFactory(absent=person, stand_in=person)


def test_an_emergency_is_reviewed_by_somebody_else():
    emergency = factories.EmergencyFactory()

    with pytest.raises(IntegrityError, match="emergency_reviewed_by_somebody_else"):
        Emergency.objects.update(
            reviewed_by=emergency.declared_by, reviewed_at=MOMENT, finding="fine"
        )
