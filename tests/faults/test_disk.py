"""The disk for uploaded files is full: the person is told, and neither a row nor a piece of a file
is left behind.

The process may write no file beyond a size, which fails as a full disk does, for root as well.
"""

import gc
import logging
import resource
from contextlib import contextmanager

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from opsdesk.exchange.models import ImportSession
from opsdesk.exchange.services.sessions import Options, open_session
from opsdesk.storage import WholeFileStorage
from opsdesk.stores.roles import Role
from tests.exchange.files import AS_OF, orders_csv
from tests.factories import StoreFactory, UserFactory
from tests.invariants import assert_invariants_hold

pytestmark = pytest.mark.django_db

UPLOAD = reverse("admin:exchange_importsession_upload")
LARGEST = 64 * 1024
IN_MEMORY = orders_csv(3_000)
ON_DISK = orders_csv(100_000)
"""So large that the web server's own copy of the request goes to the disk."""


@contextmanager
def room_for(size: int):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def upload(store):
    client = Client(raise_request_exception=False)
    client.force_login(UserFactory(role=Role.OPERATIONS_LEAD, store=store))

    def upload(text: str):
        fields = {"store": store.pk, "importer": "generic", "on_error": "skip"}
        return client.post(
            UPLOAD, {**fields, "file": SimpleUploadedFile("orders.csv", text.encode())}
        )

    return upload


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_the_form_says_that_there_is_no_room_and_takes_the_file_afterwards(upload, media):
    with room_for(LARGEST):
        refused = upload(IN_MEMORY)

    assert refused.status_code == 200
    assert "There is no room for this file" in refused.content.decode()
    assert (ImportSession.objects.count(), files(media)) == (0, [])

    assert upload(IN_MEMORY).status_code == 302
    assert ImportSession.objects.get().state == "staged"
    assert_invariants_hold()


@pytest.mark.filterwarnings("ignore:unclosed file")
def test_a_file_too_large_to_be_received_is_a_page_that_says_so(upload, media, caplog):
    """Django leaves its half-received file, which is gone when the error is."""
    caplog.set_level(logging.CRITICAL, "django.request")
    with room_for(LARGEST):
        refused = upload(ON_DISK)
    status, page = refused.status_code, refused.content.decode()
    del refused
    gc.collect()

    assert status == 507
    assert "There is no room left for this" in page
    assert (ImportSession.objects.count(), files(media)) == (0, [])


def test_an_import_whose_file_can_not_be_kept_is_no_import(store, media, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(orders_csv(3))
    options = Options("generic", AS_OF)
    keep = SimpleUploadedFile("orders.csv", IN_MEMORY.encode())

    with room_for(LARGEST), pytest.raises(OSError, match="File too large"):
        open_session(
            store=store, path=path, name="orders.csv", options=options, actor=None, keep=keep
        )

    assert (ImportSession.objects.count(), files(media)) == (0, [])


def test_a_file_of_the_same_name_is_nobody_elses(tmp_path):
    storage = WholeFileStorage(tmp_path)
    first = storage.save("imports/1/ab", ContentFile(b"first"))

    with room_for(LARGEST), pytest.raises(OSError, match="File too large"):
        storage.save("imports/1/ab", ContentFile(bytes(2 * LARGEST)))

    assert [path.read_bytes() for path in files(tmp_path)] == [b"first"]
    assert storage.exists(first)
