"""Who makes the document of an invoice. A tax authority's service would be one more provider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models.invoice_series import OWN_PDF
from orders.papers import invoice_pdf

if TYPE_CHECKING:
    from orders.models import Invoice


@dataclass(frozen=True)
class InvoiceProvider:
    """`document` gives the PDF of an invoice that has its number: the same bytes each time.

    It is called outside every transaction, again where its answer was lost, and may raise a
    DomainError: then it is asked again later.
    """

    code: str
    title: str | Promise
    document: Callable[[Invoice], bytes]


class UnknownProvider(LookupError):
    """No app registers a provider with this code."""


_providers: dict[str, InvoiceProvider] = {}


def register(*providers: InvoiceProvider) -> None:
    for provider in providers:
        known = _providers.setdefault(provider.code, provider)
        if known != provider:
            raise ValueError(f"Two invoice providers are called {provider.code}.")


def get(code: str) -> InvoiceProvider:
    try:
        return _providers[code]
    except KeyError as error:
        raise UnknownProvider(f"No invoice provider is called {code}.") from error


def choices() -> list[tuple[str, str | Promise]]:
    return [(provider.code, provider.title) for _code, provider in sorted(_providers.items())]


OWN = InvoiceProvider(OWN_PDF, _("OpsDesk, as a PDF of our own"), invoice_pdf.document)
