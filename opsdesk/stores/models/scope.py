"""Rows of stores: who sees which of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from opsdesk.stores.models.people import User

# Who may change a row may look at it too.
LOOKING = ("view", "change")


class ScopedQuerySet(models.QuerySet):
    """Rows that belong to a store. `store_field` is the path from the row to its store's id."""

    store_field = "store_id"
    # Some rows hold for all stores and name none.
    has_common_rows = False

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Only rows of the stores this person works for; the one gate of admin, search and API."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_superuser:
            return self
        return self.filter(**{f"{self.store_field}__in": user.store_ids})

    def viewable_by(self, user: User | AnonymousUser) -> Self:
        """Of those only rows of stores where the person's roles let them look at this kind."""
        rows = self.visible_to(user)
        if not user.is_authenticated or user.is_superuser:
            return rows
        kind = f"{self.model._meta.app_label}.{{}}_{self.model._meta.model_name}"
        allowed = {pk for verb in LOOKING for pk in user.stores_allowing(kind.format(verb))}
        if allowed.issuperset(user.store_ids):
            return rows
        where = Q(**{f"{self.store_field}__in": sorted(allowed)})
        if self.has_common_rows:
            where |= Q(**{self.store_field: None})
        return rows.filter(where)

    def in_stores(self, store_ids: Iterable[int]) -> Self:
        return self.filter(**{f"{self.store_field}__in": list(store_ids)})
