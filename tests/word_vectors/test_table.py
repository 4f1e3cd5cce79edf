"""One table of several languages: whose vector each word takes, and how many take which."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from hf_xlqa.schema import Example
from hf_xlqa.translation.dictionaries import BilingualDictionary, read_dictionary
from hf_xlqa.word_vectors import Vectors, Vocabulary, WordTable, build_table, build_vocabulary, load_table, read_vectors

CORPUS = [
    Example("en", "", "", "the king of Norway", "the king ?", (), "en", "en", "test"),
    Example("zh", "", "", "国王是南京市的国王", "国王 ？", (), "zh", "zh", "test"),
]
ENGLISH = "4 2\nthe 1 0\nking 0 1\nof 2 2\nmonarch 5 5\n"
CHINESE = "3 2\n国王 -1 0\n是 0 -1\n的 -2 -2\n"
MUSE = "国王\truler\n国王\tmonarch\n国王\tking\n是\tis\n"


@pytest.fixture
def vocabulary() -> Vocabulary:
    return build_vocabulary(CORPUS)


@pytest.fixture
def dictionary(tmp_path: Path) -> BilingualDictionary:
    (tmp_path / "zh-en.txt").write_text(MUSE, "utf-8")
    return read_dictionary(tmp_path / "zh-en.txt", "zh", "en")


@pytest.fixture
def vectors(vocabulary: Vocabulary, dictionary: BilingualDictionary, tmp_path: Path) -> dict[str, Vectors]:
    (tmp_path / "en.vec").write_text(ENGLISH, "utf-8")
    (tmp_path / "zh.vec").write_text(CHINESE, "utf-8")
    return {
        "en": read_vectors(tmp_path / "en.vec", vocabulary.words_of("en", [dictionary])),
        "zh": read_vectors(tmp_path / "zh.vec", vocabulary.words_of("zh")),
    }


def rows(table: WordTable, vocabulary: Vocabulary, *words: str) -> list[list[float]]:
    ids = vocabulary.tokenizer().convert_tokens_to_ids(list(words))
    return [table.matrix[each].tolist() for each in ids]


def test_every_language_has_its_own_vectors(vocabulary: Vocabulary, vectors: dict[str, Vectors]) -> None:
    table = build_table(vocabulary, vectors)
    assert rows(table, vocabulary, "the", "king", "国王", "的") == [[1, 0], [0, 1], [-1, 0], [-2, -2]]
    assert table.matrix.shape == (3 + len(vocabulary.words), 2)
    assert table.matrix.dtype == np.float32
    assert not table.matrix[[0, 2]].any()


def test_words_without_a_vector_are_unknown(vocabulary: Vocabulary, vectors: dict[str, Vectors]) -> None:
    table = build_table(vocabulary, vectors)
    mean = np.mean([[1, 0], [0, 1], [2, 2], [-1, 0], [0, -1], [-2, -2]], axis=0)
    assert rows(table, vocabulary, "[UNK]", "Norway", "南京市", "？") == [mean.tolist()] * 4
    assert table.coverage["en"].own == 3
    assert table.coverage["en"].unknown == 2  # Norway and the question mark
    assert table.coverage["en"].unknown_share == pytest.approx(2 / 7)
    assert table.coverage["zh"].unknown_share == pytest.approx(2 / 7)
    assert "en: 3 own, 0 by dictionary, 2 unknown words (28.6% of running words)" in str(table)


def test_a_word_takes_the_vector_of_its_first_translation_that_has_one(
    vocabulary: Vocabulary, vectors: dict[str, Vectors], dictionary: BilingualDictionary
) -> None:
    table = build_table(vocabulary, vectors, target_language="en", dictionaries=[dictionary])
    assert rows(table, vocabulary, "国王", "是", "的") == [[5, 5], [0, -1], [-2, -2]]
    assert (table.coverage["zh"].translated, table.coverage["zh"].own, table.coverage["zh"].unknown) == (1, 2, 2)
    assert table.coverage["en"].translated == 0


def test_words_without_translation_may_be_unknown(
    vocabulary: Vocabulary, vectors: dict[str, Vectors], dictionary: BilingualDictionary
) -> None:
    english = {"en": vectors["en"]}
    table = build_table(vocabulary, english, target_language="en", dictionaries=[dictionary], oov="unk")
    unknown = table.matrix[1].tolist()
    assert rows(table, vocabulary, "国王", "是", "的") == [[5, 5], unknown, unknown]
    assert (table.coverage["zh"].translated, table.coverage["zh"].own, table.coverage["zh"].unknown) == (1, 0, 4)
    assert table.coverage["zh"].unknown_share == pytest.approx(4 / 7)


def test_words_left_out_of_the_vocabulary_are_unknown_too(vectors: dict[str, Vectors]) -> None:
    vocabulary = build_vocabulary(CORPUS, max_words=2)
    assert build_table(vocabulary, vectors).coverage["en"].unknown_share == pytest.approx(
        sum(count for word, count in vocabulary.counts["en"].items() if word not in vocabulary.words) / 7
    )


def test_saved_with_the_checkpoint(vocabulary: Vocabulary, vectors: dict[str, Vectors], tmp_path: Path) -> None:
    table = build_table(vocabulary, vectors)
    path = table.save(tmp_path)
    assert path == tmp_path / "word_vectors.safetensors"
    assert np.array_equal(load_table(tmp_path), table.matrix)
    with safe_open(path, "pt") as stored:
        assert list(stored.keys()) == ["word_vectors"]
    with pytest.raises(FileNotFoundError):
        load_table(tmp_path / "none")


def test_other_oov_is_refused(vocabulary: Vocabulary, vectors: dict[str, Vectors]) -> None:
    with pytest.raises(ValueError, match='`oov` must be "own" or "unk", but is \'zero\' instead'):
        build_table(vocabulary, vectors, oov="zero")  # type: ignore[arg-type]


def test_missing_vectors_are_refused(
    vocabulary: Vocabulary, vectors: dict[str, Vectors], dictionary: BilingualDictionary
) -> None:
    with pytest.raises(ValueError, match="`vectors` must have those of zh, but have en instead"):
        build_table(vocabulary, {"en": vectors["en"]}, target_language="en", dictionaries=[dictionary])
    with pytest.raises(ValueError, match="`vectors` must have those of en, but have zh instead"):
        build_table(vocabulary, {"zh": vectors["zh"]}, oov="unk")


def test_vectors_of_two_widths_are_refused(vocabulary: Vocabulary, vectors: dict[str, Vectors]) -> None:
    wide = Vectors({"国王": 0}, np.ones((1, 3), np.float32))
    with pytest.raises(ValueError, match=r"`vectors` must be of one width, but are of \{'en': 2, 'zh': 3\} instead"):
        build_table(vocabulary, {**vectors, "zh": wide})


@pytest.mark.parametrize(("source", "target", "named"), [("zh", "de", "en"), ("en", "en", "en"), ("fr", "en", "en")])
def test_dictionaries_of_other_languages_are_refused(
    vocabulary: Vocabulary, vectors: dict[str, Vectors], source: str, target: str, named: str
) -> None:
    other = BilingualDictionary(source, target, {})
    with pytest.raises(ValueError, match=f"`dictionaries` must be from zh into '{named}' .* from '{source}' into"):
        build_table(vocabulary, vectors, target_language=named, dictionaries=[other])


@pytest.mark.parametrize(("entries", "size"), [({}, 0), ({"国王": ("roi",), "山": ("king",)}, 2)])
def test_dictionaries_that_translate_nothing_are_refused(
    vocabulary: Vocabulary, vectors: dict[str, Vectors], entries: dict[str, tuple[str, ...]], size: int
) -> None:
    empty = BilingualDictionary("zh", "en", entries)
    with pytest.raises(ValueError, match=f"one word of zh or more a translation .* into en, of {size} words, gives"):
        build_table(vocabulary, vectors, target_language="en", dictionaries=[empty])


def test_vectors_of_other_words_are_refused(vocabulary: Vocabulary) -> None:
    other = Vectors({"nothing": 0}, np.ones((1, 2), np.float32))
    with pytest.raises(ValueError, match="`vectors` must have a vector of one word of the corpus or more, but have"):
        build_table(vocabulary, {"en": other, "zh": other})
