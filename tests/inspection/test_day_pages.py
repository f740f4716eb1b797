"""The day's sheet on its pages: answered on a phone, signed, read, printed, looked back at."""

from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from opsdesk.audit.models import AuditEntry
from opsdesk.inspection import history
from opsdesk.inspection.models import InspectionSheet, ManualAnswer
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT
from tests.inspection.looks import Looks

pytestmark = pytest.mark.django_db
DAY = "admin:inspection_day"


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(MOMENT, tick=False):
        yield


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def today(store):
    return store.business_date(MOMENT)


@pytest.fixture
def lead(client, store):
    person = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store)
    client.force_login(person)
    return person


@pytest.fixture
def walked(store, only):
    """By all the checks there are."""
    only(Looks("INS-3.covered"))
    return factories.CheckResultFactory(run__store=store, outcome="passed", new=0).run


def text(client, name, *args, **query):
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def picture():
    written = BytesIO()
    Image.new("RGB", (40, 30), "red").save(written, "PNG")
    return SimpleUploadedFile("photo.png", written.getvalue())


def test_who_has_the_role_answers_with_a_photo(client, store, today, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    item = factories.ManualItemFactory(store=store, owner_role=Role.WAREHOUSE)
    client.force_login(factories.UserFactory(role=Role.WAREHOUSE, store=store))
    address = reverse("admin:inspection_answer", args=[item.pk])
    assert address in text(client, DAY)

    answer = client.post(
        address,
        {"day": today, "verdict": "problem", "note": "Dark", "photos": [picture()]},
        follow=True,
    )

    assert "Dark" in answer.content.decode()
    photo = ManualAnswer.objects.get().photos.get()
    shown = client.get(reverse("admin:inspection_photo", args=[photo.pk]))
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/png")
    assert b"".join(shown.streaming_content).startswith(b"\x89PNG")


def test_who_has_not_is_shown_no_form(client, store, lead):
    item = factories.ManualItemFactory(store=store, owner_role=Role.WAREHOUSE)

    assert reverse("admin:inspection_answer", args=[item.pk]) not in text(client, DAY)


def test_an_answer_without_a_note_where_one_is_needed_is_refused_in_words(client, store, today):
    item = factories.ManualItemFactory(store=store, owner_role=Role.WAREHOUSE)
    client.force_login(factories.UserFactory(role=Role.WAREHOUSE, store=store))

    answer = client.post(
        reverse("admin:inspection_answer", args=[item.pk]),
        {"day": today, "verdict": "problem"},
        follow=True,
    )

    assert "Say in the note what the problem is." in answer.content.decode()
    assert not ManualAnswer.objects.exists()


def test_the_button_to_sign_is_there_once_nothing_is_missing(client, store, lead, walked):
    """INS: it says what is missing instead."""
    item = factories.ManualItemFactory(store=store, title="Shop window")
    address = reverse("admin:inspection_sign", args=[store.pk])
    shown = text(client, DAY)
    assert address not in shown
    assert "Not answered yet: Shop window." in shown

    factories.ManualAnswerFactory(item=item)

    assert address in text(client, DAY)


def test_the_lead_signs_and_reads_the_sheet(client, store, today, lead, walked):
    answer = client.post(
        reverse("admin:inspection_sign", args=[store.pk]),
        {"day": today, "note": "All seen"},
        follow=True,
    )

    sheet = InspectionSheet.objects.get()
    shown = answer.content.decode()
    assert sheet.sha256 in shown
    assert "All seen" in shown
    assert "has signed this day" in text(client, DAY)
    assert sheet.sha256 in text(client, "admin:inspection_sheet_print", sheet.pk)


def test_the_pdf_leaves_as_a_file_on_record(client, store, lead):
    sheet = factories.InspectionSheetFactory(store=store)

    answer = client.get(reverse("admin:inspection_sheet_pdf", args=[sheet.pk]))

    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    assert AuditEntry.objects.filter(verb="exported", subject_id=sheet.pk).exists()


def test_another_store_s_day_is_not_there(client, lead):
    elsewhere = factories.StoreFactory()
    for name in (DAY, "admin:inspection_calendar"):
        assert client.get(reverse(name), {"store": elsewhere.pk}).status_code == 404
    signed = client.post(reverse("admin:inspection_sign", args=[elsewhere.pk]), {"day": "x"})
    assert signed.status_code == 404


@pytest.mark.parametrize("day", ["nonsense", "2026-13-99", "2999-01-01"])
def test_a_day_that_is_none_shows_today(client, lead, today, day):
    assert today.isoformat() in text(client, DAY, day=day)


def test_the_day_asks_as_often_for_many_items_as_for_one(
    client, store, lead, walked, django_assert_max_num_queries
):
    for _each in range(20):
        answer = factories.ManualAnswerFactory(item__store=store)
        factories.AnswerPhotoFactory(answer=answer)

    with django_assert_max_num_queries(30):
        text(client, DAY)


def test_the_calendar_says_of_each_day_how_it_stands(store, today):
    """Signed, late, with findings, unsigned, not inspected; by the store's own days."""
    for back, is_late in ((1, False), (2, True)):
        factories.InspectionSheetFactory(
            store=store, business_date=today - timedelta(days=back), is_late=is_late
        )
    factories.CheckResultFactory(
        run__store=store, run__business_date=today - timedelta(days=3), new=2
    )
    factories.CheckResultFactory(
        run__store=store, run__business_date=today, outcome="passed", new=0
    )
    factories.InspectionSheetFactory(business_date=today)

    found = history.of_store(store, today)

    states = [cell.state for week in found.weeks for cell in week if cell]
    assert len(states) == 90
    assert states[-5:] == ["unwalked", "findings", "late", "signed", "unsigned"]
    assert found.streak == 2


def test_the_calendar_and_its_chart_cost_the_same_for_ninety_days(
    client, store, today, lead, django_assert_max_num_queries
):
    for back in range(30):
        factories.CheckResultFactory(
            run__store=store, run__business_date=today - timedelta(days=back)
        )

    with django_assert_max_num_queries(24):
        shown = text(client, "admin:inspection_calendar")

    assert "od-chart" in shown
    assert shown.count('class="bar') == 30


def test_a_store_never_inspected_has_a_calendar_too(client, lead):
    assert "No check has looked at this store" in text(client, "admin:inspection_calendar")


def test_the_lead_keeps_the_items(client, store, lead):
    answer = client.post(
        reverse("admin:inspection_manualitem_add"),
        {
            "store": store.pk,
            "title": "Shop window",
            "owner_role": Role.WAREHOUSE,
            "position": 1,
            "is_active": "on",
        },
        follow=True,
    )

    assert "Shop window" in answer.content.decode()


def test_days_without_a_run_are_gaps_in_the_chart_and_no_zeros(store, today):
    """INS: not looked at is not in order."""
    for back in (3, 2, 0):
        factories.CheckResultFactory(
            run__store=store, run__business_date=today - timedelta(days=back)
        )

    drawing = history.charts_of(store, today, "").drawing

    gaps = [bar.day.is_gap for bar in drawing.bars]
    assert gaps[-5:] == [True, False, False, True, False]
    assert [len(line.split()) for line in drawing.lines] == [2, 1]
