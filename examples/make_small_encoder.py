"""Make a small encoder with bilingual word vectors from unlabelled texts, where no pretrained encoder is at hand.

    python examples/make_small_encoder.py --corpora en=squadshifts.json zh=train.zh.json en=train.en.json \\
        --parallel zh=train.zh.json en=train.en.json --output_dir outputs/small_encoder

A WordPiece vocabulary, and skip-gram vectors of its pieces (Mikolov et al. 2013) from the texts and from translations
woven into each other, so that words of a pair are neighbours (after Vulić & Moens 2015). The layers are those of
ConvBERT (Jiang et al. 2020), not trained: their queries equal their keys, so that each word looks for its like first.
Questions and answers are never read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gensim.models import Word2Vec
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing
from tokenizers.trainers import WordPieceTrainer
from torch import nn
from transformers import ConvBertConfig, ConvBertModel, HfArgumentParser, PreTrainedTokenizerFast

from hf_xlqa.corpora.parallel import parallel
from hf_xlqa.corpora.squad_format import read_examples

SPECIAL_TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


@dataclass
class Options:
    corpora: list[str] = field(metadata={"help": "LANGUAGE=PATH, whose contexts are read."})
    output_dir: Path = field(default=Path("outputs/small_encoder"), metadata={"help": "Folder of the encoder."})
    parallel: list[str] = field(
        default_factory=list,
        metadata={"help": "LANGUAGE=PATH, joined by question id, whose contexts are translations of each other."},
    )
    simplified: list[str] = field(
        default_factory=list, metadata={"help": "Paths among the corpora to convert to traditional characters."}
    )
    vocabulary_size: int = 10_000
    max_length: int = field(default=512, metadata={"help": "Greatest length of an input, in tokens."})
    hidden_size: int = 128
    intermediate_size: int = 256
    layers: int = 4
    heads: int = 4
    window: int = field(default=8, metadata={"help": "How far two pieces may be apart to predict each other."})
    epochs: int = field(default=12, metadata={"help": "How often the texts are read."})
    woven: int = field(default=3, metadata={"help": "How often a pair of translations is read where a text is once."})
    seed: int = 0


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


def translated(specs: Sequence[str]) -> list[tuple[str, ...]]:
    """The different contexts of parallel corpora with their translations."""
    files = dict(spec.split("=", 1) for spec in specs)
    groups = parallel(files, on_defect="repair", require_answers=False, missing="drop") if files else []
    together = dict.fromkeys(tuple(each.context for each in group) for group in groups)
    return [each for each in together if all(text.strip() for text in each)]


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
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")],
    )
    tokenizer.decoder = decoders.WordPiece()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=options.max_length,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
        **{f"{token[1:-1].lower()}_token": token for token in SPECIAL_TOKENS},
    )


def weave(texts: Sequence[Sequence[str]]) -> list[str]:
    """The pieces of a text and its translations as one text, each at its share of the length."""
    placed = [((place + 0.5) / len(text), piece) for text in texts for place, piece in enumerate(text)]
    return [piece for _, piece in sorted(placed, key=lambda each: each[0])]


def train_vectors(
    sentences: Sequence[Sequence[str]], vocabulary: Sequence[str], options: Options
) -> NDArray[np.float32]:
    """A vector a piece, (vocabulary, hidden), centred and of length 1; random ones for pieces that no text has."""
    model = Word2Vec(
        vector_size=options.hidden_size, window=options.window, min_count=1, sg=1, negative=10, seed=options.seed
    )
    model.build_vocab(sentences)
    model.workers = 1  # the same texts and seed give the same vectors
    model.train(sentences, total_examples=len(sentences), epochs=options.epochs)
    vectors = np.random.default_rng(options.seed).standard_normal((len(vocabulary), options.hidden_size))
    known = [place for place, piece in enumerate(vocabulary) if piece in model.wv]
    trained = model.wv[[vocabulary[place] for place in known]]
    vectors[known] = trained - trained.mean(axis=0)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@torch.no_grad()
def build_encoder(tokenizer: PreTrainedTokenizerFast, vectors: NDArray[np.float32], options: Options) -> ConvBertModel:
    """The encoder with its word vectors, all else as it starts."""
    config = ConvBertConfig(
        vocab_size=len(tokenizer),
        hidden_size=options.hidden_size,
        embedding_size=options.hidden_size,
        num_hidden_layers=options.layers,
        num_attention_heads=options.heads,
        intermediate_size=options.intermediate_size,
        max_position_embeddings=options.max_length,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=0.06,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = ConvBertModel(config)
    embeddings: Any = model.embeddings
    embeddings.word_embeddings.weight.copy_(torch.from_numpy(vectors))
    embeddings.position_embeddings.weight.mul_(0.1)
    embeddings.token_type_embeddings.weight.normal_(std=options.hidden_size**-0.5)
    layers: Any = model.encoder.layer
    for layer in layers:
        attention = layer.attention.self
        attention.key.weight.copy_(nn.init.orthogonal_(attention.query.weight))
    return model


def main() -> None:
    (options,) = HfArgumentParser(Options).parse_args_into_dataclasses()  # type: ignore[arg-type]
    torch.manual_seed(options.seed)
    texts = [text for spec in options.corpora for text in contexts(spec, options)]
    pairs = translated(options.parallel)
    tokenizer = build_tokenizer(texts, options)
    sentences = [tokenizer.tokenize(text) for text in texts]
    sentences += options.woven * [weave([tokenizer.tokenize(text) for text in group]) for group in pairs]
    vectors = train_vectors(sentences, tokenizer.convert_ids_to_tokens(list(range(len(tokenizer)))), options)
    build_encoder(tokenizer, vectors, options).save_pretrained(options.output_dir)
    tokenizer.save_pretrained(options.output_dir)
    print(f"{len(texts):,} texts and {len(pairs):,} translations; the encoder is in {options.output_dir}")


if __name__ == "__main__":
    main()
