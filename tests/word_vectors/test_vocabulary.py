"""Words and characters of a corpus, counted in its languages, and the tokenizer made of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from many_scripts import WORDS, examples

from hf_xlqa.schema import Example
from hf_xlqa.translation.dictionaries import BilingualDictionary
from hf_xlqa.word_vectors import build_vocabulary


def example(context: str, question: str = "?", language: str = "en", asked: str | None = None) -> Example:
    return Example("a", "a", "", context, question, (), language, asked or language, "test")


ENGLISH = [example("the king, the King", "who is the king"), example("the king, the King", "where is Bali")]
CHINESE = [example("南京市的 king 国王 国王", "谁是 king king king", "zh")]


def test_every_distinct_context_is_counted_once() -> None:
    counts = build_vocabulary(ENGLISH).counts["en"]
    assert counts == {"the": 3, "king": 2, ",": 1, "King": 1, "who": 1, "is": 2, "where": 1, "Bali": 1}


def test_frequent_words_and_characters_come_first() -> None:
    vocabulary = build_vocabulary(ENGLISH)
    assert vocabulary.words == ("the", "is", "king", ",", "Bali", "King", "where", "who")
    assert vocabulary.characters[:3] == ("i", "e", "h")
    assert build_vocabulary(ENGLISH, min_count=2).words == ("the", "is", "king")
    assert build_vocabulary(ENGLISH, max_words=1).words == ("the",)
    assert build_vocabulary(ENGLISH, min_character_count=6).characters == ("i",)


def test_languages_are_counted_apart() -> None:
    vocabulary = build_vocabulary([*ENGLISH, *CHINESE])
    assert vocabulary.languages == ("en", "zh")
    assert vocabulary.counts["zh"]["国王"] == 2
    assert vocabulary.counts["zh"]["king"] == 4
    assert vocabulary.home["king"] == "zh"  # four times there, twice in English
    assert vocabulary.home["the"] == "en"
    assert vocabulary.words_of("en") == {*",", "the", "is", "where", "who", "Bali", "bali", "King", "king"}


def test_questions_in_another_language_count_there() -> None:
    vocabulary = build_vocabulary([example("the king", "国王", "en", "zh")])
    assert vocabulary.counts == {"zh": {"国王": 1}, "en": {"the": 1, "king": 1}}


def test_words_of_a_target_include_translations() -> None:
    dictionary = BilingualDictionary("zh", "en", {"国王": ("king", "Monarch"), "山": ("mountain",)})
    words = build_vocabulary([*ENGLISH, *CHINESE]).words_of("en", [dictionary])
    assert {"king", "Monarch", "monarch"} <= words
    assert "mountain" not in words


@pytest.mark.parametrize("language", WORDS)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_no_word_of_the_corpus_is_unknown(language: str, data: st.DataObject) -> None:
    rows = data.draw(st.lists(examples(language), min_size=1, max_size=3))
    vocabulary = build_vocabulary(rows)
    tokenizer = vocabulary.tokenizer()
    for row in rows:
        batch = tokenizer(row.question, row.context)
        assert tokenizer.unk_token_id not in batch["input_ids"]
        assert not any(1 in word for word in batch["character_ids"])
        assert tokenizer.convert_ids_to_tokens(tokenizer(row.context)["input_ids"]) == tokenizer.tokenize(row.context)
    assert sum(vocabulary.counts[language].values()) >= len(vocabulary.words)


def test_the_tokenizer_has_the_languages_of_the_corpus() -> None:
    vocabulary = build_vocabulary([*ENGLISH, *CHINESE])
    assert vocabulary.tokenizer().languages == ["en", "zh"]
    tokenizer = vocabulary.tokenizer(languages=["zh", "en"], language="en")
    assert (tokenizer.languages, tokenizer.language) == (["zh", "en"], "en")
    assert tokenizer.convert_ids_to_tokens([3]) == [vocabulary.words[0]]


@pytest.mark.parametrize("name", ["min_count", "min_character_count", "max_words"])
def test_bounds_below_one_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"`{name}` must be 1 or more, but is 0 instead"):
        build_vocabulary(ENGLISH, **{name: 0})


def test_a_corpus_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="`examples` must have words, but have none"):
        build_vocabulary([example(" ", " ")])


def test_other_words_stand_behind_and_bring_no_characters() -> None:
    vocabulary = build_vocabulary(ENGLISH, min_count=2)
    more = vocabulary.with_words_of([example("the Zulu king ruled", "king ?", "en"), example("祖鲁 Zulu", "?", "zh")])
    assert more.words == (*vocabulary.words, "?", "Zulu", "ruled", "祖鲁")
    assert more.characters == vocabulary.characters
    assert more.counts["en"]["king"] == vocabulary.counts["en"]["king"] + 2
    assert (more.languages, more.home["祖鲁"]) == (("en", "zh"), "zh")
    assert build_vocabulary(ENGLISH, min_count=2) == vocabulary
