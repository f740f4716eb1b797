"""Papers of carriers: handed in once, withdrawn for a reason, never changed (FUL-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from catalog import files, images
from fulfillment.models import Carrier, CarrierDocument, PaperKind
from opsdesk.db import retrying
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.exports import harmless
from opsdesk.storage import needing_room

if TYPE_CHECKING:
    from opsdesk.stores.models import User

ADD, WITHDRAW = "fulfillment.add_carrierdocument", "fulfillment.withdraw_carrierdocument"
MOST_REASON = 200


class PaperRefused(DomainError):
    """The paper can't be kept like this; the message says what can."""

    code = "paper_refused"


class PaperAltered(DomainError):
    """The file on the disk is not the one whose digest is on record."""

    code = "paper_altered"


@dataclass(frozen=True)
class Paper:
    """A paper as it is handed in; both days are included."""

    kind: str
    number: str
    valid_from: date
    valid_until: date
    content: bytes
    file_name: str
    signed_on: date | None = None
    notes: str = ""


def add_document(
    *, carrier_id: int, paper: Paper, actor: User | None, at: datetime
) -> CarrierDocument:
    """The carrier has the paper on record, byte by byte as it was handed in.

    Raises NotAllowed, PaperRefused, NoRoom, and Conflict for a file that is on record already. A
    file that was written for nothing is removed.
    """
    carrier = _carrier(carrier_id, ADD, actor)
    kind = _type_of(paper.content)
    _refuse_incomplete(paper, carrier.store.business_date(at))
    document = CarrierDocument(
        carrier=carrier,
        kind=paper.kind,
        number=paper.number.strip(),
        signed_on=paper.signed_on,
        valid_from=paper.valid_from,
        valid_until=paper.valid_until,
        notes=paper.notes.strip(),
        file_name=harmless(f"{PurePosixPath(paper.file_name or paper.kind).stem}.{kind}"),
        type=kind,
        size=len(paper.content),
        sha256=sha256(paper.content).hexdigest(),
        uploaded_by=actor,
        uploaded_at=at,
    )
    with needing_room():
        document.file.name = default_storage.save(
            document.file.field.generate_filename(document, ""), ContentFile(paper.content)
        )
    try:
        with transaction.atomic():
            document.save(force_insert=True)
    except IntegrityError as error:
        default_storage.delete(document.file.name)
        raise Conflict(_("The carrier has this very file on record already.")) from error
    return document


def withdraw_document(
    *, document_id: int, reason: str, actor: User | None, at: datetime
) -> CarrierDocument:
    """The paper counts no more; it stays on record with the reason.

    Raises NotAllowed, and Conflict where somebody withdrew it before. Locks the paper.
    """
    if not reason.strip():
        raise DomainError(_("Say why: it is put on record."))
    return retrying(partial(_withdraw, document_id, reason.strip(), actor=actor, at=at))


@transaction.atomic
def _withdraw(
    document_id: int, reason: str, *, actor: User | None, at: datetime
) -> CarrierDocument:
    document = CarrierDocument.objects.select_for_update(of=("self",)).get(pk=document_id)
    _carrier(document.carrier_id, WITHDRAW, actor)
    if document.withdrawn_at is not None:
        raise Conflict(
            _("%(person)s withdrew this paper: %(reason)s")
            % {"person": document.withdrawn_by or "–", "reason": document.withdrawn_because}
        )
    document.withdrawn_at, document.withdrawn_by = at, actor
    document.withdrawn_because = reason[:MOST_REASON]
    document.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_because"])
    return document


def content_of(document: CarrierDocument) -> bytes:
    """What was handed in, byte by byte. Raises PaperAltered where it is gone or differs."""
    try:
        with document.file.open("rb") as file:
            content = file.read()
    except FileNotFoundError as error:
        raise PaperAltered(_("The file of this paper is gone.")) from error
    if sha256(content).hexdigest() != document.sha256:
        raise PaperAltered(_("The file is not the one that was handed in."))
    return content


def _carrier(carrier_id: int, right: str, actor: User | None) -> Carrier:
    carriers = Carrier.objects.all() if actor is None else Carrier.objects.visible_to(actor)
    carrier = carriers.select_related("store").get(pk=carrier_id)
    if actor is not None and not actor.has_perm(right, carrier):
        raise NotAllowed(_("You may not do this in %(store)s.") % {"store": carrier.store})
    return carrier


def _type_of(content: bytes) -> str:
    if len(content) > images.MOST_BYTES:
        raise PaperRefused(
            _("At most %(limit)d MB can be uploaded.") % {"limit": images.MOST_BYTES // 1024**2}
        )
    kind = files.paper_type(content)
    if not kind:
        raise PaperRefused(_("A paper is a PDF, a JPEG or a PNG."))
    return kind


def _refuse_incomplete(paper: Paper, today: date) -> None:
    if not paper.number.strip():
        raise PaperRefused(_("Say what number the paper has."))
    if paper.valid_until < paper.valid_from:
        raise PaperRefused(_("It can't end before it begins."))
    if paper.kind == PaperKind.CONTRACT and paper.signed_on is None:
        raise PaperRefused(_("Say when the contract was signed."))
    if paper.signed_on is not None and paper.signed_on > today:
        raise PaperRefused(_("A contract can't have been signed on a day that is still to come."))
