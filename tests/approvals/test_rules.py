"""Changing who decides takes two people itself."""

from decimal import Decimal

import pytest

from opsdesk.approvals import changing, kinds
from opsdesk.approvals.kinds import Band
from opsdesk.approvals.models import Approval, ApprovalPolicy
from opsdesk.approvals.services import carrying, policies
from opsdesk.approvals.services.deciding import decide
from opsdesk.errors import NotAllowed
from opsdesk.stores.roles import Role
from tests import factories
from tests.approvals.refunds import REFUND
from tests.factories import MOMENT

LIST = "/admin/approvals/approvalpolicy/"
PAGE = f"{LIST}of/tests.refund/"
BANDS = [
    Band((Role.SERVICE_LEAD,)),
    Band(
        (Role.SERVICE_LEAD, Role.FINANCE),
        from_amount=Decimal(1_000),
        voices=2,
        from_different_roles=True,
    ),
]


@pytest.fixture
def administrator(store):
    return factories.UserFactory(role=Role.ADMINISTRATOR, store=store)


def change(store, actor, bands=BANDS, reason="agreed with finance"):
    return changing.request_rule(
        kind=REFUND, store=store, bands=bands, reason=reason, actor=actor, at=MOMENT
    )


def agree(approval, actor):
    decide(approval_id=approval.pk, verdict="approve", actor=actor, at=MOMENT)
    return carrying.carry_out(approval_id=approval.pk, at=MOMENT)


def test_a_rule_holds_once_finance_has_agreed(store, administrator, finance):
    approval = change(store, administrator)
    assert not ApprovalPolicy.objects.exists()

    assert agree(approval, finance) == "carried_out"

    low, high = policies.rules_of(REFUND, store=store, at=MOMENT)
    assert (low.roles, low.voices) == (["service_lead"], 1)
    assert (high.roles, high.from_amount, high.voices) == (["service_lead", "finance"], 1000, 2)
    assert (low.policy.below_amount, high.policy.below_amount) == (1000, None)
    assert low.policy.set_by == administrator


def test_a_rule_of_the_store_leaves_others_alone(store, administrator, finance):
    agree(change(store, administrator), finance)

    others = policies.rules_of(REFUND, store=factories.StoreFactory(), at=MOMENT)
    assert [rule.policy for rule in others] == [None, None, None]


@pytest.mark.parametrize(
    ("bands", "says"),
    [
        ([], "starts at 0"),
        ([Band((Role.FINANCE,), from_amount=Decimal(5))], "starts at 0"),
        ([Band((Role.FINANCE,)), Band((Role.FINANCE,))], "starts at 0"),
        ([Band((Role.MARKETING_LEAD,))], "Marketing lead may not decide"),
        ([Band((Role.FINANCE,), voices=2, from_different_roles=True)], "as many roles"),
        ([Band(())], "as many roles"),
    ],
)
def test_a_senseless_rule_is_refused_in_words(bands, says, store, administrator):
    with pytest.raises(changing.InvalidRule, match=says):
        change(store, administrator, bands)
    assert not Approval.objects.exists()


def test_it_needs_a_reason_and_the_right(store, administrator, finance):
    with pytest.raises(changing.InvalidRule, match="why"):
        change(store, administrator, reason=" ")
    with pytest.raises(NotAllowed):
        change(store, finance)


def test_the_request_compares_band_by_band(store, administrator):
    said = kinds.get("approvals.rule").describe(change(store, administrator))

    assert [(line.label, line.before, line.after) for line in said.changes[:2]] == [
        ("any amount", "1 of: Service lead, Operations lead", "Service lead"),
        ("from ¥2,000.00", "Finance", ""),
    ]


def given(store, **changes):
    return {
        "scope": store.pk,
        "reason": "agreed with finance",
        "band-TOTAL_FORMS": "2",
        "band-INITIAL_FORMS": "2",
        "band-0-from_amount": "0",
        "band-0-roles": ["service_lead"],
        "band-0-voices": "1",
        "band-1-from_amount": "1000",
        "band-1-roles": ["service_lead", "finance"],
        "band-1-voices": "2",
        "band-1-from_different_roles": "on",
        **changes,
    }


def test_the_page_files_the_change(client, store, administrator):
    client.force_login(administrator)

    response = client.post(PAGE, given(store), follow=True)

    approval = Approval.objects.get()
    assert approval.asked["bands"][1] == {
        "from_amount": "1000.00",
        "roles": ["service_lead", "finance"],
        "voices": 2,
        "from_different_roles": True,
    }
    assert f"/approvals/approval/{approval.pk}/change/" in response.content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"band-0-from_amount": "5"},
        {"band-0-roles": ["marketing_lead"]},
        {"band-0-voices": "0"},
        {"reason": ""},
        {"scope": "999"},
    ],
)
def test_a_wrong_rule_is_refused_on_the_page(wrong, client, store, administrator):
    client.force_login(administrator)

    assert client.post(PAGE, given(store, **wrong)).status_code == 200
    assert not Approval.objects.exists()


def test_who_may_only_look_gets_no_form(client, store, finance):
    client.force_login(finance)

    assert client.get(PAGE).context["form"] is None
    assert client.post(PAGE, given(store)).status_code == 403
    assert "Refund" in client.get(LIST).content.decode()


def test_a_kind_nobody_registers_is_not_there(client, finance):
    client.force_login(finance)

    assert client.get(f"{LIST}of/no.such/").status_code == 404


def test_the_history_is_shown(client, store, finance, administrator):
    agree(change(store, administrator), finance)
    client.force_login(finance)

    assert "agreed with finance" in client.get(PAGE).content.decode()
