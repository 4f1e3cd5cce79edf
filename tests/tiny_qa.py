"""A tiny question-answering task for tests of the trainer: examples, windows, model, trainer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertForQuestionAnswering, PreTrainedTokenizerFast

from hf_xlqa.alignment import align_windows
from hf_xlqa.collator import WindowCollator
from hf_xlqa.evaluation import EvaluationSet
from hf_xlqa.features import PreparedFeatures, prepare_features
from hf_xlqa.models.configuration_xltt import XLTTConfig
from hf_xlqa.models.modeling_xltt import XLTTForQuestionAnswering
from hf_xlqa.schema import Answer, Example
from hf_xlqa.task_similarity import with_weights
from hf_xlqa.trainer import CrossLingualQATrainer
from hf_xlqa.training_args import CrossLingualQATrainingArguments

_PLACES = ["Dresden", "Bonn", "Lima", "Oslo", "Riga", "Quito", "Accra", "Turin"]
_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
_WORDS = [
    "The",
    "river",
    "flows",
    "to",
    "the",
    "sea",
    ".",
    "It",
    "was",
    "built",
    "in",
    "by",
    "old",
    "public",
    "Where",
    "?",
]


def tiny_tokenizer(**options: Any) -> PreTrainedTokenizerFast:
    """A tokenizer of whole words. It is written out, not trained: training differs from process to process."""
    vocabulary = {word: index for index, word in enumerate([*_SPECIAL, *_WORDS, *_PLACES])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
        **options,
    )


TOKENIZER = tiny_tokenizer()


def tiny_examples(count: int, *, language: str = "en", first_place: int = 0) -> list[Example]:
    """Questions on contexts of different lengths, so that some have several windows."""
    examples = []
    for row in range(count):
        place = _PLACES[(row + first_place) % len(_PLACES)]
        before = "The river flows to the sea. " * (row % 4)
        context = f"{before}It was built in {place} by the old public."
        answer = Answer(place, context.rindex(place))
        examples.append(Example(f"{row}", f"{row}", "", context, "Where?", (answer,), language, language, "toy"))
    return examples


def tiny_features(examples: list[Example]) -> PreparedFeatures:
    """Windows of at most 32 tokens."""
    return prepare_features(examples, TOKENIZER, max_length=32, window_step=12, max_question_length=8)


def tiny_set(count: int, *, name: str = "toy/en", language: str = "en") -> EvaluationSet:
    """An evaluation set scored by the MLQA rule."""
    examples = tiny_examples(count, language=language)
    return EvaluationSet(name, examples, tiny_features(examples), language=language, metric="mlqa")


def tiny_model(*, dropout: float = 0.0) -> BertForQuestionAnswering:
    """A model of the Hub's kind, the same at every call."""
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(TOKENIZER),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
    )
    return BertForQuestionAnswering(config)


def tiny_xltt() -> XLTTForQuestionAnswering:
    """A model that reads German and Chinese beside its pivot and computes its own loss."""
    torch.manual_seed(0)
    encoder = BertConfig(
        vocab_size=len(TOKENIZER),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    return XLTTForQuestionAnswering(
        XLTTConfig(encoder_config=encoder, parallel_languages=["de", "zh"], hidden_dropout=0.0)
    )


def tiny_trainer(
    folder: Path | str,
    *,
    windows: Any = None,
    model: Any = None,
    dropout: float = 0.0,
    sets: Any = None,
    data_collator: Any = None,
    tokenizer: Any = TOKENIZER,
    **options: Any,
) -> CrossLingualQATrainer:
    """A trainer on 12 windows in batches of 4, for 6 steps, without dropout and reports, unless `options` say else."""
    settings: dict[str, Any] = {
        "per_device_train_batch_size": 4,
        "max_steps": 6,
        "learning_rate": 0.1,
        "optim": "sgd",
        "logging_steps": 2,
        "save_strategy": "no",
        "report_to": [],
        "use_cpu": True,
        "disable_tqdm": True,
        **options,
    }
    return CrossLingualQATrainer(
        model or tiny_model(dropout=dropout),
        CrossLingualQATrainingArguments(output_dir=str(folder), **settings),
        train_dataset=windows if windows is not None else tiny_features(tiny_examples(12)).windows.select(range(12)),
        eval_dataset=sets,
        data_collator=data_collator,
        processing_class=tokenizer,
    )


def tiny_parallel_trainer(folder: Path | str, **options: Any) -> CrossLingualQATrainer:
    """A trainer of `tiny_xltt` on windows with German and Chinese beside them, of weight 0.5."""
    pivot = tiny_features(tiny_examples(10))
    translations = {
        language: tiny_features(tiny_examples(10, language=language, first_place=1)) for language in ("de", "zh")
    }
    return tiny_trainer(
        folder,
        model=tiny_xltt(),
        windows=with_weights(align_windows(pivot, translations), 0.5),
        data_collator=WindowCollator(TOKENIZER, languages=("de", "zh")),
        **options,
    )


def weights_of(trainer: CrossLingualQATrainer) -> dict[str, torch.Tensor]:
    """A copy of the weights the model holds."""
    return {name: tensor.clone() for name, tensor in trainer.model.state_dict().items()}
