"""Papers of carriers: kept as they were handed in, watched, and never changed (FUL-5)."""

from datetime import timedelta
from functools import partial

import pytest
from django.core.files.storage import default_storage
from django.db import DatabaseError

from fulfillment.models import CarrierDocument, PaperKind
from fulfillment.services import paper_watch
from fulfillment.services.papers import (
    Paper,
    PaperAltered,
    PaperRefused,
    add_document,
    content_of,
    withdraw_document,
)
from opsdesk.alerts.models import Alert
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.roles import Role
from tests import factories
from tests.concurrency import run_together
from tests.factories import MOMENT

DAY = MOMENT.date()
PDF = b"%PDF-1.7 licence"


@pytest.fixture
def carrier(db):
    return factories.CarrierFactory()


@pytest.fixture
def lead(carrier):
    return factories.UserFactory(role=Role.OPERATIONS_LEAD, store=carrier.store)


def paper(content=PDF, **more):
    told = {
        "kind": PaperKind.LICENCE,
        "number": "LIC-1",
        "valid_from": DAY,
        "valid_until": DAY + timedelta(days=20),
        "file_name": "licence.exe",
    }
    return Paper(content=content, **(told | more))


def handed_in(carrier, lead, content=PDF, **more):
    return add_document(carrier_id=carrier.pk, paper=paper(content, **more), actor=lead, at=MOMENT)


def test_a_paper_is_kept_byte_by_byte_under_its_digest(carrier, lead):
    """FUL-5: licence, permits and contract with the days they hold."""
    kept = handed_in(carrier, lead)

    assert content_of(kept) == PDF
    assert (kept.file_name, kept.size, kept.uploaded_by) == ("licence.pdf", len(PDF), lead)
    with pytest.raises(Conflict, match="already"):
        handed_in(carrier, lead)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"content": b"MZ program"}, "PDF"),
        ({"number": " "}, "number"),
        ({"valid_until": DAY - timedelta(days=1)}, "end before"),
        ({"kind": PaperKind.CONTRACT}, "signed"),
        ({"kind": PaperKind.CONTRACT, "signed_on": DAY + timedelta(days=1)}, "still to come"),
    ],
)
def test_a_paper_that_can_t_be_one_is_refused(carrier, lead, told, words):
    with pytest.raises(PaperRefused, match=words):
        handed_in(carrier, lead, **told)
    assert not CarrierDocument.objects.exists()


@pytest.mark.parametrize("change", [{"number": "other"}, {"sha256": "0" * 64}, {"notes": "!"}])
def test_the_database_keeps_a_paper_as_it_was_handed_in(carrier, lead, change):
    """FUL-5: contracts are immutable."""
    kept = handed_in(carrier, lead, kind=PaperKind.CONTRACT, signed_on=DAY)

    with pytest.raises(DatabaseError, match="as_handed_in|read-only|[Cc]annot"):
        CarrierDocument.objects.filter(pk=kept.pk).update(**change)


def test_the_database_keeps_papers(carrier, lead):
    kept = handed_in(carrier, lead)

    with pytest.raises(DatabaseError):
        kept.delete()


def test_a_wrong_paper_is_withdrawn_once_and_handed_in_anew(carrier, lead):
    kept = handed_in(carrier, lead)
    withdraw = partial(withdraw_document, document_id=kept.pk, actor=lead, at=MOMENT)

    with pytest.raises(DomainError, match="why"):
        withdraw(reason=" ")
    withdraw(reason="Wrong number")
    with pytest.raises(Conflict, match="Wrong number"):
        withdraw(reason="Again")

    assert handed_in(carrier, lead, number="LIC-2").number == "LIC-2"


def test_who_has_no_right_hands_nothing_in_and_withdraws_nothing(carrier, lead):
    kept = handed_in(carrier, lead)
    packer = factories.UserFactory(role=Role.WAREHOUSE, store=carrier.store)

    with pytest.raises(NotAllowed):
        handed_in(carrier, packer, b"%PDF-1.7 other")
    with pytest.raises(NotAllowed):
        withdraw_document(document_id=kept.pk, reason="x", actor=packer, at=MOMENT)


def alerts_of(kind):
    return Alert.objects.filter(check_code=kind.code, state="open")


def test_a_paper_is_warned_of_before_it_runs_out_and_when_it_has(carrier, lead):
    """FUL-5: 30 days ahead; an alert closes once a newer paper is on record."""
    handed_in(carrier, lead)

    paper_watch.look(carrier.store, at=MOMENT)
    assert alerts_of(paper_watch.EXPIRING).get().subject_id == carrier.pk

    later = MOMENT + timedelta(days=21)
    assert paper_watch.look(carrier.store, at=later) == 1
    assert not alerts_of(paper_watch.EXPIRING).exists()
    assert alerts_of(paper_watch.EXPIRED).get().evidence["number"] == "LIC-1"

    handed_in(carrier, lead, b"%PDF-1.7 new", valid_until=DAY + timedelta(days=400))
    assert paper_watch.look(carrier.store, at=later) == 0
    assert not alerts_of(paper_watch.EXPIRED).exists()


def test_a_file_that_was_altered_is_found(carrier, lead):
    kept = handed_in(carrier, lead)
    assert paper_watch.verify_files(carrier.store, at=MOMENT) == 0

    with default_storage.open(kept.file.name, "wb") as file:
        file.write(b"%PDF-1.7 forged")

    assert paper_watch.verify_files(carrier.store, at=MOMENT) == 1
    assert alerts_of(paper_watch.ALTERED).exists()
    with pytest.raises(PaperAltered):
        content_of(kept)


@pytest.mark.django_db(transaction=True)
def test_a_paper_that_two_hand_in_at_once_is_on_record_once():
    carrier = factories.CarrierFactory()
    lead = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=carrier.store)

    results = run_together([partial(handed_in, carrier, lead)] * 3)

    assert [type(result) for result in results].count(Conflict) == 2
    kept = CarrierDocument.objects.get()
    assert content_of(kept) == PDF


@pytest.mark.django_db(transaction=True)
def test_of_two_who_withdraw_a_paper_at_once_one_is_told_of_the_other():
    carrier = factories.CarrierFactory()
    leads = [
        factories.UserFactory(role=Role.OPERATIONS_LEAD, store=carrier.store) for _lead in range(2)
    ]
    kept = handed_in(carrier, leads[0])

    results = run_together(
        [
            partial(
                withdraw_document,
                document_id=kept.pk,
                reason=f"Seen by {number}",
                actor=lead,
                at=MOMENT,
            )
            for number, lead in enumerate(leads)
        ]
    )

    assert sorted(type(result).__name__ for result in results) == ["CarrierDocument", "Conflict"]
    kept.refresh_from_db()
    assert kept.withdrawn_because in str(next(r for r in results if isinstance(r, Conflict)))
