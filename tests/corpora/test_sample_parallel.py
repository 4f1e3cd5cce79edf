"""The embedded multi-parallel corpus: reproducible, exact, three candidates, splits apart."""

from __future__ import annotations

import itertools

import pytest

from hf_xlqa.corpora.sample import question_type, sample_examples, sample_parallel, type_matching_floor
from hf_xlqa.corpora.sample.grammar import LANGUAGES
from hf_xlqa.corpora.sample.names import KINDS, SPLITS, Split, all_names, names
from hf_xlqa.corpora.sample.type_matching import candidates
from hf_xlqa.schema import Example

PARAGRAPHS = 40


def in_language(split: Split, language: str) -> list[Example]:
    return sample_examples(split, language, paragraphs=PARAGRAPHS)


def test_the_same_seed_gives_the_same_corpus_and_another_seed_another() -> None:
    first, again = sample_parallel("train", paragraphs=5), sample_parallel("train", paragraphs=5)
    assert first == again
    assert first != sample_parallel("train", paragraphs=5, seed=1)


def test_a_paragraph_does_not_depend_on_how_many_are_asked_for() -> None:
    assert sample_parallel("dev", paragraphs=9)[:6] == sample_parallel("dev", paragraphs=2)


def test_default_sizes_are_three_questions_a_paragraph() -> None:
    assert [len(sample_parallel(split)) for split in ("dev", "test")] == [300, 600]


def test_translations_share_the_parallel_id_and_ids_are_unique_over_all_languages() -> None:
    parallel = sample_parallel("dev", paragraphs=PARAGRAPHS)
    assert [list(example.translations) for example in parallel] == [["zh", "ja", "ko", "de", "hi"]] * len(parallel)
    ids = [example.id for group in parallel for example in group]
    assert len(set(ids)) == len(ids) == 6 * 3 * PARAGRAPHS
    assert parallel[0].pivot.id == f"{parallel[0].pivot.parallel_id}.en"


def test_each_paragraph_asks_for_a_place_a_year_and_a_person() -> None:
    types = [question_type(example) for example in in_language("test", "ko")]
    assert types == ["place", "year", "person"] * PARAGRAPHS


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_is_one_of_three_candidates_of_its_type(language: str) -> None:
    examples = in_language("test", language)
    assert {len(candidates(example)) for example in examples} == {3}
    assert all(example.answers[0].text in candidates(example) for example in examples)
    assert type_matching_floor(examples) == pytest.approx(100 / 3)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_stands_once_in_its_paragraph(language: str) -> None:
    examples = in_language("train", language)
    assert {example.context.count(example.answers[0].text) for example in examples} == {1}


def test_translated_answers_are_the_same_name_or_number() -> None:
    forms = {name.written("en"): name for kind in KINDS for name in all_names(kind)}
    for group in sample_parallel("dev", paragraphs=PARAGRAPHS):
        if question_type(group.pivot) == "place":
            place = forms[group.pivot.answers[0].text]
            for language, translation in group.translations.items():
                assert translation.answers[0].text == place.written(language)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_names_are_written_differently_and_belong_to_one_split(kind: str, language: str) -> None:
    written = [{name.written(language) for name in names(split, kind)} for split in SPLITS]
    assert sum(map(len, written)) == len(set.union(*written)) == len(all_names(kind))
    assert all(len(names) > 15 for names in written)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_answer_or_subject_of_one_split_occurs_in_another(language: str) -> None:
    contexts = {split: " ".join(example.context for example in in_language(split, language)) for split in SPLITS}
    for split, other in itertools.permutations(SPLITS, 2):
        asked = [example for example in in_language(split, language) if question_type(example) != "year"]
        assert not [example.id for example in asked if example.answers[0].text in contexts[other]]


def test_no_question_of_one_split_is_asked_in_another() -> None:
    questions = [{example.question for example in in_language(split, "en")} for split in SPLITS]
    assert not set.intersection(*questions)
    assert sum(map(len, questions)) == len(set.union(*questions))


def test_unknown_split_is_refused() -> None:
    with pytest.raises(ValueError, match="`split` must be one of train, dev, test, but is 'valid' instead"):
        sample_parallel("valid")  # type: ignore[arg-type]


def test_negative_number_of_paragraphs_is_refused() -> None:
    with pytest.raises(ValueError, match="`paragraphs` must be 0 or more, but is -1 instead"):
        sample_parallel("train", paragraphs=-1)


def test_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="`language` must be one of en, zh, ja, ko, de, hi, but is 'fr' instead"):
        sample_examples("train", "fr", paragraphs=1)


def test_question_type_refuses_other_corpora() -> None:
    example = Example("1", "1", "", "a", "b", (), "en", "en", "squad")
    with pytest.raises(ValueError, match="`example` must be from the corpus 'sample', but '1' is from 'squad' instead"):
        question_type(example)


def test_floor_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="`examples` must hold at least one example, but is empty instead"):
        type_matching_floor([])
