"""Tokens: who may issue them, for what, how long; that they end at once."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from opsdesk.errors import Conflict, NotAllowed
from opsdesk.stores.roles import Role
from opsdesk.tokens import scopes
from opsdesk.tokens.authentication import Refused, TooManyRequests, use_token
from opsdesk.tokens.models import ApiToken, RequestCount
from opsdesk.tokens.services import InvalidToken, issue_token, revoke_token, rotate_token
from tests import factories
from tests.concurrency import run_together
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def person(store):
    return factories.UserFactory(role=Role.ORDER_REVIEWER, store=store)


@pytest.fixture
def issue(person, store):
    return partial(
        issue_token,
        user=person,
        store=store,
        name="shop bridge",
        scopes=["orders:read", "intake:write"],
        expires_at=MOMENT + 90 * DAY,
        actor=None,
        at=MOMENT,
    )


def test_of_a_secret_only_a_digest_and_its_beginning_are_kept(issue):
    issued = issue()

    row = ApiToken.objects.filter(pk=issued.token.pk).values().get()
    assert issued.secret.startswith(f"{row['prefix']}_")
    assert issued.secret not in str(row)
    assert issued.secret.removeprefix(f"{row['prefix']}_") not in str(row)


def test_a_token_acts_for_its_person_narrowed_to_its_scopes(issue, store):
    user = use_token(issue(scopes=["orders:read"]).secret, at=MOMENT).user

    assert user.has_perm("orders.view_order", store)
    assert user.has_perm("stores.view_store", store)
    assert not user.has_perm("orders.add_order", store)
    assert not user.has_perm("orders.review_order", store)


def test_a_scope_opens_nothing_that_the_person_may_not_do(issue, store):
    factories.MembershipFactory(user__username="analyst", store=store, role=Role.ANALYST)
    analyst = store.memberships.get(role=Role.ANALYST).user

    user = use_token(issue(user=analyst).secret, at=MOMENT).user

    assert not user.has_perm("orders.add_order", store)


def test_a_token_stays_in_its_store(issue, person, store):
    elsewhere = factories.MembershipFactory(user=person, role=Role.ORDER_REVIEWER).store

    user = use_token(issue().secret, at=MOMENT).user

    assert user.store_ids == [store.pk]
    assert not user.has_perm("orders.view_order", elsewhere)


def test_a_superuser_s_token_is_no_superuser(issue, person, store):
    person.is_superuser = True
    person.save(update_fields=["is_superuser"])

    user = use_token(issue(scopes=["orders:read"]).secret, at=MOMENT).user

    assert not user.has_perm("orders.review_order", store)
    assert user.stores_allowing("orders.view_order") == [store.pk]


@pytest.mark.parametrize(
    "permission",
    ["approvals.decide_approval", "stores.add_membership", "tokens.add_apitoken"],
)
def test_no_scope_approves_or_looks_after_people(permission):
    with pytest.raises(ValueError, match="no token may be made"):
        scopes.Scope("everything", "Everything", (permission,))


@pytest.mark.parametrize(
    "wrong",
    [
        {"scopes": []},
        {"scopes": ["orders:eat"]},
        {"name": " "},
        {"expires_at": MOMENT},
        {"expires_at": MOMENT + 366 * DAY},
    ],
)
def test_a_token_without_sense_is_not_issued(issue, wrong):
    with pytest.raises(InvalidToken):
        issue(**wrong)


def test_nobody_gets_a_token_for_a_store_they_do_not_work_for(issue):
    with pytest.raises(InvalidToken, match="no role"):
        issue(store=factories.StoreFactory())


def test_tokens_are_issued_by_the_store_s_administrator(issue, store):
    administrator = factories.UserFactory(role=Role.ADMINISTRATOR, store=store)
    other = factories.UserFactory(role=Role.ADMINISTRATOR, store=factories.StoreFactory())

    assert issue(actor=administrator).token.created_by == administrator
    with pytest.raises(NotAllowed):
        issue(actor=other)


def test_an_expired_token_opens_nothing(issue):
    secret = issue().secret

    use_token(secret, at=MOMENT + 89 * DAY)
    with pytest.raises(Refused, match="expired"):
        use_token(secret, at=MOMENT + 90 * DAY)
    assert RequestCount.objects.get().minute == MOMENT + 89 * DAY, "it counted a request as well"


def test_a_revoked_token_opens_nothing_from_the_next_request_on(issue):
    issued = issue()
    use_token(issued.secret, at=MOMENT)

    assert revoke_token(token_id=issued.token.pk, actor=None, at=MOMENT)

    with pytest.raises(Refused, match="revoked"):
        use_token(issued.secret, at=MOMENT)
    assert RequestCount.objects.get().requests == 1
    assert not revoke_token(token_id=issued.token.pk, actor=None, at=MOMENT + DAY)
    assert ApiToken.objects.get(pk=issued.token.pk).revoked_at == MOMENT


@pytest.mark.parametrize("what", ["role", "person", "store"])
def test_a_token_ends_with_what_it_stands_on(what, issue, person, store):
    secret = issue().secret
    use_token(secret, at=MOMENT)

    if what == "role":
        person.memberships.all().delete()
    elif what == "person":
        type(person).objects.filter(pk=person.pk).update(is_active=False)
    else:
        type(store).objects.filter(pk=store.pk).update(is_active=False)

    with pytest.raises(Refused, match="nobody"):
        use_token(secret, at=MOMENT)
    assert RequestCount.objects.get().requests == 1


def test_a_token_may_what_any_role_of_its_person_may(issue, person, store):
    factories.MembershipFactory(user=person, store=store, role=Role.WAREHOUSE)
    secret = issue(scopes=["orders:read", "fulfilment:write"]).secret

    acting = use_token(secret, at=MOMENT).user

    assert acting.has_perm("orders.view_order", store)
    assert acting.has_perm("fulfillment.hand_over_parcel", store)
    assert acting.roles_in(store.pk) == {Role.ORDER_REVIEWER, Role.WAREHOUSE}


@pytest.mark.parametrize("secret", ["", "od_1", "x" * 5000, "od_漢字", "od_\0"])
def test_what_is_no_secret_opens_nothing(secret):
    with pytest.raises(Refused, match="not known"):
        use_token(secret, at=MOMENT)


def test_after_a_rotation_both_work_for_some_days(issue):
    old = issue()
    new = rotate_token(token_id=old.token.pk, actor=None, at=MOMENT + 60 * DAY)

    assert new.token.scopes == old.token.scopes
    assert new.token.expires_at == MOMENT + 150 * DAY
    for secret in (old.secret, new.secret):
        use_token(secret, at=MOMENT + 66 * DAY)
    with pytest.raises(Refused, match="expired"):
        use_token(old.secret, at=MOMENT + 67 * DAY)


def test_of_one_family_two_are_live_and_never_three(issue):
    first = issue()
    second = rotate_token(token_id=first.token.pk, actor=None, at=MOMENT)
    third = rotate_token(token_id=second.token.pk, actor=None, at=MOMENT)

    live = ApiToken.objects.live(MOMENT).filter(family=first.token.family)
    assert set(live) == {second.token, third.token}


@pytest.mark.django_db(transaction=True)
def test_a_token_rotated_by_many_at_once_leaves_two(issue):
    first = issue()

    results = run_together(
        [partial(rotate_token, token_id=first.token.pk, actor=None, at=MOMENT)] * 4
    )

    assert not any(isinstance(result, IntegrityError) for result in results)
    assert ApiToken.objects.live(MOMENT).filter(family=first.token.family).count() == 2


def test_a_token_that_ended_is_not_rotated(issue):
    issued = issue()
    revoke_token(token_id=issued.token.pk, actor=None, at=MOMENT)

    with pytest.raises(Conflict):
        rotate_token(token_id=issued.token.pk, actor=None, at=MOMENT)


def test_another_store_s_administrator_changes_nothing(issue):
    issued = issue()
    other = factories.UserFactory(role=Role.ADMINISTRATOR, store=factories.StoreFactory())

    with pytest.raises(NotAllowed):
        revoke_token(token_id=issued.token.pk, actor=other, at=MOMENT)
    with pytest.raises(NotAllowed):
        rotate_token(token_id=issued.token.pk, actor=other, at=MOMENT)


def test_the_last_use_is_noted_once_a_minute(issue):
    issued = issue()

    for seconds in (0, 10, 50):
        use_token(issued.secret, at=MOMENT + timedelta(seconds=seconds))
    assert ApiToken.objects.get(pk=issued.token.pk).last_used_at == MOMENT

    use_token(issued.secret, at=MOMENT + timedelta(seconds=70))
    assert ApiToken.objects.get(pk=issued.token.pk).last_used_at == MOMENT + timedelta(seconds=70)


def test_who_asks_too_often_is_told_how_long_to_wait(issue):
    issued = issue()
    ApiToken.objects.update(requests_per_minute=2)
    at = MOMENT + timedelta(seconds=45)
    for _ in range(2):
        use_token(issued.secret, at=at)

    with pytest.raises(TooManyRequests) as refusal:
        use_token(issued.secret, at=at)

    assert refusal.value.seconds == 16
    use_token(issued.secret, at=at + timedelta(seconds=16))


def test_a_clock_that_runs_late_counts_for_the_newest_minute(issue):
    issued = issue()
    ApiToken.objects.update(requests_per_minute=2)
    use_token(issued.secret, at=MOMENT)
    use_token(issued.secret, at=MOMENT - timedelta(seconds=5))

    with pytest.raises(TooManyRequests):
        use_token(issued.secret, at=MOMENT)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_counted_each(issue):
    issued = issue()
    ApiToken.objects.update(requests_per_minute=5)

    results = run_together([partial(use_token, issued.secret, at=MOMENT)] * 12)

    assert sum(isinstance(result, TooManyRequests) for result in results) == 7
    assert RequestCount.objects.get().requests == 5


@pytest.mark.parametrize(
    "wrong", [{"scopes": []}, {"expires_at": MOMENT}, {"requests_per_minute": 0}]
)
def test_the_database_refuses_a_token_without_sense(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.ApiTokenFactory(**wrong)


def test_a_key_is_kept_once_in_a_family():
    kept = factories.KeptAnswerFactory()

    with pytest.raises(IntegrityError, match="kept_answer_unique_family_key"):
        factories.KeptAnswerFactory(token=kept.token, key=kept.key)
