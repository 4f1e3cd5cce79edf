"""Train a small encoder from the unlabelled texts of corpora, where no pretrained one is at hand.

    python examples/pretrain_small_encoder.py --corpora en=squadshifts.json zh=train.zh.json en=train.en.json \
        --parallel zh=train.zh.json en=train.en.json --output_dir outputs/small_encoder

The WordPiece vocabulary is learned from the same texts. Questions and answers are never read. Selections are sentences
with one span masked before the text they stand in; where the span is told again elsewhere, often without the
sentence itself (recurring span selection, Ram et al. 2021). Pairs are neighbouring or translated pieces of text.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing
from tokenizers.trainers import WordPieceTrainer
from transformers import AutoModel, HfArgumentParser, ModernBertForMaskedLM, PreTrainedTokenizerFast

from hf_xlqa.corpora.parallel import parallel
from hf_xlqa.corpora.sample import encoder_path
from hf_xlqa.corpora.squad_format import read_examples
from hf_xlqa.experiment.encoder_pretraining import Pretraining, PretrainingOptions, Selection, new_model, train
from hf_xlqa.text import Unit, units

SPECIAL_TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
_LONG = 4
_SENTENCE = re.compile(r"[^。！？!?]+?(?:[。！？!?]+|\.(?=\s)|$)\s*")


@dataclass
class Options(PretrainingOptions):
    """Where the texts are, how they are cut, what the encoder is and how it learns."""

    corpora: list[str] = field(kw_only=True, metadata={"help": "LANGUAGE=PATH, whose contexts are read"})
    parallel: list[str] = field(
        default_factory=list, metadata={"help": "LANGUAGE=PATH, joined by question id, whose contexts are translations"}
    )
    simplified: list[str] = field(
        default_factory=list, metadata={"help": "paths among the corpora to convert to traditional characters"}
    )
    layers_of: str | None = field(
        default=None,
        metadata={"help": "folder of an encoder of this shape whose layers it starts with; sample is the embedded one"},
    )
    vocabulary_size: int = 10_000
    max_length: int = field(default=512, metadata={"help": "greatest length that the tokenizer allows"})
    text_units: int = field(default=110, metadata={"help": "greatest length of a text, in words or Chinese characters"})
    pair_units: int = field(default=40, metadata={"help": "length of each text of a pair, likewise"})
    sentence_units: int = field(default=24, metadata={"help": "greatest length of a masked sentence, likewise"})
    span_units: int = field(default=6, metadata={"help": "greatest length of a masked span, likewise"})
    forgotten: float = field(default=0.3, metadata={"help": "share of a masked sentence's words that are left out"})
    recurring: float = field(default=0.5, metadata={"help": "how often a sentence whose span recurs leaves its text"})
    asked_first: float = field(default=0.5, metadata={"help": "how often the mask moves to the sentence's beginning"})


def build_tokenizer(texts: Sequence[str], options: Options) -> PreTrainedTokenizerFast:
    """A lower-case WordPiece tokenizer as BERT's, Chinese characters apart, with the vocabulary of the texts."""
    tokenizer = Tokenizer(WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer(strip_accents=False, lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    trainer = WordPieceTrainer(
        vocab_size=options.vocabulary_size,
        limit_alphabet=options.vocabulary_size // 2,
        special_tokens=SPECIAL_TOKENS,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")],
    )
    tokenizer.decoder = decoders.WordPiece()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=options.max_length,
        model_input_names=["input_ids", "attention_mask"],
        **{f"{token[1:-1].lower()}_token": token for token in SPECIAL_TOKENS},
    )


def contexts(spec: str, options: Options) -> list[str]:
    """The different contexts of a corpus, LANGUAGE=PATH, that are not blank."""
    language, _, path = spec.partition("=")
    reader = read_examples(path, language=language, corpus="unlabelled", on_defect="repair", require_answers=False)
    texts = list(dict.fromkeys(example.context for example in reader if example.context.strip()))
    if path not in options.simplified:
        return texts
    from opencc import OpenCC

    converter = OpenCC("s2t")
    return [converter.convert(text) for text in texts]


def selections(texts: Sequence[str], options: Options, rng: random.Random) -> Iterator[Selection]:
    """Endless masked sentences, each with its text."""
    while True:
        if made := selection(_piece(rng.choice(texts), options.text_units, rng), options, rng):
            yield made


def selection(text: str, options: Options, rng: random.Random) -> Selection | None:
    """A sentence of the text with a span masked, and where the text tells what was masked; None for want of a span."""
    sentence = rng.choice(list(_SENTENCE.finditer(text)))
    words = list(units(text, *sentence.span()))
    size = rng.randint(1, options.span_units)
    first = rng.randrange(len(words)) if words else 0
    span = words[first : first + size]
    if not (span and all(word.text.isalnum() for word in span) and _tells(span[0].text) and _tells(span[-1].text)):
        return None
    start, end = span[0].start, span[-1].end
    said = text[start:end]
    outside = text[: sentence.start()] + text[sentence.end() :]
    asked = _masked(text, words, (first, first + len(span)), options, rng)
    if len(said) > 1 and said in outside and rng.random() < options.recurring:
        start = outside.index(said)
        return Selection(asked, outside, start, start + len(said))
    return Selection(asked, text, start, end)


def _tells(word: str) -> bool:
    """Whether a span may begin or end with a word: no short one in small letters, which are mostly function words."""
    return len(word) >= _LONG or not word.islower()


def _masked(text: str, words: list[Unit], hidden: tuple[int, int], options: Options, rng: random.Random) -> str:
    """The words around a span, some left out, with the mask in its place or before them."""
    reach = options.sentence_units // 2
    before = [word for word in words[max(0, hidden[0] - reach) : hidden[0]] if rng.random() >= options.forgotten]
    after = [word for word in words[hidden[1] : hidden[1] + reach] if rng.random() >= options.forgotten]
    parts = [" ".join(word.text for word in part) for part in (before, after)]
    order = ["[MASK]", *parts] if rng.random() < options.asked_first else [parts[0], "[MASK]", parts[1]]
    return " ".join(order)


def pairs(
    texts: Sequence[str], translated: Sequence[tuple[str, ...]], options: Options, rng: random.Random
) -> Iterator[tuple[str, str]]:
    """Endless pairs: pieces of a text in two languages from about the same place, in turn with neighbours."""
    while True:
        if translated:
            place, (first, second) = rng.random(), rng.sample(rng.choice(translated), 2)
            yield _piece_at(first, options.pair_units, place), _piece_at(second, options.pair_units, place)
        text = _piece(rng.choice(texts), 2 * options.pair_units, rng)
        yield text[: len(text) // 2], text[len(text) // 2 :]


def _piece(text: str, length: int, rng: random.Random) -> str:
    return _piece_at(text, length, rng.random())


def _piece_at(text: str, length: int, place: float) -> str:
    """As many units of a text, from the share `place` of where they can begin."""
    words = _words(text)
    first = int(place * max(0, len(words) - length + 1))
    chosen = words[first : first + length]
    return text[chosen[0].start : chosen[-1].end]


@cache
def _words(text: str) -> list[Unit]:
    return list(units(text))


def take_layers(model: ModernBertForMaskedLM, folder: str | Path) -> None:
    """Start with the layers of another encoder of the same shape, whose vocabulary may be another."""
    weights = AutoModel.from_pretrained(folder).state_dict()
    missing = model.model.load_state_dict(
        {name: weight for name, weight in weights.items() if not name.startswith("embeddings.tok")}, strict=False
    )
    if missing.missing_keys != ["embeddings.tok_embeddings.weight"]:
        raise ValueError(f"`layers_of` must have all layers, but {folder} lacks {missing.missing_keys}.")


def main() -> None:
    (options,) = HfArgumentParser(Options).parse_args_into_dataclasses()  # type: ignore[arg-type]
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    rng = random.Random(options.seed)
    texts = [text for spec in options.corpora for text in contexts(spec, options)]
    files = dict(spec.split("=", 1) for spec in options.parallel)
    groups = parallel(files, on_defect="repair", require_answers=False, missing="drop") if files else []
    together = dict.fromkeys(tuple(each.context for each in group) for group in groups)
    translated = [each for each in together if all(text.strip() for text in each)]
    tokenizer = build_tokenizer(texts, options)
    model = new_model(options, tokenizer)
    if options.layers_of is not None:
        take_layers(model, encoder_path() if options.layers_of == "sample" else options.layers_of)
    training = Pretraining(model, options, tokenizer)
    count = sum(weight.numel() for weight in training.model.model.parameters())
    print(f"{len(texts):,} texts, {len(translated):,} translated; {count:,} weights in the encoder")
    train(training, selections(texts, options, rng), pairs(texts, translated, options, rng))


if __name__ == "__main__":
    main()
