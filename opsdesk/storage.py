"""Uploaded files on the disk of this machine: whole, or not there."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from django.core.files.storage import FileSystemStorage
from django.utils.translation import gettext as _

from opsdesk.errors import DomainError

# The disk is full, somebody's share of it is, or the process may write no file of this size.
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def is_no_room(error: BaseException | None) -> bool:
    """Whether writing failed because nothing more fits on the disk."""
    return isinstance(error, OSError) and error.errno in _NO_ROOM


class NoRoom(DomainError):
    """The disk that keeps uploaded files is full."""

    code = "no_room"


@contextmanager
def needing_room() -> Iterator[None]:
    """Within the block a full disk is a refusal that says so. Raises NoRoom."""
    try:
        yield
    except OSError as error:
        if not is_no_room(error):
            raise
        raise NoRoom(
            _("There is no room for this file on the server's disk. Nothing was kept.")
        ) from error


class WholeFileStorage(FileSystemStorage):
    """A file that could not be written to its end leaves nothing behind.

    Every name is given once, so what is removed is never somebody else's file.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return super().get_available_name(f"{name}-{uuid4().hex}", max_length)

    def _save(self, name: str, content: Any) -> str:
        try:
            return super()._save(name, content)  # type: ignore[misc]  # not in the stubs
        except OSError:
            self.delete(name)
            raise
