"""What a scanner read: a SKU by any of its codes, a bin by its label."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.models import Sku
from catalog.services import codes
from fulfillment.models import Bin
from opsdesk.errors import DomainError


class UnknownCode(DomainError):
    """Nothing here has the code that was scanned. Facts: `code`."""

    code = "unknown_code"


def skus_scanned(*, store_id: int, code: str) -> set[int]:
    """Ids of the SKUs with this code, one they are also known by, or this barcode."""
    found = codes.find_sku(store_id=store_id, code=code)
    if found is not None:
        return {found.pk}
    skus = Sku.objects.filter(store=store_id, barcode=code).exclude(barcode="")
    return set(skus.values_list("pk", flat=True))


def sku_scanned(*, store_id: int, code: str) -> Sku:
    """The one SKU that was scanned. Raises UnknownCode, also where a barcode is several SKUs'."""
    code = code.strip()
    ids = skus_scanned(store_id=store_id, code=code)
    if len(ids) > 1:
        raise UnknownCode(
            _("%(code)s is the barcode of several SKUs: enter the SKU code.") % {"code": code},
            code=code,
        )
    if not ids:
        raise UnknownCode(_("No SKU has the code %(code)s.") % {"code": code}, code=code)
    return Sku.objects.get(pk=ids.pop())


def bin_scanned(*, warehouse_id: int, code: str) -> Bin:
    """The bin with this label, in use or not. Raises UnknownCode. Scanners may change the case."""
    code = code.strip()
    bins = list(Bin.objects.filter(warehouse=warehouse_id, code__iexact=code)[:20])
    exact = [place for place in bins if place.code == code]
    found = exact or bins
    if len(found) != 1:
        raise UnknownCode(
            _("No bin of this warehouse has the label %(code)s.") % {"code": code}, code=code
        )
    return found[0]
