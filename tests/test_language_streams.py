"""The streams of languages: balance, shuffling, epochs, and that a place tells the row."""

import pytest

from hf_xlqa.language_streams import LanguageStreams

LANGUAGES = [0, 1, 0, 0, 1, 0, 0]  # five of 0 and two of 1


def test_every_group_holds_each_language_and_an_epoch_all_rows():
    streams = LanguageStreams(LANGUAGES, seed=3)
    rows = list(streams)
    assert len(rows) == len(streams) == 10
    assert [LANGUAGES[row] for row in rows] == 5 * [0, 1]
    assert sorted(rows[::2]) == [0, 2, 3, 5, 6]
    assert sorted(rows[1::2][:2]) == sorted(rows[1::2][2:4]) == [1, 4]


def test_a_shorter_language_begins_again_as_often_as_told():
    streams = LanguageStreams(LANGUAGES, seed=3)
    assert streams.passes == [1.0, 2.5]
    seen = [row for row in streams if LANGUAGES[row] == 1]
    assert len(seen) == 2.5 * 2


def test_any_number_of_languages():
    languages = [2, 0, 1, 1, 7]
    assert [languages[row] for row in LanguageStreams(languages, seed=0)] == 2 * [0, 1, 2, 7]


def test_an_epoch_goes_on_where_the_last_one_stopped():
    streams = LanguageStreams(LANGUAGES, seed=3)
    first = list(streams)
    streams.set_epoch(1)
    second = list(streams)
    assert first + second == [streams.row(place) for place in range(20)]
    assert first[::2] != second[::2]
    assert sorted([first[9], second[1]]) == [1, 4]  # the third pass over the two rows spans both epochs


def test_a_batch_is_the_same_however_it_is_asked_for():
    streams = LanguageStreams(LANGUAGES, seed=3)
    whole = [streams.row(place) for place in range(24)]
    assert LanguageStreams(LANGUAGES, seed=3).rows(5, 4) == whole[20:24]
    assert [row for number in (3, 2, 1, 0) for row in streams.rows(number, 6)][-6:] == whole[:6]
    assert [*streams.rows(2, 2), *streams.rows(3, 2)] == streams.rows(1, 4)


def test_the_seed_shuffles():
    assert len({tuple(LanguageStreams(range(2), seed=seed)) for seed in range(5)}) == 1
    assert len({tuple(LanguageStreams(LANGUAGES, seed=seed)) for seed in range(5)}) > 1


def test_one_language_is_refused():
    with pytest.raises(ValueError, match="`languages` must be two or more, but the 3 rows are of 1 instead"):
        LanguageStreams([4, 4, 4], seed=0)
