"""Fast tokenizers of every family that matters here, trained in a moment on a few sentences."""

from __future__ import annotations

from functools import cache
from typing import Any

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

SENTENCES = [
    "The river Elbe rises in the mountains and flows through Dresden to the sea.",
    "Who built the old bridge, and when was it opened to the public?",
    "Die Brücke über die Elbe wurde im Jahre 1875 für den Verkehr geöffnet.",
    "易北河发源于山区，流经德累斯顿，最后注入北海。这座桥是谁建造的？",
    "エルベ川は山地に源を発し、ドレスデンを流れて北海に注ぐ。",
    "엘베강은 산에서 시작하여 드레스덴을 지나 바다로 흐른다.",
    "एल्बे नदी पहाड़ों से निकलती है और समुद्र में गिरती है।",
    "A café near the bridge sells tea, cakes and postcards of the river.",
]
FAMILIES = ("bert", "bert_lowercase", "roberta", "modernbert", "xlm_roberta", "deberta", "xlnet")
_SENTENCEPIECE = {"cls_token": "<s>", "sep_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
_BRACKETS = {"cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]"}
_XLNET = {"cls_token": "<cls>", "sep_token": "<sep>", "pad_token": "<pad>", "unk_token": "<unk>"}


@cache
def _trained(family: str) -> str:
    """JSON of a trained tokenizer."""
    names = special_tokens(family)
    special = list(names.values())
    tokenizer = _BUILDERS[family](names)
    trainer: Any
    if family.startswith("bert"):
        trainer = trainers.WordPieceTrainer(vocab_size=420, special_tokens=special, show_progress=False)
    elif family in ("roberta", "modernbert"):
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(
            vocab_size=420, special_tokens=special, initial_alphabet=alphabet, show_progress=False
        )
    else:
        trainer = trainers.UnigramTrainer(
            vocab_size=300, special_tokens=special, unk_token=names["unk_token"], show_progress=False
        )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    tokenizer.post_processor = _post_processor(family, tokenizer)
    return str(tokenizer.to_str())


def special_tokens(family: str) -> dict[str, str]:
    """The special tokens of a family by their role."""
    if family in ("roberta", "xlm_roberta"):
        return _SENTENCEPIECE
    return _XLNET if family == "xlnet" else _BRACKETS


def tiny_tokenizer(family: str, **options: Any) -> PreTrainedTokenizerFast:
    """A new tokenizer of a family; options go to its constructor, e.g. padding_side."""
    inputs = ["input_ids", "attention_mask"]
    if family in ("bert", "bert_lowercase", "deberta", "xlnet"):
        inputs.insert(1, "token_type_ids")
    side = "left" if family == "xlnet" else "right"
    settings = {"model_input_names": inputs, "padding_side": side, **special_tokens(family), **options}
    return PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(_trained(family)), **settings)


def _wordpiece(names: dict[str, str], *, lowercase: bool) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token=names["unk_token"]))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def _byte_level(normalizer: Any) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return tokenizer


def _unigram(normalizer: Any, *, split_first: bool) -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizer
    metaspace = pre_tokenizers.Metaspace()
    steps = [pre_tokenizers.WhitespaceSplit(), metaspace] if split_first else [metaspace]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
    return tokenizer


_BUILDERS: dict[str, Any] = {
    "bert": lambda names: _wordpiece(names, lowercase=False),
    "bert_lowercase": lambda names: _wordpiece(names, lowercase=True),
    "roberta": lambda names: _byte_level(None),
    "modernbert": lambda names: _byte_level(normalizers.NFC()),
    "xlm_roberta": lambda names: _unigram(normalizers.NFKC(), split_first=True),
    "deberta": lambda names: _unigram(normalizers.NFKC(), split_first=False),
    "xlnet": lambda names: _unigram(
        normalizers.Sequence([normalizers.NFKD(), normalizers.StripAccents()]), split_first=False
    ),
}


def _post_processor(family: str, tokenizer: Tokenizer) -> Any:
    names = special_tokens(family)
    cls, sep = ((names[role], tokenizer.token_to_id(names[role])) for role in ("cls_token", "sep_token"))
    if family == "roberta":
        return processors.RobertaProcessing(sep, cls, trim_offsets=True, add_prefix_space=False)
    if family == "xlnet":
        pair = f"$A:0 {sep[0]}:0 $B:1 {sep[0]}:1 {cls[0]}:2"
    elif family == "xlm_roberta":
        pair = f"{cls[0]}:0 $A:0 {sep[0]}:0 {sep[0]}:0 $B:0 {sep[0]}:0"
    else:
        pair = f"{cls[0]}:0 $A:0 {sep[0]}:0 $B:1 {sep[0]}:1"
    return processors.TemplateProcessing(single=f"{cls[0]} $A {sep[0]}", pair=pair, special_tokens=[cls, sep])
