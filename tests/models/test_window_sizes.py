"""What models ask of the length of windows."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tiny_qa import TOKENIZER, tiny_model, tiny_xltt
from transformers import (
    BertConfig,
    BertForQuestionAnswering,
    ModernBertConfig,
    ModernBertForQuestionAnswering,
    PreTrainedModel,
    RobertaConfig,
    RobertaForQuestionAnswering,
    pipeline,
)

from hf_xlqa.models import DualBertConfig, DualBertForQuestionAnswering
from hf_xlqa.models.window_sizes import check_max_length, fixed_length
from hf_xlqa.reader import CrossLingualReader

TINY: dict[str, Any] = {
    "vocab_size": len(TOKENIZER),
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "pad_token_id": 0,
}
CONTEXT = "The river flows to the sea. It was built in Bonn by the old public. " * 2
SIZES: dict[str, Any] = {"max_length": 24, "window_step": 8, "max_question_length": 8}


def tiny_pipeline(model: PreTrainedModel, **options: Any) -> Any:
    make: Any = pipeline
    return make("xlqa-question-answering", model=model, tokenizer=TOKENIZER, device="cpu", **SIZES, **options)


@pytest.mark.parametrize(
    ("model", "longest"),
    [
        (BertForQuestionAnswering(BertConfig(**TINY, max_position_embeddings=20)), 20),
        (RobertaForQuestionAnswering(RobertaConfig(**TINY, max_position_embeddings=20)), 19),
    ],
)
def test_windows_are_as_long_as_a_model_has_positions(model: PreTrainedModel, longest: int) -> None:
    """The model itself reads as many tokens, and no more."""
    check_max_length(model, longest)
    model(input_ids=torch.full((1, longest), 5))
    with pytest.raises((IndexError, RuntimeError)):
        model(input_ids=torch.full((1, longest + 1), 5))
    message = f"`max_length` must be at most {longest}, the tokens that the model has positions for, but is "
    with pytest.raises(ValueError, match=f"{message}{longest + 1} instead"):
        check_max_length(model, longest + 1)
    with pytest.raises(ValueError, match=message):
        CrossLingualReader(model, TOKENIZER, **SIZES)
    with pytest.raises(ValueError, match=message):
        tiny_pipeline(model)(question="Where?", context=CONTEXT)


def test_models_without_a_table_of_positions_read_any_length() -> None:
    """The model itself reads more tokens than its configuration names."""
    torch.manual_seed(0)
    model = ModernBertForQuestionAnswering(ModernBertConfig(**TINY, max_position_embeddings=20)).eval()
    check_max_length(model, 60)
    with torch.no_grad():
        logits = model(input_ids=torch.arange(5, 65).unsqueeze(0) % len(TOKENIZER)).start_logits
    assert logits.shape == (1, 60) and logits.isfinite().all()


def unmasked() -> DualBertForQuestionAnswering:
    torch.manual_seed(3)
    encoder = BertConfig(**TINY, initializer_range=0.7)
    config = DualBertConfig.from_preset("released", encoder_config=encoder, initializer_range=0.7)
    model = DualBertForQuestionAnswering(config)
    model.eval()
    return model


def test_only_models_whose_answers_depend_on_padding_have_a_fixed_length() -> None:
    assert [fixed_length(model, 24) for model in (unmasked(), tiny_model(), tiny_xltt())] == [24, None, None]


def test_answers_do_not_depend_on_what_else_is_asked() -> None:
    """A short text alone, and beside one with longer windows, which would have padded it further."""
    model, short = unmasked(), {"question": "Where?", "context": "The river flows to Bonn."}
    asked = [short, {"question": "Where?", "context": CONTEXT}]
    reader = CrossLingualReader(model, TOKENIZER, **SIZES)
    pipe = tiny_pipeline(model, top_k=3)
    (alone,), (beside, _) = reader([short]), reader(asked)
    assert [each.text for each in alone.answers] == [each.text for each in beside.answers]
    logits = [each.logit for each in alone.answers]
    assert [each.logit for each in beside.answers] == pytest.approx(logits, abs=1e-4)
    assert max(logits) - min(logits) > 0.1
    for answers in (pipe(short), pipe(asked, batch_size=8)[0]):
        assert [each["score"] for each in answers] == pytest.approx(
            [each.score for each in alone.answers[:3]], rel=1e-3
        )
