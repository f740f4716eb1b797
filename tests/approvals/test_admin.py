"""The inbox, a request's page, deciding on many, absences: what is offered is what works."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from opsdesk.approvals.models import Approval, Delegation
from opsdesk.approvals.services.deciding import decide
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT

INBOX = "/admin/approvals/approval/"
BULK = "/admin/approvals/approval/bulk/"
AWAY = "/admin/approvals/delegation/away/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(MOMENT + timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def approval(store):
    return factories.ApprovalFactory(store=store)


def page(approval):
    return reverse("admin:approvals_approval_change", args=[approval.pk])


def act(client, approval, do, reason=""):
    address = reverse("admin:approvals_approval_act", args=[approval.pk])
    return client.post(address, {"do": do, "reason": reason}, follow=True)


def listed(client, tab):
    return client.get(f"{INBOX}?tab={tab}").content.decode()


def test_the_inbox_holds_what_this_person_may_decide(client, approval, finance, store):
    filed_by_them = factories.ApprovalFactory(store=store, filer=finance)
    for_others = factories.ApprovalFactory(store=store, roles=[Role.SERVICE_LEAD])
    client.force_login(finance)

    inbox = listed(client, "mine")

    assert f'"{approval.pk}/change/' in inbox
    assert f'"{filed_by_them.pk}/change/' not in inbox
    assert f'"{for_others.pk}/change/' not in inbox
    assert f'"{filed_by_them.pk}/change/' in listed(client, "filed")
    assert f'"{approval.pk}/change/' not in listed(client, "decided")


def test_the_sidebar_counts_what_waits_for_this_person(client, approval, finance, store):
    factories.ApprovalFactory(store=store, filer=finance)
    client.force_login(finance)

    badges = client.get(reverse("admin:badges")).content.decode()

    assert ">1<" in badges
    client.force_login(approval.filer)
    assert ">1<" not in client.get(reverse("admin:badges")).content.decode()


def test_the_page_compares_and_offers_the_decision(client, approval, finance):
    client.force_login(finance)

    response = client.get(page(approval))

    shown = response.content.decode()
    assert response.context["may_decide"] is True
    assert "-60 pieces" in shown
    assert "<td>100</td>" in shown
    assert "<strong>40</strong>" in shown
    assert str(finance) in [str(person) for person in response.context["asked_people"]]


def test_who_may_not_decide_is_told_why_and_offered_nothing(client, approval):
    client.force_login(approval.filer)

    response = client.get(page(approval))

    assert response.context["may_decide"] is False
    assert "Nobody decides on what they filed." in response.content.decode()
    assert 'value="approve"' not in response.content.decode()
    assert act(client, approval, "approve").status_code == 403
    assert not approval.decisions.exists()


def test_a_request_that_nobody_may_decide_says_so(client, approval):
    client.force_login(approval.filer)

    assert "Nobody may decide on this now." in client.get(page(approval)).content.decode()


@pytest.mark.parametrize(
    ("do", "reason", "state"),
    [("approve", "", "approved"), ("reject", "not counted", "rejected"), ("reject", "", "pending")],
)
def test_a_decision_is_made_on_the_page(do, reason, state, client, approval, finance):
    client.force_login(finance)

    act(client, approval, do, reason)

    approval.refresh_from_db()
    assert approval.state == state


def test_who_comes_second_reads_who_was_first(client, approval, finance, store):
    first = factories.UserFactory(role=Role.FINANCE, store=store)
    client.force_login(finance)
    decide(approval_id=approval.pk, verdict="reject", actor=first, at=MOMENT, reason="not counted")

    shown = act(client, approval, "approve").content.decode()

    assert f"{first} was first and has decided: rejected" in shown


def test_who_filed_takes_it_back(client, approval):
    client.force_login(approval.filer)

    assert client.get(page(approval)).context["may_withdraw"] is True
    act(client, approval, "withdraw")

    approval.refresh_from_db()
    assert approval.state == "voided"
    assert client.get(page(approval)).context["may_withdraw"] is False


def test_an_emergency_is_declared_and_reviewed_on_the_page(client, approval, finance, store):
    client.force_login(factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store))
    assert client.get(page(approval)).context["may_break_glass"] is True
    act(client, approval, "break-glass", "the carrier leaves")
    assert client.get(page(approval)).context["may_review"] is False

    client.force_login(finance)
    assert client.get(page(approval)).context["may_review"] is True
    shown = act(client, approval, "review", "was right").content.decode()

    approval.emergency.refresh_from_db()
    assert approval.emergency.reviewed_by == finance
    assert "was right" in shown


def test_an_unknown_act_is_not_there(client, approval, finance):
    client.force_login(finance)

    assert act(client, approval, "forget").status_code == 404


def test_a_request_of_another_store_is_not_there(client, finance):
    theirs = factories.ApprovalFactory()
    client.force_login(finance)

    assert client.get(page(theirs)).status_code == 404
    assert act(client, theirs, "approve").status_code == 404
    assert f'"{theirs.pk}/change/' not in client.get(INBOX).content.decode()
    ticked = {"bulk": "approve", "ids": f"{theirs.pk}"}
    assert str(theirs.subject_label) not in client.post(BULK, ticked).content.decode()
    assert not theirs.decisions.exists()


def test_what_concerns_every_store_is_shown(client, finance):
    approval = factories.ApprovalFactory(store=None, filer=factories.UserFactory())
    client.force_login(finance)

    assert "Every store" in client.get(page(approval)).content.decode()
    assert f'"{approval.pk}/change/' in listed(client, "mine")


def test_many_are_decided_after_a_preview_with_a_result_for_each(client, finance, store):
    mine = factories.ApprovalFactory.create_batch(2, store=store)
    own = factories.ApprovalFactory(store=store, filer=finance)
    client.force_login(finance)
    ticked = {"bulk": "approve", "ids": [row.pk for row in (*mine, own)]}

    preview = client.post(f"{INBOX}?tab=mine", ticked)
    assert (preview.context["count"], preview.context["left_alone"]) == (2, 1)
    assert Approval.objects.filter(state="pending").count() == 3
    second = factories.UserFactory(role=Role.FINANCE, store=store)
    decide(approval_id=mine[0].pk, verdict="reject", actor=second, at=MOMENT, reason="not counted")
    result = client.post(BULK, {"bulk": "approve", "ids": preview.context["ids"]})

    said = {line.approval.pk: line.said for line in result.context["lines"]}
    assert said[mine[1].pk] == "approved"
    assert f"{second} was first" in said[mine[0].pk]
    own.refresh_from_db()
    assert own.state == "pending"


def test_many_are_rejected_only_with_a_reason(client, approval, finance):
    client.force_login(finance)
    ticked = {"bulk": "reject", "ids": f"{approval.pk}"}

    client.post(BULK, ticked)
    approval.refresh_from_db()
    assert approval.state == "pending"

    client.post(BULK, ticked | {"reason": "not counted"})
    approval.refresh_from_db()
    assert approval.state == "rejected"


def test_the_whole_inbox_is_chosen_at_once(client, approval, finance, store):
    factories.ApprovalFactory(store=store)
    client.force_login(finance)

    preview = client.post(f"{INBOX}?tab=mine", {"bulk": "approve", "everything": "1"})

    assert preview.context["count"] == 2


@pytest.mark.parametrize("wrong", [{"bulk": "forget", "ids": "1"}, {"ids": "1"}])
def test_an_unknown_bulk_action_is_not_there(wrong, client, approval, finance):
    client.force_login(finance)

    assert client.post(INBOX, wrong).status_code == 404


def test_many_are_decided_only_from_the_inbox(client, approval, finance):
    client.force_login(finance)

    assert 'name="bulk"' in listed(client, "mine")
    assert 'name="bulk"' not in client.get(INBOX).content.decode()


def test_an_absence_is_entered_and_ended_by_who_is_away(client, finance, lead, store):
    client.force_login(finance)
    given = {
        "store": store.pk,
        "stand_in": lead.pk,
        "starts_at": "2026-03-02T08:00",
        "ends_at": "2026-03-09T08:00",
    }

    assert client.post(AWAY, given).status_code == 302
    absence = Delegation.objects.get()
    assert (absence.absent, absence.stand_in) == (finance, lead)
    again = client.post(AWAY, given)
    assert "stands in for you in that time already" in again.content.decode()

    back = reverse("admin:approvals_delegation_back", args=[absence.pk])
    client.force_login(lead)
    assert client.post(back).status_code == 403
    assert Delegation.objects.at(MOMENT + timedelta(hours=2)).exists()
    client.force_login(finance)
    assert client.post(back).status_code == 302
    assert not Delegation.objects.at(MOMENT + timedelta(hours=2)).exists()


def test_nobody_of_another_store_can_be_named(client, finance, store):
    client.force_login(finance)
    stranger = factories.UserFactory(role=Role.FINANCE)

    response = client.post(
        AWAY,
        {
            "store": store.pk,
            "stand_in": stranger.pk,
            "starts_at": "2026-03-02T08:00",
            "ends_at": "2026-03-09T08:00",
        },
    )

    assert "stand_in" in response.context["form"].errors
    assert not Delegation.objects.exists()


def test_the_page_of_a_request_asks_a_fixed_number_of_questions(client, finance, store):
    approval = factories.ApprovalFactory(store=store, voices=9)
    client.force_login(finance)
    client.get(page(approval))
    few = statements(client, page(approval))
    for _number in range(5):
        factories.ApprovalDecisionFactory(approval=approval)
        factories.UserFactory(role=Role.FINANCE, store=store)

    assert statements(client, page(approval)) == few <= 22


def test_the_inbox_asks_a_fixed_number_of_questions(client, finance, store):
    factories.ApprovalFactory(store=store)
    client.force_login(finance)
    client.get(f"{INBOX}?tab=mine")
    few = statements(client, f"{INBOX}?tab=mine")
    factories.ApprovalFactory.create_batch(30, store=store)

    assert statements(client, f"{INBOX}?tab=mine") == few <= 14


def statements(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_deciding_on_many_asks_for_the_right_to_look_at_requests(client, finance, approval):
    role = Group.objects.get(name=Role.FINANCE)
    role.permissions.remove(role.permissions.get(codename="view_approval"))
    client.force_login(finance)

    response = client.post(BULK, {"bulk": "approve", "ids": approval.pk})

    approval.refresh_from_db()
    assert response.status_code == 403
    assert approval.state == Approval.State.PENDING
