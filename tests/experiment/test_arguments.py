"""The arguments of an experiment refuse what they cannot mean."""

from __future__ import annotations

import pytest

from hf_xlqa.experiment.arguments import DataArguments


def test_the_first_language_is_the_pivot_of_the_others() -> None:
    data = DataArguments(languages=["de", "en", "hi"])
    assert (data.pivot, list(data.translations)) == ("de", ["en", "hi"])


def test_the_sample_is_trained_on_where_no_corpus_is_named() -> None:
    assert DataArguments().train == ["sample"]
    assert DataArguments(parallel=["en=a.json"]).train == []
    assert DataArguments(train=["squad"]).train == ["squad"]


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("sample_translations", "gold, lexicon, wrong, none"),
        ("dataset_weights", "none, similarity"),
        ("on_defect", "raise, repair, drop"),
        ("outside", "cls, drop"),
        ("pair_each", "pair, all"),
    ],
)
def test_choices_of_the_data_list_what_is_valid(name: str, valid: str) -> None:
    with pytest.raises(ValueError, match=f"`{name}` must be one of {valid}, but is 'other' instead"):
        DataArguments(**{name: "other"})


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_all_articles_cannot_be_held_out(share: float) -> None:
    with pytest.raises(ValueError, match=rf"`held_out` must be in \[0, 1\), but is {share} instead"):
        DataArguments(held_out=share)


def test_weights_by_similarity_need_the_questions_to_be_similar_to() -> None:
    with pytest.raises(ValueError, match="`target_questions` must name a corpus where `dataset_weights` is similarity"):
        DataArguments(dataset_weights="similarity")
    assert DataArguments(dataset_weights="similarity", target_questions="mlqa/en").dataset_weights == "similarity"


@pytest.mark.parametrize("name", ["max_train_examples", "max_evaluation_examples"])
def test_no_examples_are_too_few(name: str) -> None:
    with pytest.raises(ValueError, match=f"`{name}` must be 1 or more, but is 0 instead"):
        DataArguments(**{name: 0})


def test_amounts_are_numbers_by_name() -> None:
    assert DataArguments(train_amounts=["drcd=1000", "squad=5"]).amounts == {"drcd": 1000, "squad": 5}
    assert DataArguments().amounts == {}


@pytest.mark.parametrize("given", [["drcd"], ["drcd=0"], ["=5"], ["drcd=many"], ["drcd=5", "drcd=6"]])
def test_what_is_no_amount_is_refused(given: list[str]) -> None:
    with pytest.raises(ValueError, match=r"`train_amounts` must be NAME=NUMBER, each name once, but is \['"):
        DataArguments(train_amounts=given)
