"""Rules that hold on every page, walked one by one: nothing in the way of anybody's reading."""

import pytest

from opsdesk import navigation
from tests.browser import looking, world
from tests.browser.pages import SCREENS, ApiDescription, Screen, Upload

pytestmark = pytest.mark.django_db(transaction=True)

OBJECTS = SCREENS | {screen.path: screen for screen in (ApiDescription, Upload)}


def test_every_screen_of_the_sidebar_has_its_object():
    listed = {screen.address for screens in navigation._screens.values() for screen in screens}

    assert listed == SCREENS.keys()


def walk(page, site, addresses, faults_of):
    """Address → what is wrong there, of the pages with faults."""
    found = {}
    for address in addresses:
        known = OBJECTS.get(address)
        screen = (known or Screen)(page, site).open(address)
        faults = [] if known is None or screen.is_ready() else ["not ready"]
        faults += faults_of(page)
        if faults:
            found[address] = faults
    return found


@pytest.mark.parametrize("part", world.PARTS)
def test_every_page_is_open_to_everybody(part, sign_in, live_server, store):
    """Keyboard and screen reader, light and dark, desk and phone."""
    person = world.everybody_at_once(store)
    addresses = world.addresses(part, store, person)
    page = sign_in(person, calm=True)

    faults = walk(
        page,
        live_server.url,
        addresses,
        lambda page: looking.too_wide(page) + looking.barriers(page),
    )

    assert faults == {}


@pytest.mark.parametrize("part", world.PARTS)
def test_every_page_speaks_chinese(part, sign_in, live_server, store):
    person = world.everybody_at_once(store)
    person.language = "zh-hans"
    person.save(update_fields=["language"])
    addresses = world.addresses(part, store, person)
    page = sign_in(person, calm=True)

    faults = walk(
        page,
        live_server.url,
        addresses,
        lambda page: looking.too_wide(page, looking.PHONE) + looking.english_words(page),
    )

    assert faults == {}
