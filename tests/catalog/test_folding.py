"""Folding: many ways of writing are one, and every letter knows where it stood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.folding import Folded, fold

# Letters, marks and blanks that texts on sale are made of, and some that were made to deceive.
LETTERS = st.text(
    st.sampled_from(
        list("最好第一國国家級级a1Ａ１％%.,，。-_·* \u200b\ufeff\u3000\n㎏①㈠ßéが㍿★（")
    )
)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("最 好", "最好"),
        ("最-好", "最好"),
        ("最\u200b好", "最好"),
        ("最．好", "最好"),
        ("最★好", "最好"),
        ("最\u3000【好】", "最好"),
        ("頂級 國家級", "顶级国家级"),
        ("ＴＯＰ　１", "top1"),
        ("No.1", "no1"),
        ("１００％", "100%"),
        ("最，好", "最,好"),
        ("最\n好", "最\n好"),
        ("1.00%", "1.00%"),
        ("", ""),
        ("— · \u200b", ""),
    ],
)
def test_what_is_written_otherwise_folds_to_the_same(written, folded):
    assert fold(written) == folded


@given(LETTERS | st.text())
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@given(LETTERS | st.text())
def test_the_folded_text_with_places_is_the_folded_text(text):
    folded = Folded.of(text)

    assert folded.text == fold(text)
    assert folded.places == sorted(folded.places)
    assert len(folded.places) == len(folded.text)


@given(LETTERS, st.data())
def test_every_span_of_the_original_folds_to_its_letters(text, data):
    """Of letters, not of points in a number: no word begins or ends with one."""
    folded = Folded.of(text)
    letters = [at for at, letter in enumerate(folded.text) if letter != "."]
    if not letters:
        return
    first = data.draw(st.sampled_from(letters))
    last = data.draw(st.sampled_from([at for at in letters if at >= first]))

    span = folded.span(first, last)

    if span is not None:
        assert fold(text[slice(*span)]) == folded.text[first : last + 1]
