"""What a picture and a video of goods are held to: each rule with what was found (CAT-3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import PictureReview, ProductPicture, ProductVideo
from opsdesk.stores import procedure
from opsdesk.stores.models import Store
from opsdesk.stores.procedure import Setting, Unit

PICTURES_TO_PUBLISH = Setting(
    key="catalog.pictures_to_publish",
    clause="CAT-3",
    title=gettext_lazy("Pictures a listing needs to go live"),
    default=Decimal(3),
    unit=Unit.PIECES,
    minimum=Decimal(1),
    maximum=Decimal(50),
)
PICTURES_RECOMMENDED = Setting(
    key="catalog.pictures_recommended",
    clause="CAT-3",
    title=gettext_lazy("Pictures a listing should have"),
    default=Decimal(6),
    unit=Unit.PIECES,
    maximum=Decimal(50),
)
MAIN_SIDE = Setting(
    key="catalog.main_picture_side",
    clause="CAT-3",
    title=gettext_lazy("Least side of a main picture"),
    default=Decimal(800),
    unit=Unit.PIXELS,
    maximum=Decimal(5000),
)
WHITE_BORDER = Setting(
    key="catalog.main_picture_white",
    clause="CAT-3",
    title=gettext_lazy("White along the border of a main picture, at least"),
    default=Decimal(95),
    unit=Unit.PERCENT,
    maximum=Decimal(100),
)
SHARPNESS = Setting(
    key="catalog.picture_sharpness",
    clause="CAT-3",
    title=gettext_lazy("Sharpness of a picture as measured, at least (0 to 127)"),
    default=Decimal(15),
    unit=Unit.POINTS,
    maximum=Decimal(127),
)
CLARITY = Setting(
    key="catalog.picture_clarity",
    clause="CAT-3",
    title=gettext_lazy("Clarity of a picture as a person judges it, at least (of 5)"),
    default=Decimal("4.5"),
    unit=Unit.POINTS,
    maximum=Decimal(5),
)
VIDEO_SECONDS = Setting(
    key="catalog.video_seconds",
    clause="CAT-3",
    title=gettext_lazy("A video lasts at most"),
    default=Decimal(60),
    unit=Unit.SECONDS,
    minimum=Decimal(1),
    maximum=Decimal(3600),
)
SETTINGS = (
    PICTURES_TO_PUBLISH,
    PICTURES_RECOMMENDED,
    MAIN_SIDE,
    WHITE_BORDER,
    SHARPNESS,
    CLARITY,
    VIDEO_SECONDS,
)

Numbers = Mapping[str, Decimal]


@dataclass(frozen=True)
class Verdict:
    """Whether one rule holds, in words: what was found and what it should be."""

    code: str
    holds: bool
    words: str


@dataclass(frozen=True)
class Judged:
    """A picture with all that is asked of it; `review` is the newest, if there is any."""

    picture: ProductPicture
    review: PictureReview | None
    verdicts: tuple[Verdict, ...]

    @property
    def is_good(self) -> bool:
        return all(verdict.holds for verdict in self.verdicts)

    @property
    def failed(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if not verdict.holds]


def numbers_for(store: Store, at: datetime) -> dict[str, Decimal]:
    """The numbers of this clause as they hold in the store. One query."""
    keys = [setting.key for setting in SETTINGS]
    found = procedure.numbers_of(keys, store=store, channel=None, at=at)
    return {key: number.value for key, number in found.items()}


def judge_pictures(
    pictures: Iterable[ProductPicture],
    reviews: Mapping[int, PictureReview],
    numbers: Numbers,
) -> list[Judged]:
    """`reviews` are the newest by their picture's id."""
    return [
        Judged(
            picture,
            reviews.get(picture.pk),
            (
                *(_main(picture, numbers) if picture.kind == ProductPicture.Kind.MAIN else ()),
                _sharp(picture, numbers),
                *_asked(reviews.get(picture.pk), numbers),
            ),
        )
        for picture in pictures
    ]


def newest_reviews(picture_ids: Iterable[int]) -> dict[int, PictureReview]:
    """Picture id → what was said of it last. One query."""
    reviews = PictureReview.objects.filter(picture__in=list(picture_ids))
    newest = reviews.order_by("picture_id", "-pk").distinct("picture_id")
    return {review.picture_id: review for review in newest.select_related("reviewed_by")}


def _main(picture: ProductPicture, numbers: Numbers) -> tuple[Verdict, ...]:
    side, white = numbers[MAIN_SIDE.key], numbers[WHITE_BORDER.key]
    given = {"width": picture.width, "height": picture.height, "side": f"{side:f}"}
    return (
        Verdict(
            "square",
            picture.is_square,
            _("%(width)s × %(height)s pixels; a main picture is square") % given,
        ),
        Verdict(
            "size",
            min(picture.width, picture.height) >= side,
            _("%(width)s × %(height)s pixels; at least %(side)s on each side") % given,
        ),
        Verdict(
            "white",
            picture.white_border >= white,
            _("%(found)s %% of the border is white; at least %(wanted)s %%")
            % {"found": picture.white_border, "wanted": f"{white:f}"},
        ),
    )


def _sharp(picture: ProductPicture, numbers: Numbers) -> Verdict:
    wanted = numbers[SHARPNESS.key]
    return Verdict(
        "sharp",
        picture.sharpness >= wanted,
        _("sharpness %(found)s; at least %(wanted)s")
        % {"found": picture.sharpness, "wanted": f"{wanted:f}"},
    )


def _asked(review: PictureReview | None, numbers: Numbers) -> tuple[Verdict, ...]:
    """What no measure tells: a person said it, or has yet to."""
    if review is None:
        return (Verdict("judged", False, _("nobody has judged it yet")),)
    wanted = numbers[CLARITY.key]
    return (
        Verdict(
            "clarity",
            review.clarity >= wanted,
            _("clarity %(found)s of 5; at least %(wanted)s")
            % {"found": review.clarity, "wanted": f"{wanted:f}"},
        ),
        Verdict(
            "watermark",
            not review.has_watermark,
            _("has a watermark") if review.has_watermark else _("no watermark"),
        ),
        Verdict(
            "goods",
            review.shows_goods,
            _("shows the goods")
            if review.shows_goods
            else _("does not show the goods as they are"),
        ),
    )


def judge_video(video: ProductVideo, numbers: Numbers) -> tuple[Verdict, ...]:
    most = numbers[VIDEO_SECONDS.key]
    return (
        Verdict(
            "seconds",
            video.seconds <= most,
            _("%(found)s s; at most %(most)s s") % {"found": video.seconds, "most": f"{most:f}"},
        ),
        Verdict(
            "subtitled",
            video.is_subtitled,
            _("subtitled") if video.is_subtitled else _("without subtitles"),
        ),
    )
