"""An encoder trained through a linear map from the source's states into the target's (Hsu et al. 2019, A.2.1)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import islice
from typing import Any, ClassVar, cast

import torch
from transformers import AutoModelForQuestionAnswering, PreTrainedModel, PreTrainedTokenizerBase

from hf_xlqa import plugins
from hf_xlqa.analysis.linear_maps.linear_map import LinearMapper
from hf_xlqa.analysis.token_types import StateMap, TokenTypes, fit_state_map, mean_states
from hf_xlqa.corpora.catalog import load_corpus, parse_spec
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.methods.pretrained import PretrainedMethod
from hf_xlqa.experiment.training_data import TrainingCorpus
from hf_xlqa.experiment.training_windows import cut
from hf_xlqa.json_options import read_options
from hf_xlqa.messages import check_choice
from hf_xlqa.models import MappedForQuestionAnswering
from hf_xlqa.schema import Example

logger = logging.getLogger(__name__)

MAPS = "analysis.linear_maps"


@dataclass
class Mapped(PretrainedMethod):
    """A question-answering head on an encoder, whose states of the source pass a map at one layer.

    The map is found before training, by the mean states of the tokens of both languages: of the contexts that are
    trained on, in the first of `languages`, and of `target_texts`.

    Raises:
        ValueError: when the method is unknown, or `map_options` are no JSON object of its settings.
    """

    summary: ClassVar[str] = "A question-answering head, trained through a linear map into the target's states."

    linear_map: str = field(default="muse", metadata={"help": "muse, vecmap, dema or procrustes."})
    map_layer: int = field(default=-1, metadata={"help": "Which hidden state is mapped, -1 for the last."})
    target_texts: list[str] = field(
        default_factory=list,
        metadata={"help": "Corpora whose contexts show the target's states, NAME/LANGUAGE[=PATH], of one language."},
    )
    map_tokens: int = field(
        default=20_000, metadata={"help": "Most frequent tokens of either language that the map is found by."}
    )
    map_options: dict[str, Any] | str | None = field(
        default=None, metadata={"help": 'Settings of the method that differ, JSON on a command line: {"epochs": 2}.'}
    )
    identical_pairs: bool = field(
        default=False, metadata={"help": "Whether tokens of both languages are pairs of translations to the method."}
    )
    centre_states: bool = field(
        default=True, metadata={"help": "Whether the map takes the mean of the source's states to the target's."}
    )
    trainable_map: bool = field(default=False, metadata={"help": "Whether the map is trained with the model."})
    map_batch_size: int = field(default=32, metadata={"help": "Windows in a batch while states are read."})

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("linear_map", self.linear_map, plugins.names(MAPS))
        if isinstance(self.map_options, str):
            self.map_options = read_options("map_options", self.map_options)
        valid = [each.name for each in fields(plugins.find(MAPS, self.linear_map))]
        unknown = [name for name in self.map_options or {} if name not in valid]
        if unknown:
            raise ValueError(
                f"`map_options` must have keys of {', '.join(valid)}, but has {', '.join(unknown)} instead."
            )
        self._contexts: list[Example] = []
        self._state_map: StateMap | None = None

    @property
    def found(self) -> Mapping[str, Any]:
        """By how many tokens the map was found, and how near it brings the languages."""
        if self._state_map is None:
            return {}
        told = self._state_map
        return {"state_map": {"tokens": told.tokens, "shared": told.shared, "similarity": told.similarity}}

    def tokenizer(
        self, corpora: Sequence[TrainingCorpus], data: DataArguments, held_out: Iterable[Example] = ()
    ) -> PreTrainedTokenizerBase:
        """The tokenizer of the encoder; keeps the contexts whose states are to be mapped."""
        pivot = data.pivot
        examples = (each for corpus in corpora for each in corpus.of_languages(data.languages))
        self._contexts = _contexts(each for each in examples if each.context_language == pivot)
        return super().tokenizer(corpora, data, held_out)

    def model(self, tokenizer: PreTrainedTokenizerBase, data: DataArguments) -> PreTrainedModel:
        """The encoder with its head and the map.

        Raises:
            ValueError: when there are no texts of either language, those of the target are of several languages or of
                the source, or the map cannot be found.
        """
        source, target = data.pivot, self._target(data.pivot)
        if not self._contexts:
            raise ValueError(f"`train` must have contexts in {source}, whose states are mapped, but has none instead.")
        model = AutoModelForQuestionAnswering.from_pretrained(self.encoder_name, **self.loading_options)
        languages = list(dict.fromkeys([source, target, *data.languages]))
        mapped: Any = MappedForQuestionAnswering.wrap(
            model,
            languages=languages,
            layer=self.map_layer,
            bias=self.centre_states,
            trainable=self.trainable_map,
        )
        texts = _contexts(each for spec in self.target_texts for each in _read(spec, data.max_train_examples))
        spaces = [self._types(model, examples, tokenizer, data) for examples in (self._contexts, texts)]
        mapper = plugins.find(MAPS, self.linear_map)(**cast(dict[str, Any], self.map_options or {}))
        self._state_map = self._fit(mapper, *spaces)
        mapped.set_map(self._state_map.matrix, self._state_map.bias)
        return cast(PreTrainedModel, mapped)

    def _target(self, source: str) -> str:
        languages = list(dict.fromkeys(parse_spec(spec).context_language for spec in self.target_texts))
        if len(languages) != 1 or languages[0] in (None, source):
            raise ValueError(
                f"`target_texts` must be of one language other than {source}, as in drcd/zh, "
                f"but are {', '.join(self.target_texts) or 'none'} instead."
            )
        return str(languages[0])

    def _types(
        self,
        model: PreTrainedModel,
        examples: Sequence[Example],
        tokenizer: PreTrainedTokenizerBase,
        data: DataArguments,
    ) -> TokenTypes:
        windows = cut(examples, tokenizer, data).windows
        found = mean_states(model, windows, tokenizer, layer=self.map_layer, batch_size=self.map_batch_size)
        return found.most_frequent(self.map_tokens)

    def _fit(self, mapper: LinearMapper, source: TokenTypes, target: TokenTypes) -> StateMap:
        found = fit_state_map(
            mapper,
            source,
            target,
            centre=self.centre_states,
            identical_pairs=self.identical_pairs,
            seed=torch.initial_seed(),  # that of the run
        )
        logger.info(
            "%s by %d and %d tokens, %d of them in both: mean cosine to the nearest %.3f before, %.3f after",
            *(type(mapper).__name__, *found.tokens, found.shared, *found.similarity),
        )
        return found


def _contexts(examples: Iterable[Example]) -> list[Example]:
    """One example of every context."""
    return list({each.context: each for each in examples}.values())


def _read(spec: str, most: int | None) -> Iterable[Example]:
    return islice(load_corpus(spec, require_answers=False), most)
