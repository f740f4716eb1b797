"""What is proposed for boxes is sound, whatever the pieces (FUL-6)."""

from collections import Counter
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fulfillment.cartons import Carton, Piece, pack, padded

SMALL = Carton(1, "S", (200, 150, 100), 2_000, 80, Decimal(1))
LARGE = Carton(2, "L", (400, 300, 200), 10_000, 250, Decimal(3))
BOXES = [SMALL, LARGE]

sides = st.integers(20, 260)
pieces = st.builds(
    Piece,
    sku_id=st.integers(1, 4),
    size=st.tuples(sides, sides, sides),
    grams=st.integers(1, 3_000),
    upright=st.booleans(),
    group=st.sampled_from(["", "food"]),
    not_with=st.sampled_from([frozenset(), frozenset({"food"})]),
).filter(lambda piece: piece.group not in piece.not_with)


def cube(side, grams=100, **values):
    return Piece(1, (side, side, side), grams, **values)


@settings(max_examples=150, deadline=None)
@given(st.lists(pieces, max_size=12))
def test_nothing_overlaps_sticks_out_or_is_too_heavy_and_every_piece_is_once(wanted):
    """FUL-6: of any pieces."""
    filled, too_large = pack(wanted, BOXES)

    inside = Counter(each.piece for box in filled for each in box.placed)
    assert inside + Counter(too_large) == Counter(wanted)
    for box in filled:
        assert box.load <= box.carton.most_grams
        for each in box.placed:
            assert all(each.at[i] >= 0 for i in range(3))
            assert all(each.ends[i] <= box.carton.inner[i] for i in range(3))
            assert sorted(each.size) == sorted(each.piece.size)
            if each.piece.upright:
                assert each.size[2] == each.piece.size[2]
        for one, other in combinations(box.placed, 2):
            assert not one.overlaps(other.at, other.size)
            assert one.piece.bears(other.piece)


@settings(max_examples=50, deadline=None)
@given(st.lists(pieces, max_size=8), st.randoms(use_true_random=False))
def test_the_same_pieces_in_any_order_give_the_same_boxes(wanted, random):
    shuffled = list(wanted)
    random.shuffle(shuffled)

    first, again = pack(wanted, BOXES), pack(shuffled, BOXES)

    assert [box.carton for box in first[0]] == [box.carton for box in again[0]]


def test_the_cheapest_box_that_holds_all_is_taken():
    """FUL-6: the small one, until one more piece asks for the large one."""
    one = [cube(50, 10)] * 24
    assert [box.carton for box in pack(one, BOXES)[0]] == [SMALL]
    assert [box.carton for box in pack([*one, cube(50, 10)], BOXES)[0]] == [LARGE]


def test_a_heavy_piece_takes_a_box_that_bears_it():
    assert [box.carton for box in pack([cube(50, 2_001)], BOXES)[0]] == [LARGE]


def test_more_than_one_box_holds_are_several():
    filled, too_large = pack([cube(200)] * 3, BOXES)

    assert [len(box.placed) for box in filled] == [2, 1]
    assert too_large == []
    assert filled[0].grams == 250 + 200


def test_what_fits_no_box_is_named():
    huge = cube(500)

    assert pack([huge, cube(50)], BOXES)[1] == [huge]


def test_an_upright_piece_is_not_laid_down():
    """FUL-6: a bottle of 180 mm stands in the large box, and lies in the small one."""
    bottle = Piece(1, (50, 50, 180), 300)

    assert [box.carton for box in pack([bottle], BOXES)[0]] == [SMALL]
    upright = Piece(1, (50, 50, 180), 300, upright=True)
    assert [box.carton for box in pack([upright], BOXES)[0]] == [LARGE]


def test_what_must_be_kept_apart_is():
    soap, tea = cube(50, group="scented"), cube(50, not_with=frozenset({"scented"}))

    assert len(pack([soap, tea], BOXES)[0]) == 2


@pytest.mark.parametrize(("millimetres", "box"), [(10, SMALL), (15, LARGE)])
def test_padding_takes_room(millimetres, box):
    """FUL-6: on each side."""
    assert [one.carton for one in pack([padded(cube(80), millimetres)], BOXES)[0]] == [box]
