"""What people enter about words: lists, words, files of them, a text to try."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from catalog.folding import fold
from catalog.models import ForbiddenWord, Keyword, Product, WordList
from catalog.services.word_lists import problem_with
from opsdesk.admin import ScopedForm
from opsdesk.stores.auth import is_allowed_in
from opsdesk.stores.models import Channel, Platform, Store, User

ADD_LIST = "catalog.add_wordlist"
LONGEST_TEXT = 20_000


class WordListForm(ScopedForm):
    """A list of all stores is made by who may make one in every store."""

    user: ClassVar[User]

    class Meta:
        model = WordList
        fields = ["store", "platform", "category", "name", "is_active"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        is_common = self.instance.pk is None and not cleaned.get("store")
        if is_common and not is_allowed_in(self.user, ADD_LIST, None):
            self.add_error("store", _("Choose a store: you do not work for all of them."))
        return cleaned


class LookedForForm(ScopedForm):
    """A word that can be looked for, and is not there yet however it is written."""

    def clean_text(self) -> str:
        text = self.cleaned_data["text"].strip()
        problem = problem_with(text)
        if problem:
            raise ValidationError(problem)
        return text

    def same_words(self, cleaned: dict[str, Any]) -> Any:
        """The words among which this one must be the only one of its letters."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("text"):
            others = self.same_words(cleaned).exclude(pk=self.instance.pk)
            same = others.filter(folded=fold(cleaned["text"])).first()
            if same:
                words = _("It is there already, as “%(word)s”.")
                self.add_error("text", ValidationError(words, params={"word": same.text}))
        return cleaned


class ForbiddenWordForm(LookedForForm):
    class Meta:
        model = ForbiddenWord
        fields = ["list", "text", "is_exception", "kind", "source", "suggestion", "is_active"]

    def same_words(self, cleaned: dict[str, Any]) -> Any:
        return ForbiddenWord.objects.filter(list=cleaned.get("list") or self.instance.list_id)


class KeywordForm(LookedForForm):
    class Meta:
        model = Keyword
        fields = [
            "store",
            "text",
            "kind",
            "role",
            "category",
            "search_volume",
            "competition",
            "is_active",
        ]

    def same_words(self, cleaned: dict[str, Any]) -> Any:
        store = cleaned.get("store") or self.instance.store_id
        return Keyword.objects.filter(store=store, category=cleaned.get("category", ""))


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        max_length=255,
        help_text=_("CSV or XLSX; the first line names the columns."),
        widget=forms.FileInput(
            attrs={"accept": ".csv,.tsv,.txt,.xlsx", "style": "padding: 4px 6px"}
        ),
    )


class KeywordFileForm(FileForm):
    store = forms.ModelChoiceField(Store.objects.none(), label=_("Store"), empty_label=None)
    field_order = ["store", "file"]

    def __init__(self, *args: Any, stores: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = Store.objects.active().filter(pk__in=stores)


class TextForm(forms.Form):
    """A text, and where it would stand."""

    store = forms.ModelChoiceField(
        Store.objects.none(), label=_("Store"), required=False, empty_label=_("Every store")
    )
    platform = forms.ChoiceField(
        label=_("Platform"), required=False, choices=[("", _("Every platform")), *Platform.choices]
    )
    category = forms.CharField(label=_("Category"), max_length=120, required=False)
    text = forms.CharField(
        label=_("Text"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 8})
    )

    def __init__(self, *args: Any, stores: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = Store.objects.active().filter(pk__in=stores)


class TitleForm(forms.Form):
    """For which product on which channel a title is built, and of which words."""

    channel = forms.ModelChoiceField(Channel.objects.none(), label=_("Channel"), empty_label=None)
    product = forms.CharField(label=_("Product code"), max_length=80, required=False)
    words = forms.ModelMultipleChoiceField(Keyword.objects.none(), required=False)
    title = forms.CharField(label=_("Title"), max_length=300, required=False)

    def __init__(self, *args: Any, stores: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channels = Channel.objects.filter(store__in=stores, is_active=True)
        self.fields["channel"].queryset = channels.select_related("store")
        self.fields["channel"].label_from_instance = lambda each: f"{each.store} · {each}"
        self.fields["words"].queryset = Keyword.objects.in_stores(stores).active()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        channel, code = cleaned.get("channel"), cleaned.get("product")
        cleaned["product"] = None
        if channel and code:
            found = Product.objects.filter(store=channel.store_id, code=code).first()
            if found is None:
                self.add_error("product", _("The store of this channel has no such product."))
            cleaned["product"] = found
        return cleaned
