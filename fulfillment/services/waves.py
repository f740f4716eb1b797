"""Waves are released to pickers, given up, and end by themselves (FUL-1).

Locks are taken in this order: orders by id, pick lists by id, the wave.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from catalog.services.handling import require_right
from fulfillment.models import Pick, PickLine, Wave, WaveOrder
from fulfillment.services.planning import PLAN
from opsdesk.db import retrying
from opsdesk.errors import Conflict, NotAllowed
from opsdesk.stores.models import User
from orders.models import Order

PICK = "fulfillment.pick_wave"


class PickTaken(Conflict):
    """Somebody else has this pick list. Facts: `picker_id`."""

    code = "pick_taken"


def release_wave(*, wave_id: int, actor: User | None, at: datetime) -> Wave:
    """Pickers may take the wave's pick lists. Raises NotAllowed, Conflict unless it is planned."""
    wave = Wave.objects.select_related("warehouse").get(pk=wave_id)
    require_right(PLAN, wave.warehouse, actor)
    planned = Wave.objects.filter(pk=wave_id, state=Wave.State.PLANNED)
    if not planned.update(state=Wave.State.RELEASED, released_at=at):
        raise _not_so(wave_id)
    wave.refresh_from_db()
    return wave


def cancel_wave(*, wave_id: int, actor: User | None, at: datetime) -> Wave:
    """The wave is given up and its orders wait for another one.

    Raises NotAllowed, and Conflict once a piece was picked. Locks its pick lists, then the wave.
    """
    wave = Wave.objects.select_related("warehouse").get(pk=wave_id)
    require_right(PLAN, wave.warehouse, actor)
    return retrying(partial(_cancel, wave_id, at=at))


@transaction.atomic
def _cancel(wave_id: int, *, at: datetime) -> Wave:
    list(Pick.objects.filter(wave=wave_id).locked())
    wave = Wave.objects.select_for_update(of=("self",)).get(pk=wave_id)
    if wave.state not in Wave.UNPICKED:
        raise _not_so(wave_id)
    lines = PickLine.objects.filter(pick__wave=wave_id)
    if lines.filter(picked__gt=0).exists():
        raise Conflict(
            _("Pieces of wave %(wave)s are picked already: pick the rest, or cancel its orders.")
            % {"wave": wave}
        )
    lines.open().update(state=PickLine.State.DROPPED)
    Pick.objects.filter(wave=wave_id, state__in=Pick.OPEN).update(
        state=Pick.State.CANCELLED, ended_at=at
    )
    WaveOrder.objects.current().filter(wave=wave_id).update(
        left_at=at, left_because=WaveOrder.Left.WAVE
    )
    return _ended(wave, Wave.State.CANCELLED, at)


def assign_pick(*, pick_id: int, to_id: int, actor: User | None, at: datetime) -> Pick:
    """The pick list is this person's to walk; the same person again changes nothing.

    Whoever picks may take one for themselves; giving it to others takes the right to plan. Raises
    NotAllowed, PickTaken, and Conflict where its wave is not released or it is done. Locks it.
    """
    pick = Pick.objects.select_related("wave__warehouse").get(pk=pick_id)
    picker = User.objects.get(pk=to_id)
    is_own = actor is not None and actor.pk == to_id
    require_right(PICK if is_own else PLAN, pick.wave.warehouse, actor)
    if not is_own:
        require_right(PICK, pick.wave.warehouse, picker)
    return retrying(partial(_assign, pick_id, picker, may_take_away=not is_own, at=at))


@transaction.atomic
def _assign(pick_id: int, picker: User, *, may_take_away: bool, at: datetime) -> Pick:
    pick = _locked(pick_id)
    if pick.assigned_to_id == picker.pk and pick.state in Pick.OPEN:
        return pick
    _refuse_not_at_work(pick)
    taken = pick.state == Pick.State.PICKING or not may_take_away
    if pick.assigned_to_id is not None and taken:
        raise PickTaken(
            _("%(person)s has pick list %(pick)s.") % {"person": pick.assigned_to, "pick": pick},
            picker_id=pick.assigned_to_id,
        )
    return _changed(pick, state=Pick.State.ASSIGNED, assigned_to=picker, assigned_at=at)


def take_next(*, warehouse_id: int, actor: User, at: datetime) -> Pick | None:
    """The pick list this person has at hand, else the most urgent that nobody has; None: all taken.

    Of two who ask at once each gets another one. Raises NotAllowed.
    """
    mine = Pick.objects.at_work().filter(assigned_to=actor, wave__warehouse=warehouse_id)
    current = mine.order_by("assigned_at", "pk").first()
    if current is not None:
        return current
    with transaction.atomic():
        free = Pick.objects.to_take().filter(wave__warehouse=warehouse_id)
        free = free.order_by("wave__due_at", "wave_id", "pk")
        pick = free.select_for_update(of=("self",), skip_locked=True).first()
        if pick is None:
            return None
        return assign_pick(pick_id=pick.pk, to_id=actor.pk, actor=actor, at=at)


def pick_of(pick_id: int, actor: User | None) -> Pick:
    """The pick list, locked, being walked by this person from here on.

    One that nobody has becomes theirs by the first scan. Raises NotAllowed, PickTaken, Conflict.
    In the caller's transaction.
    """
    pick = _locked(pick_id)
    require_right(PICK, pick.wave.warehouse, actor)
    _refuse_not_at_work(pick)
    if pick.assigned_to_id is not None and actor is not None and pick.assigned_to != actor:
        raise PickTaken(
            _("%(person)s has pick list %(pick)s.") % {"person": pick.assigned_to, "pick": pick},
            picker_id=pick.assigned_to_id,
        )
    if pick.assigned_to_id is None and actor is None:
        raise NotAllowed(_("Nobody has pick list %(pick)s: assign it first.") % {"pick": pick})
    return pick


def start_pick(pick: Pick, actor: User | None, at: datetime) -> None:
    """The first piece is fetched: pick list and wave are being picked."""
    if pick.state == Pick.State.PICKING:
        return
    values: dict[str, Any] = {"state": Pick.State.PICKING, "started_at": at}
    if pick.assigned_to_id is None:
        values |= {"assigned_to": actor, "assigned_at": at}
    _changed(pick, **values)
    Wave.objects.filter(pk=pick.wave_id, state=Wave.State.RELEASED).update(state=Wave.State.PICKING)


def end_picks(pick_ids: Iterable[int], *, at: datetime) -> None:
    """Of these pick lists, held by the caller, those without open lines are at their end.

    Their waves are picked with the last of them; one that lost all orders is cancelled.
    """
    open_lines = PickLine.objects.open().filter(pick=OuterRef("pk"))
    ids = list(pick_ids)
    ended = Pick.objects.filter(pk__in=ids, state__in=Pick.OPEN).filter(~Exists(open_lines))
    for pick in ended.order_by("pk"):
        states = set(pick.lines.values_list("state", flat=True))
        _changed(pick, state=_end_of(states), ended_at=at)
    waves = Wave.objects.filter(picks__in=ids, state__in=Wave.UNPICKED).distinct()
    for wave in waves.order_by("pk"):
        _end_wave(wave.pk, at)


def _end_of(states: set[str]) -> Pick.State:
    if states <= {PickLine.State.DROPPED}:
        return Pick.State.CANCELLED
    return Pick.State.SHORT if PickLine.State.SHORT in states else Pick.State.DONE


def _end_wave(wave_id: int, at: datetime) -> None:
    wave = Wave.objects.select_for_update(of=("self",)).get(pk=wave_id)
    if wave.state not in Wave.UNPICKED or wave.picks.filter(state__in=Pick.OPEN).exists():
        return
    if not WaveOrder.objects.current().filter(wave=wave).exists():
        _ended(wave, Wave.State.CANCELLED, at)
        return
    wave.released_at = wave.released_at or at
    wave.state, wave.picked_at = Wave.State.PICKED, at
    wave.save(update_fields=["state", "picked_at", "released_at"])


def close_waves(*, at: datetime) -> int:
    """Picked waves whose orders have all left are closed. Returns how many. Safe to repeat."""
    here = WaveOrder.objects.current().filter(
        wave=OuterRef("pk"), order__fulfilment_state=Order.Fulfilment.RESERVED
    )
    done = Wave.objects.filter(Q(state=Wave.State.PICKED), ~Exists(here))
    return done.update(state=Wave.State.CLOSED, ended_at=at)


def _locked(pick_id: int) -> Pick:
    picks = Pick.objects.select_related("wave__warehouse", "assigned_to")
    return picks.locked().get(pk=pick_id)


def _refuse_not_at_work(pick: Pick) -> None:
    if pick.state in Pick.ENDED:
        raise Conflict(
            _("Pick list %(pick)s is at its end: %(state)s.")
            % {"pick": pick, "state": pick.get_state_display()},
            state=pick.state,
        )
    if pick.wave.state not in Wave.AT_WORK:
        raise _not_so(pick.wave_id)


def _not_so(wave_id: int) -> Conflict:
    wave = Wave.objects.get(pk=wave_id)
    return Conflict(
        _("Wave %(wave)s is %(state)s.") % {"wave": wave, "state": wave.get_state_display()},
        state=wave.state,
    )


def _ended(wave: Wave, state: Wave.State, at: datetime) -> Wave:
    wave.state, wave.ended_at = state, at
    wave.save(update_fields=["state", "ended_at"])
    return wave


def _changed(pick: Pick, **values: Any) -> Pick:
    Pick.objects.filter(pk=pick.pk).update(**values)
    for name, value in values.items():
        setattr(pick, name, value)
    return pick
