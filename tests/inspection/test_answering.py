"""People say what they saw; a problem is told until it is mended (INS)."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError
from PIL import Image

from opsdesk.alerts.models import Alert
from opsdesk.errors import DomainError, NotAllowed
from opsdesk.images import PictureRefused
from opsdesk.inspection.models import ManualAnswer
from opsdesk.inspection.services.answering import PROBLEM, DaySigned, answer_item
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def item():
    return factories.ManualItemFactory(owner_role=Role.WAREHOUSE)


@pytest.fixture
def clerk(item):
    return factories.UserFactory(role=Role.WAREHOUSE, store=item.store)


@pytest.fixture
def answer(item, clerk):
    def answer(verdict="ok", note="", *, at=MOMENT, actor=clerk, **more):
        more.setdefault("day", item.store.business_date(at))
        return answer_item(item_id=item.pk, verdict=verdict, note=note, actor=actor, at=at, **more)

    return answer


def picture():
    written = BytesIO()
    Image.new("RGB", (40, 30), "red").save(written, "PNG")
    return written.getvalue()


def open_alerts():
    return Alert.objects.open().filter(check_code=PROBLEM.code)


def test_a_correction_is_current_and_what_it_corrects_stays_on_record(answer, item):
    answer("ok")
    answer("problem", "The shelf is broken", at=MOMENT + timedelta(minutes=5))

    assert [(a.verdict, a.is_current) for a in item.answers.order_by("pk")] == [
        ("ok", False),
        ("problem", True),
    ]


def test_a_problem_is_an_alert_for_the_item_s_role_with_a_deadline(answer, item):
    answer("problem", "Call 13812345678")

    alert = open_alerts().get()
    assert (alert.owner_role, alert.subject_label) == (Role.WAREHOUSE, item.title)
    assert alert.deadline_at == MOMENT + DAY
    assert "13812345678" not in alert.evidence["note"]


@pytest.mark.parametrize("verdict", ["ok", "not_applicable"])
def test_the_alert_closes_when_the_answer_is_corrected(answer, verdict):
    answer("problem", "Broken")
    answer(verdict, at=MOMENT + timedelta(minutes=5))

    assert not open_alerts().exists()


def test_the_alert_closes_when_the_next_day_is_in_order(answer):
    answer("problem", "Broken")
    answer("ok", at=MOMENT + DAY)

    assert not open_alerts().exists()


def test_an_older_day_answered_late_changes_no_alert(answer, item):
    answer("problem", "Broken", at=MOMENT)
    answer("ok", day=item.store.business_date(MOMENT) - DAY, at=MOMENT + DAY)

    assert open_alerts().count() == 1


def test_only_the_item_s_role_in_its_store_answers(answer, item):
    reviewer = factories.UserFactory(role=Role.ORDER_REVIEWER, store=item.store)
    elsewhere = factories.UserFactory(role=Role.WAREHOUSE, store=factories.StoreFactory())
    for actor in (reviewer, elsewhere):
        with pytest.raises(NotAllowed):
            answer(actor=actor)


@pytest.mark.parametrize(("verdict", "note"), [("problem", "  "), ("fine", "")])
def test_what_says_nothing_is_refused(answer, verdict, note):
    with pytest.raises(DomainError):
        answer(verdict, note)


def test_tomorrow_is_not_answered(answer, item):
    with pytest.raises(DomainError, match="not come yet"):
        answer(day=item.store.business_date(MOMENT) + DAY)


def test_photos_are_made_anew_and_kept_with_their_digest(answer, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    upload = SimpleUploadedFile("../x.html", picture())

    photo = answer("problem", "See", photos=[upload]).photos.get()

    with photo.file.open() as file:
        assert file.read(4) == b"\x89PNG"
    assert ".html" not in photo.file.name


def test_what_is_no_picture_is_refused_and_nothing_is_answered(answer):
    with pytest.raises(PictureRefused):
        answer(photos=[SimpleUploadedFile("a.png", b"<script>")])
    assert not ManualAnswer.objects.exists()


def test_more_photos_than_the_procedure_takes_are_refused(answer, item):
    factories.SettingOverrideFactory(key="inspection.most_photos", value="1", store=item.store)
    with pytest.raises(PictureRefused, match="At most 1"):
        answer(photos=[SimpleUploadedFile("a.png", b"x")] * 2)


def test_a_signed_day_is_answered_no_more(answer, item):
    """INS: neither by the page, nor by anybody at the database."""
    before = answer()
    factories.InspectionSheetFactory(store=item.store)

    with pytest.raises(DaySigned):
        answer("problem", "Too late")
    with pytest.raises(DatabaseError, match="The day is signed"):
        ManualAnswer.objects.filter(pk=before.pk).update(is_current=False)


def test_the_database_takes_no_row_of_a_signed_day(item):
    answer = factories.ManualAnswerFactory(item=item)
    factories.InspectionSheetFactory(store=item.store)
    with pytest.raises(IntegrityError, match="The day is signed"):
        factories.AnswerPhotoFactory(answer=answer)


@pytest.mark.parametrize("change", [{"verdict": "ok"}, {"note": "No"}, {"is_current": True}])
def test_an_answer_is_never_edited(answer, change):
    answer("problem", "Broken")
    answer("problem", "Still broken")
    with pytest.raises(DatabaseError, match="Cannot update"):
        ManualAnswer.objects.filter(note="Broken").update(**change)
