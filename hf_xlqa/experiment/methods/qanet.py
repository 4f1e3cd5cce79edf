"""QANet with language-dependent layers on frozen word vectors (Lee & Lee 2019)."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import Any, ClassVar, cast, get_args

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from hf_xlqa.corpora.sample.dictionary import with_sample
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.evaluation_data import evaluation_examples
from hf_xlqa.experiment.methods.method import Method
from hf_xlqa.experiment.training_data import TrainingCorpus
from hf_xlqa.json_options import read_options
from hf_xlqa.messages import check_choice
from hf_xlqa.models import QANetConfig, QANetForCrossLingualQA
from hf_xlqa.schema import Example
from hf_xlqa.text import primary_language
from hf_xlqa.translation.dictionaries import BilingualDictionary, read_dictionary
from hf_xlqa.word_vectors import Vectors, Vocabulary, WordTable, build_table, build_vocabulary, read_vectors
from hf_xlqa.word_vectors.table import OutOfDictionary
from hf_xlqa.word_vectors.training import DIMENSION, train_vectors

logger = logging.getLogger(__name__)

_NETWORK = tuple(
    name
    for name in QANetConfig.__annotations__
    if name not in ("languages", "shared_encoder", "vocab_size", "character_vocab_size", "pad_token_id", "sep_token_id")
)
"""Fields of the configuration that arguments, corpora and tokenizer leave open."""


@dataclass
class QANet(Method):
    """A QANet from scratch: embedding encoders of each language or one for all, one reader for all.

    Its words are those of the training corpora and, because word vectors are looked up and not trained, those of
    the texts it is evaluated on, as is usual for QANet; golds are not looked at. Characters, whose vectors are
    trained, are those of the training corpora.

    Raises:
        ValueError: when `oov` is unknown, `network` is not a JSON object or sets what it cannot, or
            `vectors` or `dictionaries` are of another form, repeat a language or have several targets.
    """

    summary: ClassVar[str] = "QANet with language-dependent embedding encoders on frozen word vectors."

    vectors: list[str] = field(
        default_factory=list,
        metadata={
            "help": "Word vectors, LANGUAGE=FILE.vec; those of a language without a file are trained on the training "
            "corpora by fastText."
        },
    )
    dictionaries: list[str] = field(
        default_factory=list,
        metadata={
            "help": "Bilingual vectors: SOURCE-TARGET=FILE (MUSE or CC-CEDICT, {sample} the sample's lexicon). Words "
            "of the source take the target's vector of their translation."
        },
    )
    oov: str = field(default="own", metadata={"help": "Vector of source words without translation: own or unk."})
    min_count: int = field(default=1, metadata={"help": "Least number of occurrences of a word in the corpora."})
    max_words: int | None = field(default=None, metadata={"help": "Greatest number of words of the corpora."})
    language_dependent: bool = field(
        default=True, metadata={"help": "One embedding encoder a language; False for one that serves all."}
    )
    network: dict[str, Any] | str | None = field(
        default=None,
        metadata={"help": 'Fields of QANetConfig that differ, JSON on a command line: {"hidden_size": 64}.'},
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("oov", self.oov, get_args(OutOfDictionary))
        if isinstance(self.network, str):
            self.network = read_options("network", self.network)
        unknown = [name for name in self._fields if name not in _NETWORK]
        if unknown:
            raise ValueError(
                f"`network` must have keys of {', '.join(_NETWORK)}, but has {', '.join(unknown)} instead."
            )
        self._files = _by_key("vectors", "LANGUAGE=FILE", self.vectors)
        self._pairs = _by_key("dictionaries", "SOURCE-TARGET=FILE", self.dictionaries)
        _check_pairs(self._pairs)
        self._table: WordTable | None = None

    @property
    def base_model(self) -> str:
        """None: every weight starts anew."""
        return ""

    @property
    def found(self) -> Mapping[str, Any]:
        """How many words of each language have which vectors, once there is a tokenizer."""
        coverage = self._table.coverage if self._table is not None else {}
        return {"word_vectors": {language: asdict(each) for language, each in coverage.items()}}

    def tokenizer(
        self, corpora: Sequence[TrainingCorpus], data: DataArguments, held_out: Iterable[Example] = ()
    ) -> PreTrainedTokenizerBase:
        """The words of the corpora and of the texts to answer; lays out their vectors, too.

        Raises:
            ImportError: when vectors are to be trained and gensim is not installed.
            ValueError: when a file cannot be used, or the vectors do not go together, see `build_table`.
        """
        examples = list(chain.from_iterable(corpus.of_languages(data.languages) for corpus in corpora))
        vocabulary = build_vocabulary(examples, min_count=self.min_count, max_words=self.max_words)
        vocabulary = vocabulary.with_words_of(
            each for each in chain(held_out, evaluation_examples(data)) if _read_by(data.languages, each)
        )
        self._table = self._lay_out(vocabulary, examples)
        logger.info("word vectors of %s", str(self._table).replace("\n", "; "))
        return vocabulary.tokenizer(languages=list(data.languages))

    def model(self, tokenizer: PreTrainedTokenizerBase, data: DataArguments) -> PreTrainedModel:
        """A QANet with the word vectors of the tokenizer.

        Raises:
            RuntimeError: when `tokenizer` has not been called.
            ValueError: when a field of `network` is out of range or not as wide as the vectors.
        """
        if self._table is None:
            raise RuntimeError("`tokenizer` must be called before `model`, but has not been.")
        known: Any = tokenizer
        config = QANetConfig(
            languages=list(data.languages),
            shared_encoder=not self.language_dependent,
            vocab_size=known.vocab_size,
            character_vocab_size=known.character_vocab_size,
            **{"word_dim": self._table.matrix.shape[1], **self._fields},
        )
        model = QANetForCrossLingualQA(config)
        model.set_word_vectors(torch.from_numpy(self._table.matrix))
        return model

    @property
    def _fields(self) -> dict[str, Any]:
        return cast(dict[str, Any], self.network or {})

    def _lay_out(self, vocabulary: Vocabulary, examples: Sequence[Example]) -> WordTable:
        """The table of all words."""
        dictionaries = [_dictionary(pair, path) for pair, path in self._pairs.items()]
        target = dictionaries[0].target_language if dictionaries else None
        needed = dict.fromkeys(vocabulary.languages) | ({target: None} if target else {})
        if self.oov == "unk":
            needed = {code: None for code in needed if code not in {each.source_language for each in dictionaries}}
        vectors: dict[str, Vectors] = {}
        for code in sorted(needed, key=lambda code: code not in self._files):
            words = vocabulary.words_of(code, [each for each in dictionaries if each.target_language == code])
            # Files come first: the others are to be as wide as they are.
            width = next((each.dimension for each in vectors.values()), self._fields.get("word_dim", DIMENSION))
            vectors[code] = self._vectors(code, words, examples, width)
        return build_table(
            vocabulary, vectors, target_language=target, dictionaries=dictionaries, oov=cast(OutOfDictionary, self.oov)
        )

    def _vectors(self, language: str, words: Collection[str], examples: Sequence[Example], width: int) -> Vectors:
        if language in self._files:
            return read_vectors(self._files[language], words)
        return train_vectors(examples, language, words, dimension=width)


def _by_key(name: str, form: str, specs: Iterable[str]) -> dict[str, str]:
    """`KEY=FILE` specifications by key."""
    files: dict[str, str] = {}
    for spec in specs:
        key, _, path = spec.partition("=")
        if not (key and path) or key in files or ("-" in form and not all(key.partition("-"))):
            raise ValueError(f"`{name}` must be of the form {form}, each once, but have {spec!r} instead.")
        files[key] = path
    return files


def _check_pairs(pairs: Iterable[str]) -> None:
    named = [pair.split("-", 1) for pair in pairs]
    targets, sources = {primary_language(target) for _, target in named}, {source for source, _ in named}
    if len(targets) > 1 or len(sources) < len(named):
        raise ValueError(
            f"`dictionaries` must be one a source language, into one target, but are {', '.join(pairs)} instead."
        )


def _read_by(languages: Collection[str], example: Example) -> bool:
    return example.context_language in languages and example.question_language in languages


def _dictionary(pair: str, path: str) -> BilingualDictionary:
    """A dictionary into the language of a target that may name a script ("zh-Hant")."""
    source, target = pair.split("-", 1)
    found = read_dictionary(with_sample(path, source, target), source, target)
    return found._replace(target_language=primary_language(target))
