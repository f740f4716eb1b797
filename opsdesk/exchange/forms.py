"""What a person says when they bring a file in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from opsdesk.exchange import importers, limits
from opsdesk.exchange.columns import IGNORE
from opsdesk.exchange.models import ImportSession
from opsdesk.stores.models import Channel, Store, User

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".json")


class UploadForm(forms.Form):
    """Only stores in which the person may bring something in, their channels, and its formats."""

    store = forms.ModelChoiceField(Store.objects.none(), label=_("Store"), empty_label=None)
    channel = forms.ModelChoiceField(
        Channel.objects.none(),
        label=_("Channel"),
        required=False,
        empty_label=_("The store's first"),
    )
    importer = forms.ChoiceField(label=_("Format"))
    on_error = forms.ChoiceField(
        label=_("Bad rows"),
        choices=ImportSession.OnError.choices,
        help_text=_(
            "Rejected rows can be downloaded with their reasons. Mend them in your own file and "
            "bring it in again: what is already here is not taken twice."
        ),
    )
    file = forms.FileField(
        label=_("File"),
        max_length=255,
        help_text=format_lazy(
            _("CSV, XLSX or JSON, up to {size} MB."), size=limits.UPLOAD_BYTES // limits.MEBIBYTE
        ),
        widget=forms.FileInput(attrs={"accept": ",".join(SUFFIXES), "style": "padding: 4px 6px"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stores = importers.stores_for(user)
        self.formats = [
            each
            for each in importers.all_importers()
            if stores[each.name] and not each.takes_folder
        ]
        allowed = {store_id for each in self.formats for store_id in stores[each.name]}
        self.fields["store"].queryset = Store.objects.active().filter(pk__in=allowed)
        self.fields["channel"].queryset = Channel.objects.filter(
            store__in=allowed, is_active=True
        ).select_related("store")
        self.fields["channel"].label_from_instance = lambda each: f"{each.store} · {each}"
        self.fields["importer"].choices = [(each.name, each.title) for each in self.formats]

    def clean_file(self) -> UploadedFile:
        """By name and size; what is inside is judged when it is read."""
        file: UploadedFile = self.cleaned_data["file"]
        if file.size > limits.UPLOAD_BYTES:
            raise ValidationError(
                _("The file has %(size)d MB; at most %(limit)d can be uploaded."),
                params={
                    "size": file.size // limits.MEBIBYTE,
                    "limit": limits.UPLOAD_BYTES // limits.MEBIBYTE,
                },
            )
        if Path(file.name).suffix.lower() not in SUFFIXES:
            raise ValidationError(_("Upload a CSV, XLSX or JSON file."))
        return file

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        store, channel = cleaned.get("store"), cleaned.get("channel")
        if store and channel and channel.store_id != store.pk:
            self.add_error("channel", _("This belongs to another store."))
        return cleaned


class MapForm(forms.Form):
    """One choice for each column that nobody knows: a field, or nothing."""

    def __init__(self, *args: Any, session: ImportSession, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dialect = session.dialect
        known = {field for field in dialect.get("fields", []) if field}
        importer = importers.get(session.importer)
        free = [(c.field, c.title) for c in importer.columns if c.field not in known]
        choices = [("", "—"), (IGNORE, _("leave out")), *free]
        # In a format that ignores unknown columns, any of them may be the missing one.
        self.columns = dialect.get("unknown") or dialect.get("ignored", [])
        for index, name in enumerate(self.columns):
            self.fields[f"column_{index}"] = forms.ChoiceField(
                label=name.strip() or _("(no name)"),
                choices=choices,
                required=bool(dialect.get("unknown")),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        chosen = [value for value in cleaned.values() if value and value != IGNORE]
        if len(chosen) != len(set(chosen)):
            raise ValidationError(_("Two columns can't be the same field."))
        return cleaned

    @property
    def column_map(self) -> dict[str, str]:
        return {
            name: value
            for index, name in enumerate(self.columns)
            if (value := self.cleaned_data.get(f"column_{index}"))
        }
