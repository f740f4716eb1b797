"""The page that hands over what a channel may offer, as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.models import StockLevel
from catalog.services.channel_stock import export_channel_stock
from opsdesk.audit import exporting
from opsdesk.stores.models import Channel, User

if TYPE_CHECKING:
    from catalog.admin.stock import StockLevelAdmin

SHARES = "catalog.view_channelshare"


class ChannelStockForm(forms.Form):
    """A channel of a store whose shares the person may look at."""

    channel = forms.ModelChoiceField(label=_("Channel"), queryset=Channel.objects.none())
    kind = forms.ChoiceField(label=_("File"), choices=[("csv", "CSV"), ("xlsx", "XLSX")])

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channels = Channel.objects.visible_to(user).in_stores(user.stores_allowing(SHARES))
        field: forms.ModelChoiceField = self.fields["channel"]
        field.queryset = channels.filter(is_active=True).select_related("store").order_by("pk")
        field.label_from_instance = lambda each: f"{each.store} · {each}"


def export(screen: StockLevelAdmin, request: HttpRequest) -> HttpResponse:
    """Pieces per SKU, after the channel's share and what is kept back (CAT-16)."""
    if not request.user.has_perm(SHARES):
        raise PermissionDenied
    form = ChannelStockForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        channel, kind = form.cleaned_data["channel"], form.cleaned_data["kind"]
        file = export_channel_stock(channel, as_workbook=kind == "xlsx")
        name = f"stock-{channel.store.code}-{channel.code}.{kind}"
        return exporting.sent(file, name, model=StockLevel, store=channel.store)
    return screen.form_page(
        request,
        form,
        gettext("Stock for a channel"),
        submit=gettext("Save as a file"),
        intro=gettext("Every active SKU with the pieces that the channel may offer now."),
    )
