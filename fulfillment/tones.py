"""Colours of states."""

from fulfillment.models import Parcel

State = Parcel.State
TONES = {
    State.PACKED: "info",
    State.HANDED_OVER: "info",
    State.DELIVERED: "good",
    State.RETURNED: "warning",
    State.LOST: "danger",
}


def tone(state: str) -> str:
    return TONES.get(Parcel.State(state), "")
