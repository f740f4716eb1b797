"""Contracts of business orders: handed in once, corrected by a later version only (ORD-10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from catalog import files, images
from opsdesk.db import retrying
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.exports import harmless
from opsdesk.storage import needing_room
from orders.models import BusinessOrder, Contract, Order
from orders.services import contract_watch

if TYPE_CHECKING:
    from opsdesk.stores.models import User

ADD, MARK = "orders.add_contract", "orders.mark_business"


class ContractRefused(DomainError):
    """The file is none that a contract is kept as; the message says what is."""

    code = "contract_refused"


class ContractAltered(DomainError):
    """The file on the disk is not the one whose digest is on record."""

    code = "contract_altered"


@dataclass(frozen=True)
class Signed:
    """A contract as it is handed in. `corrects` is the id of the version it takes the place of."""

    content: bytes
    file_name: str
    signed_on: date
    buyer: str
    seller: str
    corrects: int | None = None


def mark_business(*, order_id: int, actor: User, at: datetime) -> BusinessOrder:
    """The order is one between businesses, and has to carry a contract. Safe to repeat."""
    order = _order(order_id, MARK, actor)
    business, _created = BusinessOrder.objects.get_or_create(
        order=order, defaults={"marked_by": actor, "marked_at": at}
    )
    return business


def unmark_business(*, order_id: int, actor: User, at: datetime) -> None:
    """The order is an ordinary one. Raises NotAllowed, and Conflict once it carries a contract."""
    with transaction.atomic():
        order = _order(order_id, MARK, actor)
        if order.contracts.exists():
            raise Conflict(_("The order carries a contract: it stays a business order."))
        BusinessOrder.objects.filter(order=order).delete()
        contract_watch.look_at(order, at=at)


def add_contract(*, order_id: int, signed: Signed, actor: User, at: datetime) -> Contract:
    """The order carries the contract, byte by byte as it was handed in.

    With it the order is a business order. Raises NotAllowed, ContractRefused, NoRoom; Conflict for
    a file the order has already, and where somebody corrected that version before. A file that was
    written for nothing goes with the strays. Locks the order.
    """
    order = _order(order_id, ADD, actor)
    kind = _type_of(signed.content)
    _refuse_incomplete(signed, order.store.business_date(at))
    digest = sha256(signed.content).hexdigest()
    contract = Contract(
        store=order.store,
        file_name=_harmless_name(signed.file_name, kind),
        type=kind,
        size=len(signed.content),
        sha256=digest,
        signed_on=signed.signed_on,
        buyer=signed.buyer.strip(),
        seller=signed.seller.strip(),
        uploaded_by=actor,
        uploaded_at=at,
    )
    with needing_room():
        contract.file.name = default_storage.save(
            contract.file.field.generate_filename(contract, ""), ContentFile(signed.content)
        )
    try:
        return retrying(partial(_add, order_id, contract, signed.corrects, actor=actor, at=at))
    except DomainError:
        default_storage.delete(contract.file.name)
        raise


@transaction.atomic
def _add(
    order_id: int, contract: Contract, corrects: int | None, *, actor: User, at: datetime
) -> Contract:
    order = _order(order_id, ADD, actor, lock=True)
    known = list(order.contracts.order_by("version"))
    if any(each.sha256 == contract.sha256 for each in known):
        raise Conflict(_("The order carries this very file already."))
    newest = known[-1] if known else None
    if corrects != (newest.pk if newest else None):
        raise Conflict(
            _("The order carries a contract by now: hand in a correction of its newest version.")
        )
    contract.order, contract.corrects = order, newest
    contract.version = newest.version + 1 if newest else 1
    contract.save(force_insert=True)
    BusinessOrder.objects.get_or_create(order=order, defaults={"marked_by": actor, "marked_at": at})
    Order.objects.filter(pk=order.pk).update(version=F("version") + 1)
    contract_watch.look_at(order, at=at)
    return contract


def content_of(contract: Contract) -> bytes:
    """What was handed in, byte by byte. Raises ContractAltered where it is gone or differs."""
    try:
        with contract.file.open("rb") as file:
            content = file.read()
    except FileNotFoundError as error:
        raise ContractAltered(_("The file of this contract is gone.")) from error
    if sha256(content).hexdigest() != contract.sha256:
        raise ContractAltered(_("The file is not the one that was handed in."))
    return content


def _order(order_id: int, right: str, actor: User, *, lock: bool = False) -> Order:
    orders = Order.objects.visible_to(actor).select_related("store")
    order = (orders.locked() if lock else orders).get(pk=order_id)
    if not actor.has_perm(right, order):
        raise NotAllowed(_("You may not do this in %(store)s.") % {"store": order.store})
    return order


def _type_of(content: bytes) -> str:
    """By what the file holds, whatever it is called. Raises ContractRefused, PictureRefused."""
    if len(content) > images.MOST_BYTES:
        raise ContractRefused(
            _("At most %(limit)d MB can be uploaded.") % {"limit": images.MOST_BYTES // 1024**2}
        )
    kind = files.paper_type(content)
    if kind:
        return kind
    raise ContractRefused(_("A contract is a PDF, a JPEG or a PNG."))


def _refuse_incomplete(signed: Signed, today: date) -> None:
    if not (signed.buyer.strip() and signed.seller.strip()):
        raise DomainError(_("Name both parties of the contract."))
    if signed.signed_on > today:
        raise DomainError(_("A contract can't have been signed on a day that is still to come."))


def _harmless_name(name: str, kind: str) -> str:
    return harmless(f"{PurePosixPath(name or 'contract').stem}.{kind}")
