"""SKUs that are sold as one and consist of others."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.products import Sku
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet

# What the database says when two people at once would have made what one of them could not.
REFUSED = "OD010"

# Both SKUs are held until the commit, in order, so that of two rows that share one the second sees
# the first; FOR UPDATE also keeps out whoever is about to give the bundle stock or an order.
_SOUND = f"""
    PERFORM FROM catalog_sku WHERE id IN (NEW.bundle_id, NEW.part_id) ORDER BY id FOR UPDATE;
    WITH RECURSIVE way (sku_id, passed) AS (
        SELECT NEW.part_id, ARRAY[NEW.bundle_id, NEW.part_id]
        UNION ALL
        SELECT p.part_id, way.passed || p.part_id
        FROM way JOIN catalog_bundlepart p ON p.bundle_id = way.sku_id
        WHERE way.sku_id <> NEW.bundle_id AND p.part_id <> ALL (way.passed[2:])
    )
    SELECT string_agg(k.code, ' → ' ORDER BY step.place) INTO circle
    FROM (SELECT passed FROM way WHERE sku_id = NEW.bundle_id LIMIT 1) found
    CROSS JOIN unnest(found.passed) WITH ORDINALITY AS step (id, place)
    JOIN catalog_sku k ON k.id = step.id;
    IF circle IS NOT NULL THEN
        RAISE EXCEPTION 'A bundle would contain itself: %', circle USING ERRCODE = '{REFUSED}';
    END IF;
    IF EXISTS (SELECT FROM catalog_bundlepart WHERE bundle_id = NEW.part_id AND id <> NEW.id)
       OR EXISTS (SELECT FROM catalog_bundlepart WHERE part_id = NEW.bundle_id AND id <> NEW.id)
    THEN
        RAISE EXCEPTION 'A part of a bundle is no bundle itself.' USING ERRCODE = '{REFUSED}';
    END IF;
    IF EXISTS (SELECT FROM catalog_stocklevel WHERE sku_id = NEW.bundle_id) THEN
        RAISE EXCEPTION 'A SKU with stock of its own is no bundle.' USING ERRCODE = '{REFUSED}';
    END IF;
    IF (SELECT count(DISTINCT store_id) FROM catalog_sku
        WHERE id IN (NEW.bundle_id, NEW.part_id)) > 1 THEN
        RAISE EXCEPTION 'A bundle and its parts are of one store.' USING ERRCODE = '{REFUSED}';
    END IF;
    RETURN NEW;
"""


def no_stock_of_its_own() -> pgtrigger.Trigger:
    """A bundle gets no place in a warehouse: what there is of it are its parts."""
    return pgtrigger.Trigger(
        name="no_bundle",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"""
            PERFORM FROM catalog_sku WHERE id = NEW.sku_id FOR KEY SHARE;
            IF EXISTS (SELECT FROM catalog_bundlepart WHERE bundle_id = NEW.sku_id) THEN
                RAISE EXCEPTION 'A bundle has no stock of its own.' USING ERRCODE = '{REFUSED}';
            END IF;
            RETURN NEW;
        """,
    )


class BundlePartQuerySet(ScopedQuerySet):
    store_field = "bundle__store_id"


class BundlePart(models.Model):
    """So many pieces of a SKU are in each piece of the bundle. A part is never a bundle itself.

    The database holds it against everybody, also at once: no circle, one store, and no stock of
    the bundle's own. What orders have reserved stays as it was when the parts change.
    """

    bundle = models.ForeignKey(
        Sku, models.PROTECT, related_name="parts", verbose_name=_("bundle"), db_index=False
    )
    part = models.ForeignKey(Sku, models.PROTECT, related_name="part_of", verbose_name=_("part"))
    pieces = models.PositiveIntegerField(_("pieces"), default=1)

    objects = BundlePartQuerySet.as_manager()

    class Meta:
        ordering = ["bundle_id", "pk"]
        verbose_name = _("part of a bundle")
        verbose_name_plural = _("parts of a bundle")
        constraints = [
            models.UniqueConstraint(
                fields=["bundle", "part"],
                name="bundle_part_once",
                violation_error_message=_("Name each part once."),
            ),
            models.CheckConstraint(
                condition=Q(pieces__gt=0, pieces__lte=1_000), name="bundle_part_has_pieces"
            ),
            models.CheckConstraint(
                condition=~Q(bundle=F("part")),
                name="bundle_part_is_another_sku",
                violation_error_message=_("A bundle does not contain itself."),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="sound",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("bundle_id", "part_id"),
                declare=[("circle", "TEXT")],
                func=_SOUND,
            ),
            *recording(
                "bundle",
                "part",
                "pieces",
                label="(SELECT k.code FROM catalog_sku k WHERE k.id = {row}.bundle_id)",
                store="(SELECT k.store_id FROM catalog_sku k WHERE k.id = {row}.bundle_id)",
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pieces} × {self.part}"
