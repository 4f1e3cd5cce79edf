"""The pipeline: the reader's answers, by the transformers call, with the library and without."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from models.harness import WITHOUT_THE_LIBRARY, foreign_imports
from tiny_qa import TOKENIZER, tiny_examples, tiny_model, tiny_xltt
from tiny_qanet import LANGUAGES, QANET_TOKENIZER, tiny_qanet
from tiny_tokenizers import FAMILIES, SENTENCES
from tiny_tokenizers import tiny_tokenizer as trained_tokenizer
from transformers import AutoConfig, BertConfig, BertForQuestionAnswering, pipeline

from hf_xlqa.models import AdversarialForQuestionAnswering
from hf_xlqa.reader import CrossLingualReader

TASK = "xlqa-question-answering"
SIZES: dict[str, Any] = {"max_length": 20, "window_step": 8, "max_question_length": 4}
CONTEXT = "The river flows to the sea. It was built in Bonn by the old public."


def tiny_pipeline(model: Any, tokenizer: Any = TOKENIZER, **options: Any) -> Any:
    return pipeline(TASK, model=model.eval(), tokenizer=tokenizer, device="cpu", **{**SIZES, **options})


def model_for(tokenizer: Any) -> BertForQuestionAnswering:
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        type_vocab_size=3,
        initializer_range=0.5,
    )
    model = BertForQuestionAnswering(config)
    # Without positions a token has the same logits wherever padding puts its row.
    model.bert.embeddings.position_embeddings.weight.data.zero_()
    return model


def assert_same(given: list[Any], readings: list[Any]) -> None:
    """Texts and offsets are equal in their order, and scores to rounding, which depends on the padding of a batch."""
    for answers, reading in zip(given, readings, strict=True):
        assert [(each["answer"], each["start"], each["end"]) for each in answers] == [
            (each.text, each.start, each.end) for each in reading.answers
        ]
        expected = [each.score for each in reading.answers]
        assert [each["score"] for each in answers] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("batch_size", [1, 4])
@pytest.mark.parametrize("family", FAMILIES)
def test_answers_are_the_readers_with_every_tokenizer(family: str, batch_size: int) -> None:
    tokenizer = trained_tokenizer(family)
    model = model_for(tokenizer)
    contexts = [" ".join(SENTENCES), "  " + "\u3000".join(SENTENCES[3:6]) + " 🏯\n", "A café."]
    asked = [{"question": "Wo?", "context": context} for context in contexts]
    sizes = {"max_length": 40, "window_step": 12, "max_question_length": 10}
    readings = CrossLingualReader(model, tokenizer, **sizes)(asked, top_k=9)
    given = tiny_pipeline(model, tokenizer, **sizes)(asked, top_k=9, batch_size=batch_size)
    assert_same(given, readings)
    assert len(given[0]) == 9


def test_limits_of_answers_are_the_readers() -> None:
    asked = [{"question": each.question, "context": each.context} for each in tiny_examples(8)]
    limits = {"n_best": 5, "max_answer_tokens": 2}
    readings = CrossLingualReader(tiny_model(), TOKENIZER, **SIZES, **limits)(asked, top_k=3)
    assert_same(tiny_pipeline(tiny_model(), **limits)(asked, top_k=3), readings)


@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("wrapped", [False, True])
def test_qanet_answers_in_the_language_that_is_named(wrapped: bool, batch_size: int) -> None:
    model: Any = tiny_qanet()
    if wrapped:
        model = AdversarialForQuestionAnswering.wrap(model, discriminator_channels=8)
    asked = [
        {"question": each.question, "context": each.context, "language": language, "question_language": other}
        for language, other in (LANGUAGES, LANGUAGES[::-1], ("de", None))
        for each in tiny_examples(4)
    ]
    readings = CrossLingualReader(model, QANET_TOKENIZER, **SIZES)(asked, top_k=5)
    assert_same(tiny_pipeline(model, QANET_TOKENIZER)(asked, top_k=5, batch_size=batch_size), readings)
    assert readings[3] != readings[7] != readings[11]


def test_one_question_gives_one_answer_unless_more_are_wanted() -> None:
    pipe = tiny_pipeline(tiny_model())
    best = pipe(question="Where?", context=CONTEXT)
    assert set(best) == {"answer", "start", "end", "score"}
    assert best["answer"] == CONTEXT[best["start"] : best["end"]] and 0 < best["score"] < 1
    several = pipe({"question": "Where?", "context": CONTEXT}, top_k=3)
    assert several[0] == best and len(several) == 3
    assert pipe(question="Where?", context=CONTEXT, language="en") == best
    assert list(pipe(each for each in [{"question": "Where?", "context": CONTEXT}] * 2)) == [best, best]
    assert pipe([]) == []


def test_a_context_without_tokens_has_no_answer() -> None:
    tokenizer = trained_tokenizer("bert")
    pipe = tiny_pipeline(model_for(tokenizer), tokenizer)
    blank = "\u200b"  # the tokenizer takes it away
    assert pipe(question="Wo?", context=blank) == {"answer": "", "start": 0, "end": 0, "score": 0.0}
    assert pipe(question="Wo?", context=blank, top_k=2) == []


def test_a_model_of_translations_says_that_it_read_none() -> None:
    model = tiny_xltt()
    reading = CrossLingualReader(model, TOKENIZER, **SIZES)("Where?", CONTEXT)
    best = tiny_pipeline(model)(question="Where?", context=CONTEXT)
    assert (best["answer"], best["translations"]) == (reading.text, {"de": "copy", "zh": "copy"})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"question": " ", "context": CONTEXT}, "`question` must not be blank, but is ' ' instead"),
        ({"question": "Where?"}, "`context` must be a text, but is None instead"),
        ({"inputs": "Where?"}, "`inputs` must have the keys question and context"),
        (
            {"inputs": {"question": "a", "context": "b", "lang": "c"}},
            "`inputs` must have the keys question and context",
        ),
        ({"inputs": {}, "context": CONTEXT}, "`inputs` must be None where `question` and `context` are given"),
        ({"question": "Where ? " * 3, "context": CONTEXT}, "`question` must have at most 4 tokens .* has 6 instead"),
        ({"question": "a", "context": "b", "window_step": 14}, "`window_step` must be at most 13, the context tokens"),
        ({"question": "a", "context": "b", "top_k": 0}, "`top_k` must be 1 or more, but is 0 instead"),
    ],
)
def test_what_cannot_be_read_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tiny_pipeline(tiny_model())(**call)


def test_a_model_that_has_diverged_is_refused() -> None:
    model = tiny_model()
    model.qa_outputs.bias.data.fill_(torch.nan)
    with pytest.raises(ValueError, match="Logits must be finite, but are not in a window of 'The river flows"):
        tiny_pipeline(model)(question="Where?", context=CONTEXT)


ELSEWHERE = """
import json
from transformers import pipeline
task, home, asked, *folders = sys.argv[1:]
sizes = {"max_length": 20, "window_step": 8, "max_question_length": 4, "top_k": 4}
answers = {}
for folder in folders:
    pipe = pipeline(task, model=home + folder, trust_remote_code=True, device="cpu")
    pipe.save_pretrained(home + folder + "_again")
    again = pipeline(model=home + folder + "_again", trust_remote_code=True, device="cpu")
    answers[folder] = [each(json.loads(asked), **sizes) for each in (pipe, again)]
assert not any(module.partition(".")[0] == "hf_xlqa" for module in sys.modules)
print(json.dumps(answers))
"""


def answered_elsewhere(home: Path, folders: list[str], asked: Any) -> dict[str, list[Any]]:
    """What checkpoints answer where the library is not installed, before and after they are saved there."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_") and key != "PYTHONPATH"}
    process = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_LIBRARY + ELSEWHERE, TASK, f"{home}/", json.dumps(asked), *folders],
        env=kept | {"HF_HOME": str(home / "cache"), "HF_HUB_OFFLINE": "1"},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return dict(json.loads(process.stdout.splitlines()[-1]))


def test_it_travels_with_checkpoints(tmp_path: Path) -> None:
    """Our models bring it by themselves, those of the Hub where a pipeline or a reader saves them."""
    readers = {
        "qanet": CrossLingualReader(tiny_qanet(), QANET_TOKENIZER, **SIZES),
        "xltt": CrossLingualReader(tiny_xltt(), TOKENIZER, **SIZES),
        "encoder": CrossLingualReader(tiny_model(), TOKENIZER, **SIZES),
    }
    for kind, reader in readers.items():
        if kind == "encoder":
            reader.save_pretrained(tmp_path / kind)
        else:
            reader.model.save_pretrained(tmp_path / kind)
            reader.tokenizer.save_pretrained(tmp_path / kind)
        assert list(foreign_imports(tmp_path / kind)) == (["qanet_words.py: import jieba"] if kind == "qanet" else [])
    asked = [{"question": each.question, "context": each.context} for each in tiny_examples(3)]
    answers = answered_elsewhere(tmp_path, list(readers), asked)
    for kind, reader in readers.items():
        first, again = answers[kind]
        assert_same(first, reader(asked, top_k=4))
        assert again == first


def test_loading_leaves_a_configuration_that_can_be_saved(tmp_path: Path) -> None:
    CrossLingualReader(tiny_model(), TOKENIZER).save_pretrained(tmp_path)
    pipe = pipeline(TASK, model=str(tmp_path), trust_remote_code=True, device="cpu")
    pipe.model.config.save_pretrained(tmp_path / "again")
    saved = AutoConfig.from_pretrained(tmp_path / "again").custom_pipelines
    assert saved == {
        TASK: {
            "impl": "pipeline_xlqa.CrossLingualQuestionAnsweringPipeline",
            "pt": ["AutoModelForQuestionAnswering"],
        }
    }
