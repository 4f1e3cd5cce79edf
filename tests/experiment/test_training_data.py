"""Training corpora: nothing is lost without a count, and no article is on both sides of a split."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tiny_corpora import TOWNS, article, questions_of, write_articles, write_language
from tiny_tokenizers import tiny_tokenizer

from hf_xlqa.corpora.findings import CorpusError
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.training_data import (
    TrainingCorpus,
    parse_parallel,
    read_training_corpora,
    split_by_article,
    take_amounts,
)
from hf_xlqa.experiment.training_windows import training_windows
from hf_xlqa.leaks import LeakWarning
from hf_xlqa.schema import Answer, Example, ParallelExample

TOKENIZER = tiny_tokenizer("bert")


def arguments(**options: Any) -> DataArguments:
    return DataArguments(**{"max_length": 128, "window_step": 48, "max_question_length": 32, **options})


def files(folder: Path, *languages: str) -> list[str]:
    """Specifications of parallel files with all bridges."""
    return [f"{language}={write_language(folder, language)}" for language in languages]


def example(number: int, title: str) -> ParallelExample:
    context = f"{title} is number {number}."
    answer = Answer(str(number), context.index(str(number)))
    return ParallelExample(Example(f"{number}", f"{number}", title, context, "Which?", (answer,), "en", "en", "toy"))


def test_parallel_specifications_are_grouped_by_name() -> None:
    specs = ["en=a.json", "ja=b=c.json", "squad:en=C:\\a.json", "squad:ko=d.json"]
    assert parse_parallel(specs) == {
        "parallel": {"en": "a.json", "ja": "b=c.json"},
        "squad": {"en": "C:\\a.json", "ko": "d.json"},
    }


@pytest.mark.parametrize("spec", ["a.json", "en=", "=a.json", "squad:=a.json"])
def test_a_specification_of_another_form_is_refused(spec: str) -> None:
    with pytest.raises(ValueError, match=r"`parallel` must be of the form \[NAME:\]LANGUAGE=PATH, but is '"):
        parse_parallel([spec])


def test_two_files_of_one_language_are_refused() -> None:
    with pytest.raises(ValueError, match="`parallel` must name one file a language, but has two for 'en': 'en=b'"):
        parse_parallel(["en=a", "en=b"])


def test_articles_are_held_out_whole_whatever_their_order() -> None:
    examples = [example(number, f"Title {number % 40}") for number in range(200)]
    shuffled = random.Random(0).sample(examples, len(examples))
    kept, held_out = split_by_article(examples, 0.25)
    assert {each.pivot.id for each in split_by_article(shuffled, 0.25)[1]} == {each.pivot.id for each in held_out}
    assert not {each.pivot.title for each in kept} & {each.pivot.title for each in held_out}
    assert len(kept) + len(held_out) == 200
    assert 0 < len({each.pivot.title for each in held_out}) < 20
    more = {each.pivot.id for each in split_by_article(examples, 0.5)[1]}
    assert {each.pivot.id for each in held_out} < more


def test_a_smaller_amount_is_part_of_every_larger_one_whatever_the_order() -> None:
    examples = [example(number, f"Title {number % 10}") for number in range(200)]
    toy = TrainingCorpus("toy", examples, Counter({"no_golds": 3}))
    other = TrainingCorpus("other", examples[:5])
    small, untouched = take_amounts([toy, other], {"toy": 50})
    (large,) = take_amounts([toy], {"toy": 120})
    (shuffled,) = take_amounts([TrainingCorpus("toy", examples[::-1])], {"toy": 50})
    chosen = [each.pivot.id for each in small.examples]
    assert len(chosen) == 50 and chosen == sorted(chosen, key=int) != [str(number) for number in range(50)]
    assert [each.pivot.id for each in shuffled.examples] == chosen[::-1]
    assert set(chosen) < {each.pivot.id for each in large.examples}
    assert len({each.pivot.title for each in small.examples}) == 10
    assert small.dropped == {"no_golds": 3, "beyond the amount asked for": 150}
    assert (toy.dropped, untouched) == ({"no_golds": 3}, other)


def test_texts_without_labels_stay_whole_beside_labelled_ones_of_their_name() -> None:
    examples = [example(number, "T") for number in range(4)]
    texts = TrainingCorpus("toy", examples, labelled=False)
    labelled, whole = take_amounts([TrainingCorpus("toy", examples), texts], {"toy": 1})
    assert (len(labelled.examples), whole) == (1, texts)
    (alone,) = take_amounts([texts], {"toy": 1})
    assert len(alone.examples) == 1


def test_an_amount_that_there_is_not_is_refused() -> None:
    toy = TrainingCorpus("toy", [example(number, "T") for number in range(4)])
    (whole,) = take_amounts([toy], {"toy": 4})
    assert whole.examples == toy.examples
    with pytest.raises(
        ValueError, match="`train_amounts` of toy must be at most 4, which there are .* but is 5 instead"
    ):
        take_amounts([toy], {"toy": 5})
    with pytest.raises(ValueError, match="`train_amounts` must be of toy, but is of drcd, squad instead"):
        take_amounts([toy], {"squad": 1, "toy": 1, "drcd": 1})


def test_a_context_without_a_title_is_an_article() -> None:
    examples = [example(number, "") for number in range(100)]
    kept, held_out = split_by_article(examples, 0.5)
    assert kept and held_out
    assert split_by_article(examples, 0.0) == (examples, [])


def test_parallel_files_are_joined_by_id_in_the_languages_asked_for(tmp_path: Path) -> None:
    (corpus,) = read_training_corpora(
        arguments(languages=["en", "ko"], parallel=["bridges:" + each for each in files(tmp_path, "en", "ja", "ko")])
    )
    assert (corpus.name, corpus.dropped) == ("bridges", {})
    assert len(corpus.examples) == 2 * len(TOWNS)
    assert all(set(each.translations) == {"ko"} for each in corpus.examples)
    assert corpus.examples[0].translations["ko"].answers[0].text == TOWNS[0]["ko"]


@pytest.fixture
def broken(tmp_path: Path) -> list[str]:
    """A pivot with one unusable gold, Japanese without one article, Korean with a gold that is not in its context."""
    english = [article(number, "en") for number in range(4)]
    questions_of(english)["3-when"]["answers"][0] = {"text": "never said", "answer_start": -1}
    korean = [article(number, "ko") for number in range(4)]
    questions_of(korean)["2-where"]["answers"][0] = {"text": "never said", "answer_start": 3}
    return [
        f"en={write_articles(tmp_path / 'en.json', english)}",
        f"ja={write_language(tmp_path, 'ja', [1, 2, 3])}",
        f"ko={write_articles(tmp_path / 'ko.json', korean)}",
    ]


def test_whatever_is_left_out_is_counted_up_to_the_record(broken: list[str]) -> None:
    data = arguments(languages=["en", "ja", "ko"], parallel=broken)
    corpora = read_training_corpora(data)
    windows, (use,) = training_windows(corpora, TOKENIZER, data, parallel=True)
    assert (use.examples, len(windows)) == (7, 7)  # type: ignore[arg-type]
    assert use.dropped == {
        "pivot without a usable gold": 1,
        "missing in ja": 2,
        "negative_offset/absent in en": 1,
        "wrong_offset/absent in ko": 1,
        "windows without a parallel window in ja": 2,
    }


def test_joint_training_takes_every_language_that_has_a_gold(broken: list[str]) -> None:
    data = arguments(languages=["en", "ja", "ko"], parallel=broken)
    _, (use,) = training_windows(read_training_corpora(data), TOKENIZER, data, parallel=False)
    # Of 7 questions with a gold in English: 5 in Japanese, 6 in Korean.
    assert use.examples == 7 + 5 + 6
    assert use.dropped["wrong_offset/absent in ko"] == 1
    assert (use.languages, use.licence, use.hub_id) == (("en", "ja", "ko"), "not stated", None)


def test_what_is_left_out_is_counted_where_only_the_first_examples_are_taken(broken: list[str]) -> None:
    (corpus,) = read_training_corpora(arguments(languages=["en", "ko"], parallel=broken, max_train_examples=6))
    assert len(corpus.examples) == 6
    assert corpus.dropped == {"wrong_offset/absent in ko": 1}


def test_a_translation_whose_question_the_pivot_lacks_is_counted(tmp_path: Path) -> None:
    specs = [f"en={write_language(tmp_path, 'en', range(3))}", f"ja={write_language(tmp_path, 'ja', range(4))}"]
    (corpus,) = read_training_corpora(arguments(languages=["en", "ja"], parallel=specs))
    assert (len(corpus.examples), corpus.dropped) == (6, {"missing in en": 2})


def test_defects_are_raised_where_the_arguments_say_so(broken: list[str]) -> None:
    with pytest.raises(CorpusError, match="ko.json: `answer_start` of '2-where' must be where"):
        read_training_corpora(arguments(languages=["en", "ko"], parallel=broken, on_defect="raise"))


def test_the_pivot_needs_a_file(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match="`parallel` corpus parallel must have a file in the pivot language 'en'.* ja, ko"
    ):
        read_training_corpora(arguments(languages=["en", "ja", "ko"], parallel=files(tmp_path, "ja", "ko")))


def test_files_in_languages_that_are_not_trained_on_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    read_training_corpora(arguments(languages=["en", "ko"], parallel=files(tmp_path, "ja", "en", "ko")))
    assert "parallel: files in ja are not read, which `languages` lack" in caplog.text


@pytest.mark.parametrize(("given", "others"), [(["en", "ja"], "ja"), (["en"], "no other")])
def test_the_pivot_alone_is_no_parallel_corpus(tmp_path: Path, given: list[str], others: str) -> None:
    with pytest.raises(
        ValueError, match=rf"must have files in two of en, ko \(`languages`\) or more, but has one in en and {others} "
    ):
        read_training_corpora(arguments(languages=["en", "ko"], parallel=files(tmp_path, *given)))


def test_a_pivot_without_any_gold_is_refused(tmp_path: Path) -> None:
    english = [article(0, "en")]
    for question in questions_of(english).values():
        question["answers"][0]["text"] = "never said"
    specs = [f"en={write_articles(tmp_path / 'en.json', english)}", f"ja={write_language(tmp_path, 'ja', [0])}"]
    with pytest.raises(ValueError, match="`parallel` must hold examples with a gold, but holds none instead"):
        read_training_corpora(arguments(languages=["en", "ja"], parallel=specs))


def test_a_corpus_of_the_catalog_is_read_from_a_path_with_its_licence(tmp_path: Path) -> None:
    articles = [article(number, "en") for number in range(3)]
    questions_of(articles)["1-when"]["answers"] = []
    data = arguments(languages=["en", "ko"], train=[f"squad={write_articles(tmp_path / 'squad.json', articles)}"])
    _, (use,) = training_windows(read_training_corpora(data), TOKENIZER, data, parallel=False)
    assert (use.name, use.languages, use.licence, use.examples) == ("squad", ("en",), "CC BY-SA 4.0", 5)
    assert (use.hub_id, use.dropped) == ("rajpurkar/squad", {"no_golds": 1})


def test_a_limit_is_for_each_corpus(tmp_path: Path) -> None:
    data = arguments(
        train=["sample", f"bridges/en={write_language(tmp_path, 'en')}"], languages=["en"], max_train_examples=4
    )
    sample, bridges = read_training_corpora(data)
    assert (sample.name, len(sample.examples), bridges.name, len(bridges.examples)) == ("sample", 4, "bridges", 4)


def test_one_name_is_one_corpus(tmp_path: Path) -> None:
    specs = [f"bridges/{language}={write_language(tmp_path, language)}" for language in ("en", "ko")]
    data = arguments(train=specs, languages=["en", "ko"])
    _, (use,) = training_windows(read_training_corpora(data), TOKENIZER, data, parallel=False)
    assert (use.languages, use.examples) == (("en", "ko"), 4 * len(TOWNS))


def test_a_corpus_without_the_languages_is_refused() -> None:
    data = arguments(languages=["de"])
    corpora = [TrainingCorpus("toy", [example(0, "T")])]
    with pytest.raises(ValueError, match="`toy` must have examples in de, but has none instead"):
        training_windows(corpora, TOKENIZER, data, parallel=False)


@pytest.mark.parametrize("parallel", [True, False])
def test_windows_carry_the_weight_of_their_corpus(tmp_path: Path, parallel: bool) -> None:
    """Bridges are what the target asks about, so their weight is the larger; both sum to 1."""
    strangers = [article(number, "en") for number in range(2)]
    for question in questions_of(strangers).values():
        question["question"] = "Who sings in this opera?"
    data = arguments(
        languages=["en"],
        train=[
            f"bridges/en={write_language(tmp_path, 'en', range(3))}",
            f"opera/en={write_articles(tmp_path / 'opera.json', strangers)}",
        ],
        dataset_weights="similarity",
        target_questions=f"xquad/en={write_language(tmp_path, 'en', range(3))}",
    )
    windows, uses = training_windows(read_training_corpora(data), TOKENIZER, data, parallel=parallel)
    weights = [windows[row]["sample_weight"] for row in range(len(windows))]  # type: ignore[arg-type]
    assert [use.examples for use in uses] == [6, 4]
    assert weights[:6] == [weights[0]] * 6 and weights[6:] == [weights[6]] * 4
    assert weights[0] > weights[6]
    assert weights[0] + weights[6] == pytest.approx(1)


def test_weights_that_look_at_test_questions_warn_of_the_leak(tmp_path: Path) -> None:
    data = arguments(
        languages=["en"],
        train=[f"bridges/en={write_language(tmp_path, 'en', range(2))}"],
        dataset_weights="similarity",
        target_questions="sample/en",
        target_split="test",
    )
    with pytest.warns(LeakWarning, match="target questions are from the split `test`"):
        windows, _ = training_windows(read_training_corpora(data), TOKENIZER, data, parallel=False)
    assert windows[0]["sample_weight"] == 1.0


@pytest.mark.parametrize(
    "option", [{"train": ["sample/en=a.json"]}, {"parallel": ["sample:en=a.json", "sample:ja=b.json"]}]
)
def test_no_file_goes_by_the_name_of_the_sample(option: dict[str, list[str]]) -> None:
    with pytest.raises(ValueError, match="`sample` must be the embedded corpus, but is 'a.json' instead"):
        read_training_corpora(arguments(languages=["en", "ja"], **option))
