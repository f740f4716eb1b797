"""What finance does with invoices: on the page of one, and with many at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from opsdesk.bulk import services as bulk
from opsdesk.bulk.lists import BulkList, Words
from orders.models import Invoice
from orders.services import invoice_sending as sending
from orders.services import invoicing
from orders.services.invoicing import ISSUE, VOID, State

if TYPE_CHECKING:
    from opsdesk.stores.models import User


@dataclass(frozen=True)
class Action:
    """A button. `run` takes the invoice's id, what was written, who and when."""

    code: str
    title: str | Promise
    states: Collection[str]
    run: Callable[[int, str, User, datetime], Any]
    done: str | Promise
    right: str = ISSUE
    asks: str | Promise = ""
    tone: str = ""
    of_red: bool = True

    def fits(self, invoice: Invoice) -> bool:
        return invoice.state in self.states and (self.of_red or not invoice.is_red)


def _issue(pk: int, _text: str, actor: User, at: datetime) -> None:
    invoicing.issue_invoices(invoice_ids=[pk], actor=actor, at=at)


def _decline(pk: int, text: str, actor: User, at: datetime) -> None:
    invoicing.decline_invoice(invoice_id=pk, reason=text, actor=actor, at=at)


def _mail(pk: int, _text: str, actor: User, at: datetime) -> None:
    sending.mail_invoice(invoice_id=pk, actor=actor, at=at)


def _post(pk: int, text: str, actor: User, at: datetime) -> None:
    sending.post_invoice(invoice_id=pk, waybill=text, actor=actor, at=at)


def _void(pk: int, text: str, actor: User, at: datetime) -> None:
    invoicing.void_invoice(invoice_id=pk, reason=text, actor=actor, at=at)


ACTIONS = {
    action.code: action
    for action in (
        Action(
            "issue",
            _("Issue"),
            (State.REQUESTED,),
            _issue,
            _("The invoice has its number."),
            tone="primary",
        ),
        Action(
            "mail",
            _("Send by mail"),
            (State.ISSUED,),
            _mail,
            _("The invoice is on its way."),
            tone="primary",
        ),
        Action(
            "post",
            _("Posted"),
            (State.ISSUED,),
            _post,
            _("It is on record that the invoice was posted."),
            asks=_("Waybill"),
        ),
        Action(
            "decline",
            _("Decline"),
            (State.REQUESTED,),
            _decline,
            _("The request is declined."),
            asks=_("Reason"),
            tone="danger",
        ),
        Action(
            "void",
            _("Void with a red invoice"),
            Invoice.VALID,
            _void,
            _("The invoice is void, and its red one issued."),
            right=VOID,
            asks=_("Reason"),
            tone="danger",
            of_red=False,
        ),
    )
}


def fitting(invoice: Invoice, person: User) -> list[Action]:
    """The buttons that will work for this person."""
    return [
        action
        for action in ACTIONS.values()
        if action.fits(invoice) and person.has_perm(action.right, invoice)
    ]


@dataclass(frozen=True)
class Bulk:
    """Many at once: always by the worker, row by row where one is refused."""

    code: str
    title: str | Promise
    run: Callable[[Sequence[int], User, datetime, str], int]
    done: str | Promise
    needs_reason: bool = False


def _issue_many(ids: Sequence[int], actor: User, at: datetime, _reason: str) -> int:
    return len(invoicing.issue_invoices(invoice_ids=ids, actor=actor, at=at))


ISSUE_MANY = Bulk("issue_invoices", _("Issue"), _issue_many, _("Invoices issued: %(count)s"))
bulk.register(bulk.Verb(f"orders.{ISSUE_MANY.code}", _("Issue invoices"), ISSUE_MANY.run))


def _left_alone(count: int) -> str:
    return ngettext(
        "%(count)s invoice was left alone.", "%(count)s invoices were left alone.", count
    ) % {"count": count}


INVOICES = BulkList(
    app="orders",
    view="admin:orders_invoice_changelist",
    directly=0,
    most=5_000,
    words=Words(
        tick_one=_("Tick at least one invoice."),
        too_many=_("That is more than %(most)s invoices. Narrow the selection first."),
        none_chosen=_("No invoices were chosen."),
        say_why=_("Say why: it is put on record."),
        left_alone=_left_alone,
    ),
)
