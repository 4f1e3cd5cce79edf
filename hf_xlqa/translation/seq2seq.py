"""Translation by the sequence-to-sequence checkpoints of transformers: Marian, NLLB, M2M100, mBART-50, T5."""

from __future__ import annotations

import copy
import logging
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, LogitsProcessor, LogitsProcessorList, MBartTokenizer

from hf_xlqa.messages import check_choice
from hf_xlqa.translation.backend import TranslationError, check_positive, shown
from hf_xlqa.translation.batching import token_batches
from hf_xlqa.translation.distributed import process_state
from hf_xlqa.translation.fingerprint import folder_fingerprint
from hf_xlqa.translation.source_texts import SourceTexts

logger = logging.getLogger(__name__)

_SPARE_TOKENS = 16
_USUAL_LIMIT = 512
_UNFINISHED = "translations ended by the length limit"
_DTYPES = ("auto", "float32", "float16", "bfloat16")


class Seq2Seq:
    """Translates by a checkpoint of `AutoModelForSeq2SeqLM`.

    Texts are sorted by length and translated in batches of about as many tokens each; the padding
    does not change a translation. A text above the limit of the checkpoint is translated in parts
    (`SourceTexts`). When the accelerator's memory does not suffice, batches are halved from there on.
    Wrap it in `DistributedTranslator` to share the texts among processes. Everything else about
    generating (length penalty, forbidden tokens) is as the checkpoint says.

    Args:
        model: id on the Hub, or folder.
        source_language: ISO 639-1 code, with script or region where it matters; see `languages`.
        target_language: likewise.
        revision: branch, tag or commit on the Hub.
        prefix: text put before every text, such as T5's "translate English to German: ".
        batch_tokens: source tokens of a batch, with padding.
        num_beams: 1 for greedy search.
        max_source_tokens: the most tokens of a text; None for the limit of the checkpoint, 512 where it has none.
        max_new_tokens: the most tokens of a translation; None for that limit.
        max_length_ratio: a translation is ended at this many tokens for each of its source, and 16 more.
        dtype: of the weights; "auto" is bfloat16 (float16 where there is none) on a GPU, else float32.
        device: None for this process's own, as accelerate says.

    Raises:
        ValueError: when an option is out of range, or the checkpoint does not know a language.
        OSError: when the checkpoint can be neither fetched nor found.
    """

    def __init__(
        self,
        model: str | Path,
        source_language: str,
        target_language: str,
        *,
        revision: str | None = None,
        prefix: str = "",
        batch_tokens: int = 4096,
        num_beams: int = 4,
        max_source_tokens: int | None = None,
        max_new_tokens: int | None = None,
        max_length_ratio: float = 3.0,
        dtype: str = "auto",
        device: str | torch.device | None = None,
    ) -> None:
        check_positive(
            batch_tokens=batch_tokens,
            num_beams=num_beams,
            max_source_tokens=max_source_tokens,
            max_new_tokens=max_new_tokens,
            max_length_ratio=max_length_ratio,
        )
        self.source_language = source_language
        self.target_language = target_language
        self.batch_tokens = batch_tokens
        self.device = torch.device(device) if device else process_state().device
        chosen = _dtype(dtype, self.device)
        tokenizer, loaded = _load(model, revision, chosen)
        self.model: Any = loaded.to(self.device).eval()
        limit = _limit(self.model.config, tokenizer)
        self._texts = SourceTexts(
            tokenizer,
            source_language,
            target_language,
            prefix=prefix,
            max_tokens=min(max_source_tokens or limit, limit),
        )
        self._max_new_tokens = min(max_new_tokens or limit, limit) - 1
        self._max_length_ratio = max_length_ratio
        self._generation = _generation(self.model, tokenizer, self._texts.first_token, num_beams)
        self._is_first_forced = self._generation.forced_bos_token_id is not None
        options = {
            "beams": num_beams,
            "dtype": str(chosen).removeprefix("torch."),
            "tokens": f"{self._texts.max_tokens}-{self._max_new_tokens}",
            "ratio": max_length_ratio,
            "prefix": prefix,
        }
        written = " ".join(f"{name}={value}" for name, value in options.items() if value != "")
        self.name = f"seq2seq:{_identity(model, self.model.config)} {written}"

    @classmethod
    def from_spec(cls, argument: str, source_language: str, target_language: str) -> Seq2Seq:
        """The translator of "seq2seq:MODEL" or "seq2seq:MODEL@REVISION"."""
        model, _, revision = argument.partition("@")
        return cls(model, source_language, target_language, revision=revision or None)

    @property
    def counts(self) -> Counter[str]:
        """How many texts were translated in parts, and how many translations were ended by the length limit."""
        return self._texts.counts

    def translate(self, texts: Sequence[str]) -> list[str]:
        """The translation of each text, in the order of the texts; blank texts stand for themselves.

        Raises:
            TranslationError: when the memory does not suffice for one text.
        """
        return self._texts.translate(texts, self._translate_tokens)

    def _translate_tokens(self, tokens: Sequence[list[int]]) -> list[str]:
        lengths = [len(each) for each in tokens]
        batches = token_batches(lengths, self.batch_tokens)
        translations: dict[int, str] = {}
        while batches:
            batch = batches.pop(0)
            outputs = self._generate([tokens[row] for row in batch])
            if outputs is not None:
                translations.update(zip(batch, outputs, strict=True))
                continue
            if len(batch) == 1:
                text = shown(self._decode(tokens[batch[0]]))
                raise TranslationError(
                    f"`text` must fit in the memory of {self.device}, but {lengths[batch[0]]} tokens do not: {text}; "
                    "lower `max_source_tokens` or `num_beams`."
                )
            self.batch_tokens = lengths[batch[0]] * len(batch) // 2
            logger.warning("out of memory: going on with batches of %d tokens", self.batch_tokens)
            batches = token_batches(lengths, self.batch_tokens, [row for each in [batch, *batches] for row in each])
        return [translations[row] for row in range(len(tokens))]

    def _generate(self, tokens: list[list[int]]) -> list[str] | None:
        """Translations of one batch; None when the memory does not suffice."""
        caps = [
            min(self._max_new_tokens, math.ceil(self._max_length_ratio * len(each)) + _SPARE_TOKENS) for each in tokens
        ]
        inputs = self._texts.tokenizer.pad({"input_ids": tokens}, return_tensors="pt").to(self.device)
        limits = torch.tensor(caps, device=self.device)
        settings = copy.copy(self._generation)
        settings.max_new_tokens = max(caps)
        eos = self._texts.tokenizer.eos_token_id
        try:
            with torch.inference_mode():
                outputs = self.model.generate(
                    input_ids=inputs["input_ids"],
                    attention_mask=inputs["attention_mask"],
                    generation_config=settings,
                    logits_processor=LogitsProcessorList([_Lengths(limits, eos, self._is_first_forced)]),
                )
        except torch.OutOfMemoryError:
            outputs = None
        if outputs is None:
            if self.device.type == "cuda":
                torch.cuda.empty_cache()
            return None
        self._count_unfinished(outputs[:, 1:], limits, eos)
        # Not every tokenizer knows the forced token for a special one.
        return [self._decode(row[1 + self._is_first_forced :]) for row in outputs.tolist()]

    def _count_unfinished(self, outputs: torch.Tensor, limits: torch.Tensor, eos: int) -> None:
        """Count the rows whose last token before the padding came at the limit."""
        before_end = (outputs == eos).int().cumsum(1).eq(0).sum(1)
        unfinished = int((before_end + 1 >= limits).sum())
        if unfinished:
            self.counts[_UNFINISHED] += unfinished
            logger.warning("%d translations reached the length limit and were ended there", unfinished)

    def _decode(self, tokens: list[int]) -> str:
        text: str = self._texts.tokenizer.decode(tokens, skip_special_tokens=True)
        return text.strip()


class _Lengths(LogitsProcessor):
    """Makes each row end at its own limit, whichever rows it is batched with, and not before its first token."""

    def __init__(self, limits: torch.Tensor, eos: int, is_first_forced: bool) -> None:
        self.limits = limits
        self.eos = eos
        self.first = 1 + is_first_forced

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        length = input_ids.shape[1]
        if length == self.first:
            scores[:, self.eos] = -torch.inf
        ended = (self.limits <= length).repeat_interleave(len(scores) // len(self.limits))
        if ended.any():
            scores[ended] = -torch.inf
            scores[ended, self.eos] = 0
        return scores


def _dtype(name: str, device: torch.device) -> torch.dtype:
    check_choice("dtype", name, _DTYPES)
    if name != "auto":
        dtype: torch.dtype = getattr(torch, name)
        return dtype
    if device.type != "cuda":
        return torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def _load(model: str | Path, revision: str | None, dtype: torch.dtype) -> tuple[Any, Any]:
    try:
        tokenizer = AutoTokenizer.from_pretrained(model, revision=revision)
        return tokenizer, AutoModelForSeq2SeqLM.from_pretrained(model, revision=revision, dtype=dtype)
    except (OSError, ValueError, ImportError) as error:
        raise OSError(
            f"`model` must be a sequence-to-sequence checkpoint with its tokenizer, but {model} cannot be loaded as "
            f"one instead: {error} (tokenizers of sentencepiece need `pip install 'hf-xlqa[translate]'`)"
        ) from error


def _limit(config: Any, tokenizer: Any) -> int:
    """The most tokens the checkpoint takes: its positions and what its tokenizer says."""
    positions = getattr(config, "max_position_embeddings", None) or getattr(config, "n_positions", None)
    stated = [each for each in (positions, tokenizer.model_max_length) if each and each < 1_000_000]
    return min(stated, default=_USUAL_LIMIT)


def _generation(model: Any, tokenizer: Any, first_token: str | None, num_beams: int) -> Any:
    """The checkpoint's settings, with ours."""
    config = copy.deepcopy(model.generation_config)
    config.update(num_beams=num_beams, do_sample=False, max_length=None)
    if first_token is not None:
        number = tokenizer.convert_tokens_to_ids(first_token)
        # mBART of 25 languages starts decoding from the language, its successor of 50 goes on with it.
        config.update(
            **{"decoder_start_token_id" if _starts_from_language(tokenizer) else "forced_bos_token_id": number}
        )
    return config


def _starts_from_language(tokenizer: Any) -> bool:
    return isinstance(tokenizer, MBartTokenizer)


def _identity(model: str | Path, config: Any) -> str:
    """Model and exact revision: the commit on the Hub, or what the folder holds."""
    folder = Path(model)
    if folder.is_dir():
        return f"{folder.resolve().name}@{folder_fingerprint(folder)}"
    return f"{model}@{getattr(config, '_commit_hash', None)}"
