"""Translation by checkpoints converted for CTranslate2, several times as fast as transformers on a CPU."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from transformers import AutoTokenizer

from hf_xlqa.translation.backend import check_positive
from hf_xlqa.translation.fingerprint import folder_fingerprint
from hf_xlqa.translation.source_texts import SourceTexts

_SPARE_TOKENS = 16
_BUCKET_RATIO = 1.25


class CTranslate2:
    """Translates by a folder that `ct2-transformers-converter` made of a checkpoint of the Hub.

    Convert with `ct2-transformers-converter --model MODEL --output_dir FOLDER`, and name the model as
    `tokenizer` or save its tokenizer in the folder. Languages are told as to `Seq2Seq`, and a text
    above the limit is translated in parts likewise. Settings for generating that the checkpoint had in
    transformers (length penalty, no repetition) are the library's own here.

    Args:
        folder: the converted model.
        source_language: ISO 639-1 code, with script or region where it matters; see `languages`.
        target_language: likewise.
        tokenizer: id on the Hub or folder of the tokenizer; None for the folder of the model.
        prefix: text put before every text, such as T5's "translate English to German: ".
        batch_tokens: source tokens of a batch, with padding.
        num_beams: 1 for greedy search.
        max_source_tokens: the most tokens of a text, and of a translation; the tokenizer may say fewer.
        max_length_ratio: a translation is ended at about this many tokens for each of its source (at most a
            quarter more), and 16 more.
        compute_type: arithmetic, such as "int8" or "float16"; "default" as the model was saved.
        device: "cpu", "cuda" or "auto".

    Raises:
        ImportError: when ctranslate2 is not installed.
        ValueError: when an option is out of range, the folder holds no converted model, or the checkpoint does
            not know a language.
        OSError: when the tokenizer can be neither fetched nor found.
    """

    def __init__(
        self,
        folder: str | Path,
        source_language: str,
        target_language: str,
        *,
        tokenizer: str | Path | None = None,
        prefix: str = "",
        batch_tokens: int = 4096,
        num_beams: int = 4,
        max_source_tokens: int = 512,
        max_length_ratio: float = 3.0,
        compute_type: str = "default",
        device: str = "auto",
    ) -> None:
        check_positive(
            batch_tokens=batch_tokens,
            num_beams=num_beams,
            max_source_tokens=max_source_tokens,
            max_length_ratio=max_length_ratio,
        )
        library = _library()
        path = Path(folder)
        if not library.contains_model(str(path)):
            raise ValueError(
                f"`folder` must hold a model of CTranslate2, but {path} holds none instead; make one by "
                f"`ct2-transformers-converter --model MODEL --output_dir {path}`."
            )
        self.source_language = source_language
        self.target_language = target_language
        self.batch_tokens = batch_tokens
        self._beams = num_beams
        self._max_length_ratio = max_length_ratio
        self._model = library.Translator(str(path), device=device, compute_type=compute_type)
        loaded = _load_tokenizer(tokenizer or path)
        limit = min(max_source_tokens, loaded.model_max_length)
        self._texts = SourceTexts(loaded, source_language, target_language, prefix=prefix, max_tokens=limit)
        identity = f"{path.resolve().name}@{folder_fingerprint(path)}"
        written = f"beams={num_beams} compute={self._model.compute_type} tokens={limit} ratio={max_length_ratio}"
        self.name = f"ctranslate2:{identity} tokenizer={tokenizer or 'same'} {written}" + f" prefix={prefix}" * bool(
            prefix
        )

    @classmethod
    def from_spec(cls, argument: str, source_language: str, target_language: str) -> CTranslate2:
        """The translator of "ctranslate2:FOLDER", whose folder holds the tokenizer as well."""
        return cls(argument, source_language, target_language)

    @property
    def counts(self) -> Counter[str]:
        """How many texts were translated in parts."""
        return self._texts.counts

    def translate(self, texts: Sequence[str]) -> list[str]:
        """The translation of each text, in the order of the texts; blank texts stand for themselves."""
        return self._texts.translate(texts, self._translate_tokens)

    def _translate_tokens(self, tokens: Sequence[list[int]]) -> list[str]:
        """Texts of like lengths together: the library has one limit for all translations of a call."""
        buckets: dict[int, list[int]] = {}
        for row, each in enumerate(tokens):
            buckets.setdefault(math.floor(math.log(len(each), _BUCKET_RATIO)), []).append(row)
        found: dict[int, str] = {}
        for bucket, rows in buckets.items():
            longest = _BUCKET_RATIO ** (bucket + 1)
            limit = min(math.ceil(self._max_length_ratio * longest) + _SPARE_TOKENS, self._texts.max_tokens - 2)
            found.update(zip(rows, self._translate_bucket([tokens[row] for row in rows], limit), strict=True))
        return [found[row] for row in range(len(tokens))]

    def _translate_bucket(self, tokens: Sequence[list[int]], limit: int) -> list[str]:
        tokenizer, first = self._texts.tokenizer, self._texts.first_token
        results = self._model.translate_batch(
            [tokenizer.convert_ids_to_tokens(each) for each in tokens],
            target_prefix=[[first]] * len(tokens) if first else None,
            beam_size=self._beams,
            max_batch_size=self.batch_tokens,
            batch_type="tokens",
            max_input_length=0,
            max_decoding_length=limit,
        )
        # The library forgets nothing of what it was made to begin with.
        outputs = [result.hypotheses[0][1 if first else 0 :] for result in results]
        numbers = [tokenizer.convert_tokens_to_ids(output) for output in outputs]
        return [tokenizer.decode(each, skip_special_tokens=True).strip() for each in numbers]


def _library() -> Any:
    try:
        return import_module("ctranslate2")
    except ImportError as error:
        raise ImportError(
            "`ctranslate2` must be installed for this translator: pip install 'hf-xlqa[translate]'"
        ) from error


def _load_tokenizer(name: str | Path) -> Any:
    try:
        return AutoTokenizer.from_pretrained(name)
    except (OSError, ValueError, ImportError) as error:
        raise OSError(
            f"`tokenizer` must be that of the model before it was converted, but {name} cannot be loaded as one "
            f"instead: {error}"
        ) from error
