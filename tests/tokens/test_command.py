import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from opsdesk.stores.roles import Role
from opsdesk.tokens.authentication import use_token
from tests import factories
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db


@pytest.fixture
def arguments():
    store = factories.StoreFactory(code="t1")
    person = factories.UserFactory(role=Role.ORDER_REVIEWER, store=store)
    return {
        "user": person.username,
        "store": "t1",
        "scopes": "orders:read, intake:write",
        "at": MOMENT,
    }


def test_the_command_shows_the_secret_once(arguments, capsys):
    call_command("create_token", expires=timedelta(days=90), json=True, **arguments)

    answer = json.loads(capsys.readouterr().out)
    assert answer["scopes"] == ["intake:write", "orders:read"]
    assert use_token(answer["token"], at=MOMENT).prefix == answer["prefix"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"user": "nobody"}, 2), ({"store": "nowhere"}, 2), ({"scopes": "all"}, 1)],
)
def test_the_command_says_what_is_wrong(arguments, wrong, code):
    with pytest.raises(CommandError) as refusal:
        call_command("create_token", expires=timedelta(days=90), **(arguments | wrong))
    assert refusal.value.returncode == code


@pytest.mark.parametrize("text", ["90", "0d", "90 days", "-1d"])
def test_a_length_of_time_names_its_unit(arguments, text):
    with pytest.raises(CommandError, match="no length of time"):
        call_command(
            "create_token",
            f"--user={arguments['user']}",
            "--store=t1",
            "--scopes=orders:read",
            f"--expires={text}",
        )
