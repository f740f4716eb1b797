"""People say whether drawn listings are right; what is wrong is told until mended (CAT-13)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import images
from catalog.images import CleanPicture, PictureRefused
from catalog.models import Listing, ListingSample, ListingSampleAnswer, ListingSampleItem
from catalog.services.error_rates import ErrorRate
from catalog.services.sampling import ANSWERED
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.alerts.models import Severity
from opsdesk.db import lock_name
from opsdesk.deadlines import services as deadlines
from opsdesk.errors import DomainError, NotAllowed
from opsdesk.schedule.jobs import Job
from opsdesk.storage import needing_room
from opsdesk.stores import procedure
from opsdesk.stores.models import Store
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from opsdesk.schedule.models import Slot
    from opsdesk.stores.models import User

Verdict = ListingSampleItem.Verdict

CHECK = "catalog.check_listing"

LIMIT = Setting(
    key="catalog.listing_error_rate",
    clause="CAT-13",
    title=gettext_lazy("Wrong among the live listings that were checked, at most"),
    default=Decimal("0.1"),
    unit=Unit.PERCENT,
    maximum=Decimal(100),
)
WRONG = AlertKind(
    code="catalog.listing_wrong",
    title=gettext_lazy("A live listing is not what we say"),
    clause="CAT-13",
    runbook=gettext_lazy(
        "Mend it on the channel or here, then look again and answer “right” in the weekly check; "
        "the alert closes itself, also when the listing is taken off."
    ),
    evidence={"week": gettext_lazy("week"), "error": gettext_lazy("what is wrong")},
)
TOO_MANY = AlertKind(
    code="catalog.listing_errors",
    title=gettext_lazy("Too many live listings are wrong"),
    clause="CAT-13",
    runbook=gettext_lazy(
        "Find out what the wrong ones have in common. The alert closes itself when they are "
        "answered as right, or when a later week is checked and keeps the limit."
    ),
    evidence={
        "wrong": gettext_lazy("wrong"),
        "checked": gettext_lazy("checked"),
        "limit": gettext_lazy("limit in percent"),
    },
)


class OwnWork(DomainError):
    """Who put a listing live is not the one who checks it."""

    code = "own_work"


def answer_item(
    *,
    item_id: int,
    verdict: str,
    error: str = "",
    note: str = "",
    photo: UploadedFile | None = None,
    actor: User,
    at: datetime,
) -> ListingSampleAnswer:
    """The answer is on record and stands on the item; an earlier one stays on record too (CAT-13).

    With the last item the sheet's clock is met; alerts follow the answer. Raises NotAllowed,
    OwnWork, PictureRefused, DomainError for a listing said to be off that is live. Holds the
    store's lock of weekly checks: the alerts are told what was read under it.
    """
    item = ListingSampleItem.objects.select_related("sample__store", "listing").get(pk=item_id)
    store = item.sample.store
    _check(item, verdict, error, actor)
    clean = _clean(photo)
    with needing_room(), transaction.atomic():
        _lock(store)
        ListingSampleItem.objects.filter(pk=item_id).locked().get()
        answer = ListingSampleAnswer.objects.create(
            item=item,
            verdict=verdict,
            error=error,
            note=note,
            photo=ContentFile(clean.content, "photo") if clean else "",
            photo_format=clean.format if clean else "",
            answered_by=actor,
            answered_at=at,
        )
        ListingSampleItem.objects.filter(pk=item_id).update(
            verdict=verdict, error=error, answered_at=at
        )
        _finish(item.sample, at=at)
        _tell(store, at=at)
    return answer


def _check(item: ListingSampleItem, verdict: str, error: str, actor: User) -> None:
    if not actor.has_perm(CHECK, item.sample):
        raise NotAllowed(
            _("You may not check listings in %(store)s.") % {"store": item.sample.store}
        )
    if item.published_by_id == actor.pk:
        raise OwnWork(_("You put this listing live; somebody else has to look at it."))
    if verdict not in Verdict.values or (verdict == Verdict.WRONG) != bool(error):
        raise DomainError(_("Say that it is right, or what is wrong."))
    if error and error not in ListingSampleItem.Error.values:
        raise DomainError(_("Say that it is right, or what is wrong."))
    if verdict == Verdict.OFF and item.listing.state == Listing.State.LIVE:
        raise DomainError(_("The listing is live: compare it with the channel."))


def _clean(photo: UploadedFile | None) -> CleanPicture | None:
    """The photo made anew, as every picture that people bring; decoded before any lock."""
    if photo is None:
        return None
    if (photo.size or 0) > images.MOST_BYTES:
        raise PictureRefused(
            _("At most %(limit)d MB can be uploaded.") % {"limit": images.MOST_BYTES // 1024**2}
        )
    return images.clean_picture(BytesIO(photo.read()))


def _finish(sample: ListingSample, *, at: datetime) -> None:
    """Once nothing is left to answer the sheet is done, and its clock is met: once."""
    if sample.items.unanswered().exists():
        return
    if ListingSample.objects.being_checked().filter(pk=sample.pk).update(checked_at=at):
        deadlines.reach(ListingSample, [sample.pk], reached=ANSWERED.reached, at=at)


def look(store: Store, *, at: datetime) -> int:
    """Alerts stand for what is wrong and live now, and for nothing else. Returns how many.

    What answers change is told at once; this finds listings that were taken off since. Harmless to
    repeat.
    """
    with transaction.atomic():
        _lock(store)
        return _tell(store, at=at)


def _lock(store: Store) -> None:
    lock_name(f"catalog.checking:{store.pk}")


def _tell(store: Store, *, at: datetime) -> int:
    wrong = [
        _finding(item)
        for item in _last_answers(store)
        if item.verdict == Verdict.WRONG and item.listing.state == Listing.State.LIVE
    ]
    alerts.report(WRONG, wrong, store_id=store.pk, at=at)
    alerts.report(TOO_MANY, _too_many(store, at), store_id=store.pk, at=at)
    return len(wrong)


def _last_answers(store: Store) -> list[ListingSampleItem]:
    """Of each listing that was ever found wrong the item that was answered last."""
    found_wrong = ListingSampleItem.objects.filter(sample__store=store).wrong()
    items = ListingSampleItem.objects.filter(listing__in=found_wrong.values("listing")).checked()
    last = items.order_by("listing_id", "-answered_at", "-pk").distinct("listing_id")
    return list(last.select_related("sample", "listing__product"))


def _finding(item: ListingSampleItem) -> alerts.Finding:
    return alerts.Finding(
        key=str(item.listing_id),
        subject_type_id=ContentType.objects.get_for_model(Listing).pk,
        subject_id=item.listing_id,
        subject_label=item.listing.product.code,
        owner_role=Role.CATALOG_OPERATOR,
        severity=Severity.CRITICAL,
        evidence={"week": item.sample.week, "error": item.error},
    )


def _too_many(store: Store, at: datetime) -> list[alerts.Finding]:
    """The newest week that says something: all checked, or above the limit already."""
    limit = procedure.value_of(LIMIT.key, store=store, at=at)
    newest = with_counts(ListingSample.objects.filter(store=store)).order_by("-pk")
    for sample in newest[:_WEEKS_ASKED]:
        rate = rate_of(sample)
        if rate.is_above(limit):
            return [
                alerts.Finding(
                    key="rate",
                    subject_type_id=ContentType.objects.get_for_model(ListingSample).pk,
                    subject_id=sample.pk,
                    subject_label=sample.week,
                    owner_role=Role.OPERATIONS_LEAD,
                    severity=Severity.CRITICAL,
                    evidence={
                        "wrong": rate.wrong,
                        "checked": rate.checked,
                        "limit": f"{limit.normalize():f}",
                    },
                )
            ]
        if sample.checked_at is not None:
            return []
    return []


# Further back no sheet says anything of today's listings.
_WEEKS_ASKED = 13


def with_counts(samples: Any) -> Any:
    """The sheets with `answered`, `checked` and `wrong`, without the numbers of the population."""
    return samples.defer("population").annotate(
        answered=Count("items", filter=~Q(items__verdict="")),
        checked=Count("items", filter=Q(items__verdict__in=[Verdict.RIGHT, Verdict.WRONG])),
        wrong=Count("items", filter=Q(items__verdict=Verdict.WRONG)),
    )


def rate_of(sample: Any) -> ErrorRate:
    """Of a sheet that came `with_counts`."""
    return ErrorRate(sample.wrong, sample.checked, sample.population_size)


def _look(_slot: Slot, at: datetime) -> dict[str, Any]:
    checked = Store.objects.active().filter(listing_samples__isnull=False).distinct()
    return {"wrong": sum(look(store, at=at) for store in checked)}


FOLLOWED = Job(
    "catalog.look_at_wrong_listings",
    gettext_lazy("Listings that the weekly check found wrong"),
    _look,
    every=timedelta(minutes=10),
)
