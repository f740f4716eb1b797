"""What finance does with invoices: on the page of one, and with many at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from opsdesk.bulk import lists
from opsdesk.bulk import services as bulk
from opsdesk.bulk.lists import BulkList, Words
from opsdesk.bulk.services import Done
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


def _issue_many(ids: Sequence[int], actor: User, at: datetime, _reason: str) -> Done:
    issued = invoicing.issue_invoices(invoice_ids=ids, actor=actor, at=at)
    return Done([invoice.pk for invoice in issued])


ISSUE_MANY = lists.Action(
    code="issue_invoices",
    title=_("Issue invoices"),
    permission=ISSUE,
    fitting=lambda rows: rows.to_issue(),
    run=_issue_many,
    done=_("Invoices issued: %(count)s"),
)


def _left_alone(count: int) -> str:
    return ngettext(
        "%(count)s invoice was left alone.", "%(count)s invoices were left alone.", count
    ) % {"count": count}


# Never while the person waits: where one is refused its batch goes row by row.
INVOICES = BulkList(
    model=Invoice,
    actions={ISSUE_MANY.code: ISSUE_MANY},
    name=lambda invoice: f"{invoice} · {invoice.order}",
    state=lambda invoice: invoice.get_state_display(),
    related=("order",),
    directly=0,
    most=5_000,
    words=Words(
        tick_one=_("Tick at least one invoice."),
        too_many=_("That is more than %(most)s invoices. Narrow the selection first."),
        none_chosen=_("No invoices were chosen."),
        say_why=_("Say why: it is put on record."),
        left_alone=_left_alone,
        why=_(
            "Left alone are invoices that do not wait to be issued, and those of stores where you "
            "may not do this."
        ),
        back=_("Back to the invoices"),
    ),
)
bulk.register(*INVOICES.verbs())
