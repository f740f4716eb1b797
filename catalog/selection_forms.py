"""What people enter about candidates: what they are, what they are worth, what becomes of them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models import (
    Criterion,
    Product,
    Scorecard,
    SelectionCandidate,
    SelectionDecision,
    Supplier,
)
from catalog.models.selection import BEST
from catalog.price_forms import InStoreForm
from catalog.services.selection import ADD, Mark
from opsdesk.stores.models import User


class CandidateForm(InStoreForm):
    """Something that might be sold."""

    permission = ADD
    name = forms.CharField(label=_("Name"), max_length=200)
    category = forms.CharField(label=_("Category"), max_length=120, required=False)
    source = forms.CharField(
        label=_("Found at"),
        max_length=200,
        required=False,
        help_text=_("A link, a fair, a supplier's list."),
    )
    supplier = forms.ModelChoiceField(
        Supplier.objects.none(), label=_("Supplier"), required=False, empty_label=_("Not known yet")
    )
    note = forms.CharField(
        label=_("Note"), max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    field_order = ["store", "name", "category", "source", "supplier", "note"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        suppliers = Supplier.objects.active().filter(store__in=self.fields["store"].queryset)
        self.fields["supplier"].queryset = suppliers

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        store, supplier = cleaned.get("store"), cleaned.get("supplier")
        if store and supplier and supplier.store_id != store.pk:
            self.add_error("supplier", _("This belongs to another store."))
        return cleaned


class ScoreForm(forms.Form):
    """One to five for each criterion, with a reason; what is left empty stays as it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for criterion in Criterion:
            self.fields[f"score_{criterion}"] = forms.TypedChoiceField(
                label=criterion.label,
                choices=[("", "–"), *((str(n), str(n)) for n in range(1, BEST + 1))],
                coerce=int,
                empty_value=None,
                required=False,
            )
            self.fields[f"reason_{criterion}"] = forms.CharField(
                label=_("%(criterion)s: what it stands on") % {"criterion": criterion.label},
                max_length=300,
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for criterion in Criterion:
            score, reason = cleaned.get(f"score_{criterion}"), cleaned.get(f"reason_{criterion}")
            if score and not reason:
                self.add_error(f"reason_{criterion}", _("Say what the score stands on."))
            if reason and not score:
                self.add_error(f"score_{criterion}", _("Choose 1 to 5."))
        if not self.errors and not self.marks:
            self.add_error(None, _("Score at least one criterion."))
        return cleaned

    @property
    def marks(self) -> list[Mark]:
        given = self.cleaned_data
        return [
            Mark(criterion, given[f"score_{criterion}"], given[f"reason_{criterion}"])
            for criterion in Criterion
            if given.get(f"score_{criterion}")
        ]


class DecisionForm(forms.Form):
    verdict = forms.ChoiceField(label=_("Decision"), choices=SelectionDecision.Verdict.choices)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        required=False,
        help_text=_("Not needed to try what reaches the threshold."),
    )


class TrialForm(forms.Form):
    """The product as which the candidate is tried."""

    product = forms.CharField(label=_("Product code"), max_length=80)

    def __init__(self, *args: Any, candidate: SelectionCandidate, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.candidate = candidate

    def clean_product(self) -> Product:
        code = self.cleaned_data["product"]
        product = Product.objects.filter(store=self.candidate.store_id, code__iexact=code).first()
        if product is None:
            raise forms.ValidationError(_("The store has no product with this code."))
        return product


class JudgeForm(forms.Form):
    takes_on = forms.TypedChoiceField(
        label=_("Judgement"),
        choices=[("yes", _("take on")), ("no", _("drop"))],
        coerce=lambda value: value == "yes",
    )
    reason = forms.CharField(label=_("Reason"), max_length=300)


class WeightsForm(forms.Form):
    """How much each criterion weighs, in percent."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, scorecard: Scorecard, **kwargs: Any) -> None:
        super().__init__(*args, initial={"seen": scorecard.version}, **kwargs)
        for criterion in Criterion:
            self.fields[criterion.value] = forms.IntegerField(
                label=criterion.label,
                min_value=0,
                max_value=100,
                initial=scorecard.weight(criterion),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        total = sum(cleaned.get(criterion.value) or 0 for criterion in Criterion)
        if not self.errors and total != 100:
            words = _("The weights sum to %(total)s, not to 100.") % {"total": total}
            self.add_error(None, words)
        return cleaned

    @property
    def weights(self) -> dict[str, int]:
        return {criterion.value: self.cleaned_data[criterion.value] for criterion in Criterion}
