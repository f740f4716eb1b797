"""SKU codes read and written by a store's scheme; this module asks the database nothing (CAT-1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext as _

from catalog.models import CodePart, CodeScheme
from opsdesk.errors import DomainError

Kind = CodePart.Kind
LONGEST = 80
HIGHEST_SERIAL = 999_999_999


class WrongCode(DomainError):
    """A code can't be made, or isn't one that the store's scheme allows. Facts: `violations`."""

    code = "wrong_code"


class Violation(NamedTuple):
    """What a code has against the scheme: stable code, and the words for people."""

    code: str
    message: str


class Piece(NamedTuple):
    """One part of a code and what it stands for; `name` is empty for a part nobody knows."""

    kind: str
    code: str
    name: str


@dataclass(frozen=True)
class Reading:
    """A code as the scheme understands it. Without `serial` its form is another one."""

    code: str
    pieces: list[Piece] = field(default_factory=list)
    serial: int | None = None
    violations: list[Violation] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """What the code says, in words; empty where it doesn't follow the scheme's form."""
        if self.serial is None:
            return ""
        words = [piece.name or piece.code for piece in self.pieces]
        return ", ".join([*words, _("no. %(serial)d") % {"serial": self.serial}])

    @property
    def complaint(self) -> str:
        return " ".join(violation.message for violation in self.violations)


class CodeBook:
    """How one store writes its codes: its scheme, and what its parts stand for."""

    def __init__(self, scheme: CodeScheme, parts: Iterable[CodePart]) -> None:
        self.scheme = scheme
        self.names = {(part.kind, part.code): part.name for part in parts}
        self.kinds = scheme.pattern.split("-")
        extra = re.escape(scheme.extra_characters)
        self.foreign = re.compile(f"[^0-9A-Za-z{extra}{re.escape(scheme.separator)}]")

    @property
    def example(self) -> str:
        """The form of a code, such as CATEGORY-BRAND-SPEC-001."""
        words = [str(Kind(kind).label).upper() for kind in self.kinds]
        return self.scheme.separator.join([*words, self._serial(1)])

    def stem(self, *, category: str = "", brand: str = "", specs: Sequence[str] = ()) -> str:
        """What stands before the serial. Raises WrongCode where the scheme asks for more.

        Takes the codes of parts; what the scheme doesn't name is left out.
        """
        given = {Kind.CATEGORY: [category], Kind.BRAND: [brand], Kind.SPEC: list(specs)}
        words: list[str] = []
        for kind in self.kinds:
            chosen = [code for code in given[Kind(kind)] if code]
            if not chosen:
                raise WrongCode(
                    _("The scheme %(form)s asks for a part of the kind “%(kind)s”.")
                    % {"form": self.example, "kind": Kind(kind).label}
                )
            words += chosen
        stem = self.scheme.separator.join(words)
        if len(stem) + 1 + max(self.scheme.serial_width, 9) > LONGEST:
            raise WrongCode(_("The code would have more than %(limit)d letters.") % {"limit": 80})
        return stem

    def code(self, stem: str, serial: int) -> str:
        return f"{stem}{self.scheme.separator}{self._serial(serial)}"

    def read(self, code: str) -> Reading:
        """What the code says, and everything it has against the scheme."""
        found = self._characters(code)
        words = code.split(self.scheme.separator)
        specs = len(words) - len(self.kinds)  # what is left for them when the rest has its place
        fits = specs >= 1 if Kind.SPEC in self.kinds else specs == 1
        if not fits or not all(words):
            form = Violation("form", _("It is not of the form %(form)s.") % {"form": self.example})
            return Reading(code, violations=[*found, form])
        pieces = self._pieces(words[:-1], specs)
        found += [
            Violation(
                "unknown_part",
                _("“%(part)s” is no %(kind)s that the store knows.")
                % {"part": piece.code, "kind": Kind(piece.kind).label},
            )
            for piece in pieces
            if not piece.name
        ]
        serial, problem = self._read_serial(words[-1])
        return Reading(code, pieces, serial, [*found, *problem])

    def sound(self) -> str | None:
        """The regular expression of the codes that `read` has nothing against; None if there are
        none. PostgreSQL and Python understand it alike."""
        separator = re.escape(self.scheme.separator)
        words = []
        for kind in self.kinds:
            known = sorted(code for (of, code), name in self.names.items() if of == kind and name)
            fitting = [re.escape(code) for code in known if not self._characters(code)]
            if not fitting:
                return None
            one = f"(?:{'|'.join(fitting)})"
            words.append(f"{one}(?:{separator}{one})*" if kind == Kind.SPEC else one)
        width = self.scheme.serial_width
        longer = f"|[1-9][0-9]{{{width},8}}" if width < 9 else ""
        return f"^{separator.join([*words, f'(?:[0-9]{{{width}}}{longer})'])}$"

    def _serial(self, serial: int) -> str:
        return f"{serial:0{self.scheme.serial_width}d}"

    def _pieces(self, words: Sequence[str], specs: int) -> list[Piece]:
        kinds = [kind for each in self.kinds for kind in [each] * (specs if each == "spec" else 1)]
        return [
            Piece(kind, word, self.names.get((kind, word), ""))
            for kind, word in zip(kinds, words, strict=True)
        ]

    def _characters(self, code: str) -> list[Violation]:
        found = []
        foreign = "".join(sorted(set(self.foreign.findall(code))))
        if foreign:
            message = _("It holds characters that the scheme doesn't allow: %(characters)s")
            found.append(Violation("characters", message % {"characters": foreign}))
        if self.scheme.is_upper and code != code.upper():
            found.append(Violation("small_letters", _("It holds small letters.")))
        return found

    def _read_serial(self, word: str) -> tuple[int | None, list[Violation]]:
        width = self.scheme.serial_width
        if re.fullmatch(r"[0-9]{1,9}", word) is None:
            message = _("It ends with “%(word)s” instead of a serial.") % {"word": word}
            return None, [Violation("serial", message)]
        if len(word) < width or (len(word) > width and word[0] == "0"):
            message = _("Its serial has %(digits)d digits instead of %(width)d.") % {
                "digits": len(word),
                "width": width,
            }
            return int(word), [Violation("serial", message)]
        return int(word), []
