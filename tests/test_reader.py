"""Readers: the answers of an evaluation, one question or many, with translations of their own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_corpora import write_encoder
from tiny_qa import TOKENIZER, tiny_examples, tiny_features, tiny_model, tiny_set, tiny_trainer, tiny_xltt
from tiny_qanet import LANGUAGES, QANET_TOKENIZER, qanet_set, tiny_qanet
from translation.fakes import Upper

from hf_xlqa.alignment import align_windows
from hf_xlqa.corpora.sample import encoder_path, sample_examples
from hf_xlqa.corpora.squad_format import write_squad
from hf_xlqa.evaluation import EvaluationSet
from hf_xlqa.models import AdversarialForQuestionAnswering, DualBertConfig, DualBertForQuestionAnswering
from hf_xlqa.reader import CrossLingualReader
from hf_xlqa.reading import FoundAnswer, Reader, Reading
from hf_xlqa.schema import Example, Prediction, Span
from hf_xlqa.translation.backend import TranslationError
from hf_xlqa.translation.parallel_files import ParallelFiles

SIZES: dict[str, Any] = {"max_length": 32, "window_step": 12, "max_question_length": 8}
CONTEXT = "The river flows to the sea. It was built in Bonn by the old public."


def tiny_reader(model: Any = None, **options: Any) -> CrossLingualReader:
    return CrossLingualReader(model or tiny_model(), TOKENIZER, **{**SIZES, **options})


def found(predictions: Any) -> list[Any]:
    """What is compared: answers with offsets and scores, to the last digit."""
    return [(each.id, each.spans, each.null_score) for each in predictions]


def swapped(text: str) -> str:
    """A translation into known words."""
    return text.replace("Bonn", "Oslo").replace("river", "sea")


@pytest.mark.parametrize("batch", [1, 4, 64])
def test_answers_are_those_of_the_evaluation(tmp_path: Path, batch: int) -> None:
    evaluated = tiny_set(9)
    trainer = tiny_trainer(tmp_path, per_device_eval_batch_size=batch, n_best=5, max_answer_tokens=4)
    predictions = tiny_reader(batch_size=batch, n_best=5, max_answer_tokens=4).answer(evaluated.examples)
    assert found(predictions) == found(trainer.answer(evaluated))
    assert len(evaluated.features.windows) > 9 and len({each.text for each in predictions}) > 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_qanet_answers_as_in_its_evaluation(tmp_path: Path, language: str) -> None:
    evaluated = qanet_set(6, language=language)
    for model in (tiny_qanet(), AdversarialForQuestionAnswering.wrap(tiny_qanet(), discriminator_channels=8)):
        trainer = tiny_trainer(tmp_path, model=model, tokenizer=QANET_TOKENIZER, per_device_eval_batch_size=32)
        reader = CrossLingualReader(model, QANET_TOKENIZER, max_length=20, window_step=8, max_question_length=4)
        assert found(reader.answer(evaluated.examples)) == found(trainer.answer(evaluated))


def test_a_model_of_translations_reads_those_of_its_translators(tmp_path: Path) -> None:
    """As an evaluation on the same translations, window by window."""
    examples, model = tiny_examples(6), tiny_xltt()
    translated = [
        replace(each, context=swapped(each.context), answers=(), context_language="de", question_language="de")
        for each in examples
    ]
    features = tiny_features(examples)
    parallel = align_windows(features, {"de": tiny_features(translated), "zh": tiny_features([])})
    evaluated = EvaluationSet("toy/en", examples, features, language="en", metric="mlqa", parallel=parallel)
    expected = tiny_trainer(tmp_path, model=model, per_device_eval_batch_size=32).answer(evaluated)
    translator = Upper("en", "de", name="swap", function=swapped)
    predictions = tiny_reader(model, translators={"de": translator}).answer(examples)
    assert found(predictions) == found(expected)
    assert {tuple(each.translations.items()) for each in predictions} == {(("de", "swap"), ("zh", "copy"))}
    alone = tiny_reader(model).answer(examples)
    assert found(alone) == found(tiny_trainer(tmp_path, model=model, per_device_eval_batch_size=32).answer(tiny_set(6)))
    assert found(alone) != found(predictions) and alone[0].translations == {"de": "copy", "zh": "copy"}


def test_dual_bert_reads_its_one_translation(tmp_path: Path) -> None:
    torch.manual_seed(0)
    encoder, examples = tiny_model().config, tiny_examples(4, language="de")
    model = DualBertForQuestionAnswering(DualBertConfig(encoder_config=encoder, hidden_dropout=0.0)).eval()
    translated = [
        replace(each, context=swapped(each.context), answers=(), context_language="en", question_language="en")
        for each in examples
    ]
    features = tiny_features(examples)
    parallel = align_windows(features, {"en": tiny_features(translated)})
    evaluated = EvaluationSet("toy/de", examples, features, language="de", metric="mlqa", parallel=parallel)
    reader = tiny_reader(model, translators={"en": Upper("de", "en", name="swap", function=swapped)})
    predictions = reader.answer(examples)
    expected = tiny_trainer(tmp_path, model=model, per_device_eval_batch_size=32).answer(evaluated)
    assert found(predictions) == found(expected)
    assert predictions[0].translations == {"en": "swap"}
    assert tiny_reader(model)("Where?", CONTEXT).translations == {"en": "copy"}


def test_texts_are_translated_by_sentence_and_once() -> None:
    translator = Upper("en", "zh", function=swapped)
    reader = tiny_reader(tiny_xltt(), translators={"zh": translator})
    reading = reader([{"question": each, "context": CONTEXT} for each in ("Where?", "It?")])[0]
    assert sorted(translator.handed) == sorted([*CONTEXT.replace(". ", ".|").split("|"), "Where?", "It?"])
    assert reading.translations == {"de": "copy", "zh": "upper"}


def test_an_example_without_a_translation_in_the_files_says_so(tmp_path: Path) -> None:
    examples = tiny_examples(3)
    write_squad(tmp_path / "en.json", examples)
    write_squad(tmp_path / "de.json", tiny_examples(2, language="de", first_place=2))
    files = ParallelFiles(tmp_path / "en.json", tmp_path / "de.json", "en", "de")
    predictions = tiny_reader(tiny_xltt(), translators={"de": files}).answer(examples)
    assert [each.translations["de"] for each in predictions] == [files.name, files.name, "copy"]


def test_examples_of_one_parallel_id_are_read_with_their_own_translations() -> None:
    """The texts of a parallel corpus in several languages share theirs."""
    texts = [each.context for each in tiny_examples(3)]
    asked = [example("Where?", text) for text in texts]
    reader = tiny_reader(tiny_xltt(), translators={"de": Upper("en", "de", function=swapped)})
    together = [each.spans for each in reader.answer(asked)]
    assert together == [reader.answer([each])[0].spans for each in asked]


def test_one_question_gives_one_reading_and_many_a_list() -> None:
    reader = tiny_reader()
    reading = reader("Where?", CONTEXT)
    (span, *_), (answer, *_) = reader.answer([example("Where?", CONTEXT)])[0].spans, reading.answers
    assert (answer.text, answer.start, answer.end, answer.logit) == (span.text, span.start, span.end, span.score)
    assert reading.text == CONTEXT[answer.start : answer.end] and reading.translations == {}
    assert isinstance(reading.null_score, float)
    asked = [{"question": "Where?", "context": CONTEXT, "language": "zh"}, example("It?", CONTEXT)]
    first, second = reader(asked, top_k=2)
    assert first.text == reading.text and len(first.answers) == len(second.answers) == 2
    assert reader([]) == []


def test_scores_are_probabilities_among_the_answers_kept() -> None:
    spans = (Span("a", 0, 1, 2.0), Span("b", 2, 3, 1.0))
    reading = Reading.of(Prediction("1", spans, -3.0))
    assert [each.score for each in reading.answers] == pytest.approx([0.7310585786, 0.2689414214])
    assert Reading.of(Prediction("1", spans, -3.0), top_k=1).answers == reading.answers[:1]
    assert reading.answers[0] == FoundAnswer("a", 0, 1, reading.answers[0].score, 2.0)
    assert Reading.of(Prediction("1", ())) == Reading(()) and Reading(()).text == ""


def test_offsets_are_code_points_of_the_untouched_context() -> None:
    context = "\u3000𠮷野家 é — it was built in Bonn 🏯 by the river."
    for answer in tiny_reader()("Where?", context).answers:
        assert context[answer.start : answer.end] == answer.text


def test_a_saved_model_is_loaded_with_its_tokenizer(tmp_path: Path) -> None:
    tiny_model().save_pretrained(tmp_path)
    TOKENIZER.save_pretrained(tmp_path)
    reader = CrossLingualReader.from_pretrained(tmp_path, device="cpu", **SIZES)
    assert reader("Where?", CONTEXT) == tiny_reader()("Where?", CONTEXT)
    halved = CrossLingualReader.from_pretrained(tmp_path, device="cpu", dtype=torch.bfloat16, **SIZES)
    assert halved.model.dtype == torch.bfloat16
    assert halved("Where?", CONTEXT).answers[0].logit == pytest.approx(reader("Where?", CONTEXT).answers[0].logit, 0.1)


def test_any_language_is_read_with_the_embedded_encoder() -> None:
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    torch.manual_seed(0)
    model = AutoModelForQuestionAnswering.from_pretrained(encoder_path())
    reader = CrossLingualReader(model, AutoTokenizer.from_pretrained(encoder_path()))
    examples = [sample_examples("test", language)[0] for language in ("en", "zh", "hi")]
    for each, reading in zip(examples, reader(examples, top_k=3), strict=True):
        assert len(reading.answers) == 3
        assert all(each.context[answer.start : answer.end] == answer.text for answer in reading.answers)


def test_a_language_that_is_not_named_is_that_of_the_translators_or_the_tokenizer() -> None:
    assert tiny_reader().default_language == "und"
    assert tiny_reader(tiny_xltt(), translators={"de": Upper("hi", "de")}).default_language == "hi"
    assert CrossLingualReader(tiny_qanet(), QANET_TOKENIZER).default_language == "en"


def example(question: str, context: str) -> Example:
    return Example("x", "x", "", context, question, (), "en", "en", "toy")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"question": " ", "context": CONTEXT}, "`question` of question 0 must not be blank, but is ' ' instead"),
        ({"question": "Where?", "context": ""}, "`context` of question 0 must not be blank, but is '' instead"),
        ({"question": "Where?", "context": None}, "`context` of question 0 must be a text, but is None instead"),
        ({"question": 7, "context": CONTEXT}, "`question` of question 0 must be a text, but is 7 instead"),
        ({"question": "Where?"}, "`question` 0 must be an `Example` or have the keys question and context"),
        ({"question": "Where?", "context": "x", "lang": "de"}, "or have the keys question and context, and if need be"),
        (
            {"question": "Where " * 9, "context": CONTEXT},
            r"at most 8 tokens, but 1 of 1 have more instead, first 'Where .* raise `max_question_length`",
        ),
    ],
)
def test_what_cannot_be_read_is_refused(asked: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tiny_reader()([asked])


def test_calls_that_contradict_themselves_are_refused() -> None:
    reader = tiny_reader()
    with pytest.raises(ValueError, match="but 1 of 2 have more instead, first 'Is Is"):
        reader([{"question": question, "context": CONTEXT} for question in ("Where?", "Is " * 9)])
    with pytest.raises(ValueError, match="`context` and languages must stand beside each question of a sequence"):
        reader([{"question": "Where?", "context": CONTEXT}], language="de")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="`top_k` must be 1 or more, but is 0 instead"):
        reader("Where?", CONTEXT, top_k=0)
    with pytest.raises(ValueError, match="`batch_size` must be 1 or more, but is 0 instead"):
        tiny_reader(batch_size=0)


@pytest.mark.parametrize(
    "translators", [{"zh": Upper("en", "zh-Hant")}, {"zh": Upper("en", "zh"), "de": Upper("en-GB", "de")}]
)
def test_translators_may_say_script_or_region(translators: Any) -> None:
    assert (
        tiny_reader(tiny_xltt(), translators=translators)("Where?", CONTEXT, language="en").translations["zh"]
        == "upper"
    )


@pytest.mark.parametrize(
    ("model", "translators", "message"),
    [
        (tiny_xltt, {"ko": Upper("en", "ko")}, r"that the model reads \(de, zh\), but one is into 'ko' instead"),
        (tiny_model, {"ko": Upper("en", "ko")}, r"that the model reads \(none\), but one is into 'ko' instead"),
        (tiny_xltt, {"de": Upper("en", "zh")}, r"`translators\['de'\]` must translate into that language, but .* 'zh'"),
        (tiny_xltt, {"de": Upper("en", "de"), "zh": Upper("hi", "zh")}, "of one source language, but are of en, hi"),
    ],
)
def test_translators_of_no_use_are_refused(model: Any, translators: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tiny_reader(model(), translators=translators)


def test_a_question_in_another_language_than_the_translators_is_refused() -> None:
    reader = tiny_reader(tiny_xltt(), translators={"de": Upper("en", "de")})
    with pytest.raises(ValueError, match="`context_language` of example '0' must be en, but is hi instead"):
        reader("Where?", CONTEXT, language="hi")


def test_a_translator_that_fails_is_named_with_the_text() -> None:
    def translate(text: str) -> str:
        if "Lima" in text:
            raise MemoryError("no room")
        return text

    reader = tiny_reader(tiny_xltt(), translators={"de": Upper("en", "de", function=translate)})
    message = "`translate` of upper must return .* MemoryError: no room at example '2', .*Lima.*`CachedTranslator`"
    with pytest.raises(TranslationError, match=message) as raised:
        reader.answer(tiny_examples(6))
    assert isinstance(raised.value.__cause__, MemoryError)
    blank = tiny_reader(tiny_xltt(), translators={"de": Upper("en", "de", function=lambda text: "")})
    with pytest.raises(TranslationError, match=r"^1 of 1 examples \('0'\) cannot be translated: .* must not be blank"):
        blank("Where?", CONTEXT)


def test_revision_and_trust_are_those_of_tokenizer_and_model(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[Any] = []

    def load(name: str, **options: Any) -> Any:
        loaded.append((options["revision"], options["trust_remote_code"]))
        return (tiny_model(), {"missing_keys": []}) if "output_loading_info" in options else TOKENIZER

    for kind in ("AutoTokenizer", "AutoModelForQuestionAnswering"):
        monkeypatch.setattr(f"hf_xlqa.reader.{kind}.from_pretrained", load)
    CrossLingualReader.from_pretrained("xlqa/any", revision="v1", trust_remote_code=True, **SIZES)
    assert loaded == [("v1", True)] * 2


def test_an_answer_has_at_most_the_characters_that_are_allowed() -> None:
    """Where a language has no blanks between words."""
    short = tiny_reader(max_answer_characters=9)
    lengths = {
        language: max(len(each.text) for each in short("Where?", CONTEXT, language=language).answers)
        for language in ("en", "zh")
    }
    assert lengths["en"] > 9 >= lengths["zh"]


def test_models_that_cannot_answer_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match="`model` must be the folder of a question-answering model .* but is '.*empty'"
    ):
        (tmp_path / "empty").mkdir()
        CrossLingualReader.from_pretrained(tmp_path / "empty")
    with pytest.raises(ValueError, match="`model` must be the folder of a question-answering model"):
        CrossLingualReader.from_pretrained(tmp_path / "absent")
    encoder = write_encoder(tmp_path)
    with pytest.raises(ValueError, match="must be trained for question answering, but .* no weights for qa_outputs"):
        CrossLingualReader.from_pretrained(encoder)


def test_any_reader_can_be_called() -> None:
    """Only `answer` is its own."""

    class First(Reader):
        def answer(self, examples: Any) -> list[Prediction]:
            return [Prediction(each.id, (Span(each.context[0], 0, 1, 0.0),)) for each in examples]

    assert First()("Where?", CONTEXT).answers == (FoundAnswer("T", 0, 1, 1.0, 0.0),)
