"""The lead signs the day; from then on it stays as it was (INS)."""

from datetime import timedelta
from functools import partial

import orjson
import pytest
from django.db import DatabaseError, connection

from opsdesk.errors import NotAllowed
from opsdesk.exchange.models import OutboundMessage
from opsdesk.exchange.services.retention import remove_content
from opsdesk.inspection.checks import CannotCheck
from opsdesk.inspection.models import InspectionSheet
from opsdesk.inspection.services import signing
from opsdesk.inspection.services.answering import DaySigned, answer_item
from opsdesk.inspection.services.mailing import TOPIC, mail_sheets
from opsdesk.inspection.services.signing import NotReadyToSign, digest_of, sign_inspection
from opsdesk.inspection.services.walking import (
    ask_for_inspection,
    schedule_inspection,
    walk,
    walk_waiting,
)
from opsdesk.invariants import all_invariants, violations
from opsdesk.stores.roles import Role
from tests import factories
from tests.concurrency import run_together, slowly
from tests.factories import MOMENT
from tests.inspection.looks import Looks

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def store():
    return factories.StoreFactory(language="en")


@pytest.fixture
def lead(store):
    return factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store)


@pytest.fixture
def walked(only, store):
    """The day's inspection saw one finding."""
    looks = Looks()
    only(looks)
    looks.sees("sku-1")
    run = ask_for_inspection(store=store, actor=None, at=MOMENT, waits_for_worker=False)
    walk(run.pk, at=MOMENT)
    return run


def sign(store, actor, *, day=None, at=MOMENT, **more):
    day = day or store.business_date(MOMENT)
    return sign_inspection(store=store, day=day, actor=actor, at=at, **more)


def broken():
    found = [each for each in all_invariants() if each.code.startswith("inspection.sheets")]
    (answer,) = violations(found)
    return answer["violations"]


def test_the_sheet_holds_results_answers_and_what_is_open(store, lead, walked):
    """INS: frozen as it was signed."""
    item = factories.ManualItemFactory(store=store, title="Shop window")
    factories.ManualAnswerFactory(item=item, verdict="problem", note="Dark")

    sheet = sign(store, lead, note="Seen")

    told = orjson.loads(sheet.content)
    assert [(c["code"], c["outcome"], c["new"]) for c in told["checks"]] == [
        ("INS-3.test", "findings", 1)
    ]
    assert [(i["title"], i["verdict"], i["note"]) for i in told["items"]] == [
        ("Shop window", "problem", "Dark")
    ]
    assert [row["subject"] for row in told["open"]] == ["SKU-1"]
    assert (sheet.signed_by, sheet.is_late, sheet.note) == (lead, False, "Seen")


def test_the_digest_is_that_of_the_canonical_content(store, lead, walked):
    sheet = sign(store, lead)

    assert sheet.sha256 == digest_of(sheet.content)
    assert sheet.content == orjson.dumps(sheet.told, option=orjson.OPT_SORT_KEYS).decode()
    assert broken() == 0


def test_verify_finds_a_sheet_that_was_tampered_with(store, lead, walked):
    sheet = sign(store, lead)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE inspection_inspectionsheet DISABLE TRIGGER USER")
        cursor.execute("UPDATE inspection_inspectionsheet SET content = content || ' '")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE inspection_inspectionsheet ENABLE TRIGGER USER")

    assert broken() == 1
    assert sheet.pk


@pytest.mark.parametrize("change", [{"content": "{}"}, {"sha256": "0" * 64}, {"note": "x"}])
def test_the_database_refuses_every_later_change(store, lead, walked, change):
    sign(store, lead)
    with pytest.raises(DatabaseError, match="Cannot update"):
        InspectionSheet.objects.update(**change)


def test_a_signed_sheet_is_never_deleted(store, lead, walked):
    sheet = sign(store, lead)
    with pytest.raises(DatabaseError, match="Cannot delete"):
        InspectionSheet.objects.filter(pk=sheet.pk).delete()


def test_what_is_not_answered_is_named(store, lead, walked):
    """INS: a required item that nobody looked at stands in the way."""
    factories.ManualItemFactory(store=store, title="Shop window")
    factories.ManualItemFactory(store=store, title="Optional", is_required=False)
    factories.ManualItemFactory(store=store, title="Gone", is_active=False)
    factories.ManualItemFactory(store=store, title="Tomorrow's", created_at=MOMENT + DAY)
    factories.ManualItemFactory(title="Another store's")

    with pytest.raises(NotReadyToSign) as refusal:
        sign(store, lead)

    assert refusal.value.message == "Not answered yet: Shop window."


def test_while_an_inspection_is_under_way_nobody_signs(store, lead, walked):
    ask_for_inspection(store=store, actor=None, at=MOMENT, waits_for_worker=False)
    with pytest.raises(NotReadyToSign, match="under way"):
        sign(store, lead)


def test_a_day_that_was_not_inspected_is_not_signed(store, lead):
    with pytest.raises(NotReadyToSign, match="not inspected"):
        sign(store, lead)


def test_an_inspection_of_some_checks_is_not_the_day_s(only, store, lead):
    """INS: what was not looked at stands in the way, by its name."""
    only(Looks(), Looks("INS-3.other"))
    run = partial(ask_for_inspection, store=store, actor=None, at=MOMENT, waits_for_worker=False)
    walk(run(codes=["INS-3.test"]).pk, at=MOMENT)

    with pytest.raises(NotReadyToSign) as refusal:
        sign(store, lead)
    assert refusal.value.message == "1 check has no result of that day: Check INS-3.other."

    walk(run(codes=["INS-3.other"]).pk, at=MOMENT)
    assert sign(store, lead)


def test_a_check_that_could_not_look_has_its_result(only, store, lead):
    """INS: it says why, and that is signed."""
    looks = Looks()
    only(looks)
    looks.raises(CannotCheck("Nothing came."))
    run = ask_for_inspection(store=store, actor=None, at=MOMENT, waits_for_worker=False)
    walk(run.pk, at=MOMENT)

    assert sign(store, lead).told["checks"][0]["reason"] == "Nothing came."


def test_a_check_that_came_later_keeps_no_earlier_day_from_being_signed(only, store, lead):
    only(Looks())
    schedule_inspection(store=store, day=store.business_date(MOMENT), at=MOMENT)
    walk_waiting(at=MOMENT)
    only(Looks(), Looks("INS-3.newer"))

    with pytest.raises(NotReadyToSign, match="no result"):
        sign(store, lead)
    assert sign(store, lead, at=MOMENT + DAY).is_late


def test_a_day_signed_afterwards_is_signed_late(store, lead, walked):
    assert sign(store, lead, at=MOMENT + DAY).is_late


def test_a_day_that_has_not_come_is_not_signed(store, lead, walked):
    with pytest.raises(NotReadyToSign, match="not come yet"):
        sign(store, lead, day=store.business_date(MOMENT) + DAY)


@pytest.mark.parametrize("role", [Role.SERVICE_LEAD, Role.ADMINISTRATOR, Role.WAREHOUSE])
def test_only_the_operations_lead_signs(store, walked, role):
    with pytest.raises(NotAllowed):
        sign(store, factories.UserFactory(role=role, store=store))


def test_the_second_is_told_who_was_first(store, lead, walked):
    sign(store, lead)
    with pytest.raises(DaySigned, match=str(lead)):
        sign(store, factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_sign_at_once_one_signs(store, lead, walked, monkeypatch):
    """INS: the other is told who was first."""
    monkeypatch.setattr(signing, "canonical", slowly(signing.canonical))
    second = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store)

    ended = run_together([partial(sign, store, each) for each in (lead, second)])

    assert sorted(type(each).__name__ for each in ended) == ["DaySigned", "InspectionSheet"]
    assert InspectionSheet.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_comes_while_the_day_is_signed_is_on_the_sheet_or_refused(
    store, lead, walked, monkeypatch
):
    """INS: what was answered and what was signed are never two things."""
    monkeypatch.setattr(signing, "canonical", slowly(signing.canonical))
    item = factories.ManualItemFactory(store=store)
    clerk = factories.UserFactory(role=Role.WAREHOUSE, store=store)
    day = store.business_date(MOMENT)

    def answer(verdict="ok"):
        note = "Dark" if verdict == "problem" else ""
        return answer_item(
            item_id=item.pk, day=day, verdict=verdict, note=note, actor=clerk, at=MOMENT
        )

    answer()
    signed, answered = run_together([partial(sign, store, lead), partial(answer, "problem")])

    (on_it,) = orjson.loads(signed.content)["items"]
    current = item.answers.get(is_current=True).verdict
    assert on_it["verdict"] == current
    assert isinstance(answered, DaySigned) == (current == "ok")


def test_who_subscribed_has_the_sheet_by_mail_in_their_language_once(
    store, lead, walked, settings, tmp_path
):
    """INS: mailed when signed, with the PDF, not twice."""
    settings.MEDIA_ROOT = tmp_path
    target = factories.TargetFactory(store=store, adapter="mail", address="")
    for language, topics in (("zh-hans", [TOPIC]), ("en", [TOPIC]), ("en", [])):
        person = factories.UserFactory(
            role=Role.ANALYST, store=store, language=language, email=f"{language}@example.org"
        )
        factories.SubscriptionFactory(person=person, store=store, target=target, check_codes=topics)
    sign(store, lead)

    assert mail_sheets(at=MOMENT) == 1
    assert mail_sheets(at=MOMENT) == 0

    messages = OutboundMessage.objects.order_by("recipient")
    assert [m.recipient for m in messages] == ["en@example.org", "zh-hans@example.org"]
    assert [m.payload["subject"].endswith("signed") for m in messages] == [True, False]
    for message in messages:
        file = tmp_path / message.payload["attachment"]["file"]
        assert file.read_bytes().startswith(b"%PDF-")


def test_the_mailed_file_goes_with_the_content_of_its_last_message(
    store, lead, walked, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    target = factories.TargetFactory(store=store, adapter="mail", address="")
    for n in range(2):
        person = factories.UserFactory(role=Role.ANALYST, store=store, email=f"{n}@example.org")
        factories.SubscriptionFactory(
            person=person, store=store, target=target, check_codes=[TOPIC]
        )
    sign(store, lead)
    mail_sheets(at=MOMENT)
    first, second = OutboundMessage.objects.order_by("pk")
    file = tmp_path / first.payload["attachment"]["file"]

    for message, is_kept in ((first, True), (second, False)):
        OutboundMessage.objects.filter(pk=message.pk).update(state="sent", finished_at=MOMENT)
        remove_content(store=store, at=MOMENT + 8 * DAY)
        assert file.exists() == is_kept


def test_the_pdf_is_the_same_bytes_each_time(store, lead, walked):
    from opsdesk.inspection import sheet_pdf

    sheet = sign(store, lead)

    assert sheet_pdf.document(sheet, "zh-hans") == sheet_pdf.document(sheet, "zh-hans")
