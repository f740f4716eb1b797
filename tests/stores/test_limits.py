"""A limit is changed by two people, however it is tried."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from opsdesk.approvals.models import Approval
from opsdesk.approvals.services import carrying
from opsdesk.approvals.services.deciding import decide
from opsdesk.errors import NotAllowed
from opsdesk.stores import limits, procedure
from opsdesk.stores.models import SettingOverride
from opsdesk.stores.roles import Role
from opsdesk.stores.services import InvalidNumber, NeedsApproval, set_number
from tests import factories
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db
LIMIT = "catalog.adjust_pieces_alone"
PAGE = f"/admin/stores/settingoverride/of/{LIMIT}/"
HOUR = timedelta(hours=1)


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def administrator(store):
    return factories.UserFactory(role=Role.ADMINISTRATOR, store=store)


@pytest.fixture
def finance(store):
    return factories.UserFactory(role=Role.FINANCE, store=store)


def change(store, actor, value=80, **fields):
    fields = {
        "key": LIMIT,
        "value": None if value is None else Decimal(value),
        "store": store,
        "channel": None,
        "valid_from": None,
        "actor": actor,
        "reason": "year-end count",
        "at": MOMENT,
    } | fields
    return limits.change_number(**fields)


def agree(approval, actor, at=MOMENT + HOUR):
    decide(approval_id=approval.pk, verdict="approve", actor=actor, at=at)
    return carrying.carry_out(approval_id=approval.pk, at=at)


def limit_of(store, at=MOMENT + HOUR):
    return procedure.value_of(LIMIT, store=store, at=at)


def test_a_limit_is_asked_for_and_holds_once_finance_has_agreed(store, administrator, finance):
    approval = change(store, administrator)
    assert isinstance(approval, Approval)
    assert limit_of(store) == 50

    assert agree(approval, finance) == "carried_out"

    assert limit_of(store) == 80
    override = SettingOverride.objects.get()
    assert (override.set_by, override.reason) == (administrator, "year-end count")
    approval.refresh_from_db()
    assert approval.outcome == {"override": override.pk}


def test_a_promise_is_set_at_once(store, administrator):
    done = change(store, administrator, 15, key="orders.confirm_within")

    assert isinstance(done, SettingOverride)


def test_no_person_sets_a_limit_alone(store, administrator):
    with pytest.raises(NeedsApproval):
        set_number(
            key=LIMIT,
            value=Decimal(80),
            store=store,
            channel=None,
            valid_from=MOMENT,
            actor=administrator,
            reason="quicker",
            at=MOMENT,
        )


def test_an_administrator_who_is_finance_too_needs_somebody_else(store, administrator):
    factories.MembershipFactory(user=administrator, store=store, role=Role.FINANCE)
    approval = change(store, administrator)

    with pytest.raises(NotAllowed, match="filed"):
        agree(approval, administrator)


def test_two_changes_of_one_limit_dont_follow_each_other_unseen(store, administrator, finance):
    """The second was agreed to on another ground than it then finds."""
    first, second = change(store, administrator, 80), change(store, administrator, 100)

    assert agree(first, finance) == "carried_out"
    assert agree(second, finance) == "voided"
    assert limit_of(store) == 80


@pytest.mark.parametrize(("wait", "starts"), [(1, 24), (30, 30)])
def test_a_later_moment_is_kept_or_the_agreement_if_that_is_later(
    wait, starts, store, administrator, finance
):
    approval = change(store, administrator, valid_from=MOMENT + 24 * HOUR)

    agree(approval, finance, at=MOMENT + wait * HOUR)

    assert SettingOverride.objects.get().valid_from == MOMENT + starts * HOUR


def test_what_cant_be_set_cant_be_asked_for(store, administrator, finance):
    with pytest.raises(InvalidNumber):
        change(store, administrator, -1)
    with pytest.raises(NotAllowed):
        change(store, finance)
    assert not Approval.objects.exists()


def test_a_limit_of_every_store_is_agreed_to_for_every_store(store, administrator, finance):
    other = factories.StoreFactory()
    for person, role in ((administrator, Role.ADMINISTRATOR), (finance, Role.FINANCE)):
        factories.MembershipFactory(user=person, store=other, role=role)
    administrator, finance = (
        type(person).objects.get(pk=person.pk) for person in (administrator, finance)
    )

    assert agree(change(None, administrator), finance) == "carried_out"

    assert limit_of(store) == limit_of(other) == limit_of(None) == 80


def test_an_ended_override_reads_as_the_wider_scopes(store, administrator):
    approval = change(store, administrator, None)

    assert limits.LIMIT.describe(approval).changes[0].after == "the wider scope's"


def test_a_request_is_edited_on_the_numbers_page(client, store, administrator):
    old = change(store, administrator, valid_from=MOMENT + 24 * HOUR)
    client.force_login(administrator)
    address = f"{PAGE}?replaces={old.pk}"

    initial = client.get(address).context["form"].initial
    assert (initial["scope"], initial["value"]) == (f"s{store.pk}", "80")
    assert initial["valid_from"] == MOMENT + 24 * HOUR
    with time_machine.travel(MOMENT + HOUR, tick=False):
        client.post(address, {"scope": f"s{store.pk}", "value": "70", "reason": "less will do"})

    old.refresh_from_db()
    assert (old.state, old.replaced_by.asked["value"]) == ("voided", "70")


def test_the_page_files_the_change_and_shows_that_it_waits(client, store, administrator):
    client.force_login(administrator)

    response = client.post(
        PAGE, {"scope": f"s{store.pk}", "value": "80", "reason": "year-end count"}, follow=True
    )

    approval = Approval.objects.get()
    page = response.content.decode()
    assert "It holds once another person has agreed." in page
    assert reverse("admin:approvals_approval_change", args=[approval.pk]) in page
    assert "50 → 80 pieces" in page
    assert not SettingOverride.objects.exists()
