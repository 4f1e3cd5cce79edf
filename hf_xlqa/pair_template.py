"""How a tokenizer joins question and context: the special tokens around them, their types, and [CLS]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

_PROBE = "1 a 一"


@dataclass(frozen=True)
class PairTemplate:
    """`before` question `between` context `after`, e.g. [CLS] question [SEP] context [SEP].

    Args:
        special_ids: ids of the special tokens of the three places, end to end.
        special_types: their token types.
        special_splits: (4,) boundaries of the three places in `special_ids`.
        question_type: token type of question tokens.
        context_type: token type of context tokens.
        cls_place: 0, 1 or 2 where [CLS] stands before, between or after.
        cls_offset: index of [CLS] in its place.
        special_characters: (special tokens, C) characters of the special tokens, if the tokenizer gives characters.
    """

    special_ids: NDArray[np.int32]
    special_types: NDArray[np.int32]
    special_splits: NDArray[np.int64]
    question_type: int
    context_type: int
    cls_place: int
    cls_offset: int
    special_characters: NDArray[np.int32] | None

    @classmethod
    def probe(cls, tokenizer: PreTrainedTokenizerBase) -> Self:
        """Read the template off one encoded pair.

        Raises:
            ValueError: when the tokenizer has no offsets (no fast backend and no attribute `returns_offsets`),
                makes no tokens of letters and digits, or its pairs have no [CLS] (nor a beginning-of-text
                token) to point unanswerable windows at.
        """
        if not (tokenizer.is_fast or getattr(tokenizer, "returns_offsets", False)):
            raise ValueError(
                f"`tokenizer` must be a fast tokenizer, whose tokens have offsets, but is {type(tokenizer).__name__} "
                "instead; load it with `AutoTokenizer.from_pretrained(name)` from a folder with tokenizer.json."
            )
        pair = tokenizer(_PROBE, _PROBE, return_token_type_ids=True, padding=False, truncation=False)
        ids = np.array(pair["input_ids"], np.int32)
        types = np.array(pair["token_type_ids"], np.int32)
        sources = np.array([-1 if source is None else source for source in pair.sequence_ids(0)])
        question, context = np.flatnonzero(sources == 0), np.flatnonzero(sources == 1)
        if not len(question):
            raise ValueError(f"`tokenizer` must make tokens of {_PROBE!r}, but makes none instead; is it trained?")
        place = np.searchsorted([question[0], context[0]], np.arange(len(ids)), side="right")
        special = sources == -1
        splits = np.searchsorted(place[special], np.arange(4))
        at = _find_cls(tokenizer, ids[special])
        return cls(
            special_ids=ids[special],
            special_types=types[special],
            special_splits=splits,
            question_type=int(types[question[0]]),
            context_type=int(types[context[0]]),
            cls_place=int(place[special][at]),
            cls_offset=at - int(splits[place[special][at]]),
            special_characters=np.array(pair["character_ids"], np.int32)[special] if "character_ids" in pair else None,
        )


def _find_cls(tokenizer: PreTrainedTokenizerBase, special_ids: NDArray[np.int32]) -> int:
    """Index of [CLS], or else of the beginning-of-text token, among the special tokens of a pair."""
    for token_id in (tokenizer.cls_token_id, tokenizer.bos_token_id):
        found = np.flatnonzero(special_ids == token_id)
        if token_id is not None and len(found):
            return int(found[0])
    raise ValueError(
        f"`tokenizer` must put a [CLS] token into its pairs, but {type(tokenizer).__name__} adds "
        f"{tokenizer.convert_ids_to_tokens(special_ids.tolist())} instead; give it a `cls_token` and a post-processor."
    )
