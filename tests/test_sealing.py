"""What is sealed opens with its key, in its place, and nowhere else."""

import pytest

from opsdesk import sealing

NEW = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def test_sealed_bytes_open_in_their_place_only():
    sealed = sealing.seal_bytes(b"Wang", place="order 1 A")

    assert b"Wang" not in sealed
    assert sealing.unseal_bytes(sealed, place="order 1 A") == b"Wang"
    assert sealing.unseal_bytes(memoryview(sealed), place="order 1 A") == b"Wang"
    with pytest.raises(sealing.Unreadable):
        sealing.unseal_bytes(sealed, place="order 2 A")


@pytest.mark.parametrize("place", [0, 5, -1])
def test_a_byte_that_was_changed_is_noticed(place):
    sealed = bytearray(sealing.seal_bytes(b"Wang", place="order 1 A"))
    sealed[place] ^= 1

    with pytest.raises(sealing.Unreadable):
        sealing.unseal_bytes(bytes(sealed), place="order 1 A")


def test_the_same_content_is_never_sealed_the_same_way_twice():
    assert sealing.seal_bytes(b"x", place="p") != sealing.seal_bytes(b"x", place="p")


def test_nothing_is_sealed_as_nothing():
    assert sealing.seal_bytes(b"", place="p") == b""
    assert sealing.unseal_bytes(b"", place="p") == b""


def test_sealed_bytes_say_which_key_they_are_of(settings):
    old = sealing.seal_bytes(b"Wang", place="p")
    (old_mark,) = sealing.marks()
    settings.FIELD_KEYS = [NEW, *settings.FIELD_KEYS]

    new = sealing.seal_bytes(b"Wang", place="p")

    assert sealing.unseal_bytes(old, place="p") == sealing.unseal_bytes(new, place="p") == b"Wang"
    assert sealing.marks() == [new[: sealing.MARK], old_mark]
    assert old.startswith(old_mark)
    settings.FIELD_KEYS = [NEW]
    with pytest.raises(sealing.Unreadable):
        sealing.unseal_bytes(old, place="p")


def test_a_digest_depends_on_key_and_purpose(settings):
    old = sealing.digest(b"13812345678", purpose="phone")
    assert old != sealing.digest(b"13812345678", purpose="order")

    settings.FIELD_KEYS = [NEW, *settings.FIELD_KEYS]

    assert sealing.digest(b"13812345678", purpose="phone") != old
    assert list(sealing.digests(b"13812345678", purpose="phone"))[1] == old
