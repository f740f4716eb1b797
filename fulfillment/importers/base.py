"""What formats of carriers have in common: services by code, regions, rows that are upserted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.importers.base import yes_or_no
from fulfillment import regions
from fulfillment.models import CarrierService
from opsdesk.exchange import values
from opsdesk.exchange.columns import Column
from opsdesk.exchange.importers import Applied, Context, Importer, Pending, Record, Source
from opsdesk.exchange.problems import BadValue, Problem
from opsdesk.exchange.services import checks
from opsdesk.exchange.sheets import Readers, Sheet, rejected

if TYPE_CHECKING:
    from opsdesk.exchange.models import ImportSession
    from opsdesk.stores.models import Store, User

MOST_GRAMS = 10_000_000
CARRIER = Column(
    "carrier",
    gettext_lazy("carrier code"),
    ("carrier", "carrier code", "承运商", "承运商编码", "快递公司"),
    is_required=True,
)
SERVICE = Column(
    "service",
    gettext_lazy("service code"),
    ("service", "service code", "服务", "服务编码", "产品"),
    is_required=True,
)
REGION = Column(
    "region",
    gettext_lazy("region"),
    ("region", "region code", "destination", "地区", "地区编码", "目的地", "省市区"),
    is_required=True,
)


def region(cell: str) -> str:
    try:
        return regions.code_of(values.trim(cell))
    except regions.UnknownRegion as error:
        raise BadValue("unknown_region", error.message) from error


def whole(cell: str) -> int:
    """Grams or days: a whole number from 0 on."""
    clean = values.trim(cell)
    if clean.isascii() and clean.isdigit() and int(clean) <= MOST_GRAMS:
        return int(clean)
    raise BadValue(
        "not_whole", _("“%(value)s” is no whole number from 0 on.") % {"value": clean[:40]}
    )


READERS: Readers = {
    "carrier": values.identifier,
    "service": values.identifier,
    "region": region,
    "is_delivered": yes_or_no,
}


class CarrierImporter(Importer):
    """Rows of a service that are known by a key: those that are there are told anew."""

    is_strict = True
    model: ClassVar[type[models.Model]]
    # Of the model: what names a row, and what a file says of it.
    key_fields: ClassVar[tuple[str, ...]]
    told_fields: ClassVar[tuple[str, ...]]

    def readers(self) -> Readers:
        return READERS

    def owner_of(self, data: dict[str, Any], owners: Any) -> Problem | None:
        """Put the row's owner into `data`; why there is none. `owners` is what `owners` answers."""
        raise NotImplementedError

    def owners(self, store: Store) -> Any:
        raise NotImplementedError

    def unsound(self, sheet: Sheet, data: dict[str, Any]) -> Problem | None:
        """What only several cells together show to be wrong."""
        return None

    def records(self, source: Source, context: Context) -> Iterator[Record]:
        """The store is asked before the rows are: while they are read they are being copied."""
        return self._records(Sheet(source, self.readers()), self.owners(context.store))

    def _records(self, sheet: Sheet, owners: Any) -> Iterator[Record]:
        with sheet.table.rows() as rows:
            next(rows)
            for line, cells in rows:
                fitting = sheet.fit_all(cells)
                if fitting is None:
                    yield rejected(line, "", cells, sheet.ragged(cells))
                    continue
                data: dict[str, Any] = {}
                problem = (
                    sheet.read(fitting, data)
                    or self._missing(sheet, data)
                    or self.owner_of(data, owners)
                    or self.unsound(sheet, data)
                )
                if problem is not None:
                    yield rejected(line, "", cells, problem)
                else:
                    key = "/".join(str(data.get(name, 0)) for name in self.key_fields)
                    yield Record(line, key, cells, data)

    def _missing(self, sheet: Sheet, data: dict[str, Any]) -> Problem | None:
        required = [column.field for column in self.columns if column.is_required]
        return next((sheet.missing(field) for field in required if field not in data), None)

    def check(self, session: ImportSession) -> None:
        reason = _("Line %(line)s tells the same. One file tells it once.")
        checks.reject_repeated_keys(session, column="region", reason=reason)

    def apply(
        self, rows: Sequence[Pending], *, session: ImportSession, actor: User | None
    ) -> list[Applied]:
        if actor is not None and not actor.has_perm(self.permission, session.store):
            words = _("You may not do this in %(store)s.") % {"store": session.store}
            return [Applied(row.row_id, "rejected", None, "not_allowed", words) for row in rows]
        try:
            with transaction.atomic():
                return self._upsert(rows)
        except IntegrityError:
            if len(rows) > 1:
                raise  # It is tried again in halves, until the bad row is alone.
            return [Applied(rows[0].row_id, "rejected", None, "overlaps", self.refused())]

    def refused(self) -> str:
        """What it means that the database refuses a row."""
        return _("The row contradicts another one.")

    def _upsert(self, rows: Sequence[Pending]) -> list[Applied]:
        known = self._known(rows)
        made: list[models.Model] = []
        found: list[Applied] = []
        new: list[tuple[int, models.Model]] = []
        changed: list[models.Model] = []
        for row in rows:
            told = {name: row.data[name] for name in self.told_fields if name in row.data}
            own = known.get(tuple(row.data[name] for name in self.key_fields))
            if own is None:
                one = self.model(**{name: row.data[name] for name in self.key_fields}, **told)
                made.append(one)
                new.append((row.row_id, one))
            elif any(_differs(getattr(own, name), value) for name, value in told.items()):
                for name, value in told.items():
                    setattr(own, name, value)
                changed.append(own)
                found.append(Applied(row.row_id, "changed", own.pk))
            else:
                found.append(Applied(row.row_id, "duplicate", own.pk))
        manager = self.model._default_manager
        manager.bulk_create(made)
        if changed:
            manager.bulk_update(changed, self.told_fields)
        return [*found, *(Applied(row_id, "created", one.pk) for row_id, one in new)]

    def _known(self, rows: Sequence[Pending]) -> dict[tuple[Any, ...], Any]:
        owner = self.key_fields[0]
        there = self.model._default_manager.filter(
            **{
                f"{owner}__in": {row.data[owner] for row in rows},
                "region__in": {row.data["region"] for row in rows},
            }
        ).order_by("pk")
        return {
            tuple(getattr(row, name) for name in self.key_fields): row
            for row in there.select_for_update()
        }

    def undo(
        self, target_ids: Sequence[int], *, session: ImportSession, actor: User | None, at: Any
    ) -> set[int]:
        """Rows that were made are gone again."""
        self.model._default_manager.filter(pk__in=list(target_ids)).delete()
        return set(target_ids)


def _differs(own: Any, told: Any) -> bool:
    return Decimal(own) != Decimal(told) if isinstance(own, Decimal) else own != told


def services_of(store: Store) -> dict[tuple[str, str], int]:
    """(carrier's code, service's code) → id."""
    services = CarrierService.objects.filter(carrier__store=store)
    return {
        (carrier, code): pk
        for pk, carrier, code in services.values_list("pk", "carrier__code", "code")
    }


def unknown_service(data: dict[str, Any]) -> Problem:
    words = _("The store has no service %(service)s of a carrier %(carrier)s.")
    facts = {"service": data["service"], "carrier": data["carrier"]}
    return Problem("unknown_service", "service", words % facts)
