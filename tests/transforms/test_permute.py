"""The permuted language: a bijection of words, exact offsets, nothing else changed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_scripts import WORDS, examples

from hf_xlqa.schema import Answer, Example
from hf_xlqa.transforms.permute import Permute
from hf_xlqa.transforms.transform import paragraph_rng
from hf_xlqa.words import words

CONTEXT = "The king of Norway died in 1905, the queen of Norway in 1938."


def asked(start: int, text: str, context: str = CONTEXT, question: str = "When did the king die?") -> Example:
    return Example("q1", "q1", "", context, question, (Answer(text, start),), "en", "en", "toy")


def permuted(example: Example, seed: int = 0, **options: str) -> Example:
    transform = Permute(**Permute.learned([example], **options), seed=seed, **options)  # type: ignore[arg-type]
    changed = transform(example, paragraph_rng(seed, example.context))
    assert isinstance(changed, Example)
    return changed


def test_words_are_exchanged_one_to_one_and_the_rest_stays() -> None:
    example = asked(27, "1905")
    old, new = [word.text for word in words(CONTEXT)], [word.text for word in words(permuted(example).context)]
    assert len(old) == len(new)
    assert not any(before == after for before, after in zip(old, new, strict=True))
    mapping = dict(zip(old, new, strict=True))
    assert [mapping[word] for word in old] == new  # the same word becomes the same word
    assert len(set(mapping.values())) == len(mapping)
    assert permuted(example).answers[0].text == "1905"
    assert permuted(example).context[-1] == "."


def test_answers_move_along_and_take_the_whole_of_a_word_they_cut() -> None:
    whole, cut = permuted(asked(12, "Norway died")), permuted(asked(14, "rway di"))
    assert whole.answers == cut.answers
    assert len(whole.answers[0].text.split()) == 2


def test_words_of_questions_belong_to_the_vocabulary() -> None:
    vocabulary = Permute.learned([asked(0, "The")])["vocabulary"]
    assert vocabulary == sorted({"The", "king", "of", "Norway", "died", "in", "the", "queen", "When", "did", "die"})
    assert "queen" not in Permute.learned([asked(0, "The")], part="question")["vocabulary"]
    assert "When" not in Permute.learned([asked(0, "The")], part="context")["vocabulary"]


def test_the_seed_decides_the_language() -> None:
    example = asked(0, "The king")
    assert permuted(example).context == permuted(example).context
    assert len({permuted(example, seed=seed).context for seed in range(10)}) > 5


def test_chinese_by_words_of_jieba_or_by_characters() -> None:
    example = asked(5, "北京", "中国首都是北京。", "首都是哪里？")
    vocabulary = Permute.learned([example])["vocabulary"]
    assert {"中国", "首都", "北京"} <= set(vocabulary)
    assert set(Permute.learned([example], han="characters")["vocabulary"]) == set("中国首都是北京哪里")
    assert len(permuted(example, han="characters").context) == len(example.context)


def test_words_that_were_not_learned_are_kept_and_counted() -> None:
    transform = Permute(vocabulary=["king", "queen"])
    changed = transform(asked(4, "king"), paragraph_rng(0, CONTEXT))
    assert isinstance(changed, Example)
    assert changed.context == "The queen of Norway died in 1905, the king of Norway in 1938."
    assert transform.counts["words permuted"] == 3
    assert transform.counts["words not in the vocabulary, kept"] == 9 + 4


@pytest.mark.parametrize("vocabulary", [[], ["one"], ["one", "two", "one"]])
def test_vocabularies_without_a_bijection_are_refused(vocabulary: list[str]) -> None:
    with pytest.raises(ValueError, match="`vocabulary` must hold two words or more, each once, but holds"):
        Permute(vocabulary=vocabulary)


@pytest.mark.parametrize("language", WORDS)
@given(data=st.data())
def test_nothing_is_lost_in_any_script(language: str, data: st.DataObject) -> None:
    example = data.draw(examples(language))
    vocabulary = {*Permute.learned([example])["vocabulary"], "one", "two"}
    forth = Permute(vocabulary=sorted(vocabulary), seed=data.draw(st.integers(0, 3)))
    changed = forth(example, paragraph_rng(0, example.context))
    if not isinstance(changed, Example):
        pytest.fail(f"{changed} was lost")
    assert len(changed.answers) == len(example.answers)
    back = Permute(vocabulary=sorted(vocabulary))
    back.bijection = {after: before for before, after in forth.bijection.items()}
    if [word.text for word in words(changed.context)] == [
        forth.bijection[word.text] for word in words(example.context)
    ]:  # jieba may cut the new text elsewhere
        restored = back(replace(changed, question=example.question), paragraph_rng(0, changed.context))
        assert isinstance(restored, Example)
        assert restored.context == example.context
        for answer, original in zip(restored.answers, example.answers, strict=True):
            assert original.text.strip() in answer.text
