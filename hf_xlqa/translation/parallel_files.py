"""Translations that exist: two corpora joined by the ids of their questions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Self

from hf_xlqa.corpora.files import shards
from hf_xlqa.corpora.parallel import PairingReport, parallel
from hf_xlqa.schema import Example
from hf_xlqa.translation.backend import TranslationError, shown
from hf_xlqa.translation.fingerprint import fingerprint


class ParallelFiles:
    """Translations of contexts and questions as a translated corpus has them, with its answers.

    A question is joined with its translation by `parallel_id`, which is the id unless a file says otherwise;
    `counterpart` gives it whole. `translate` goes by the texts alone: where texts that are equal in the source
    have different translations, as contexts of MLQA have, the id decides, so there such texts are refused.
    Golds that are blanked or stand nowhere in their context are left out; `pairing` has their ids.

    Args:
        source: SQuAD-format file, or a folder of shards, in the source language.
        target: the same in the target language.
        source_language, target_language: ISO 639-1 codes, with script or region where it matters.

    Raises:
        FileNotFoundError: when a file is not there.
        CorpusError: when one cannot be read at all.
        ValueError: when no id is in both, or both are of one language.
    """

    def __init__(self, source: str | Path, target: str | Path, source_language: str, target_language: str) -> None:
        self.source_language = source_language
        self.target_language = target_language
        self._source = Path(source)
        corpus = parallel(
            {source_language: source, target_language: target},
            missing="drop",
            on_defect="repair",
            require_answers=False,
        )
        self._pairs = {pair.pivot.parallel_id: (pair.pivot, pair.translations[target_language]) for pair in corpus}
        self.pairing: PairingReport = corpus.report
        """What did not pair, and what of each file was repaired and left out."""
        if not self._pairs:
            raise ValueError(f"`target` must share ids with {source}, but {target} shares none instead.")
        contents = (fingerprint(shard.read_bytes() for shard in shards(Path(path))) for path in (source, target))
        self.name = f"parallel_files:{'-'.join(contents)}"

    @classmethod
    def from_spec(cls, argument: str, source_language: str, target_language: str) -> Self:
        """The translations of "SOURCE.json,TARGET.json".

        Raises:
            ValueError: when the argument is not two paths with a comma between.
        """
        source, comma, target = argument.partition(",")
        if not (source and target) or "," in target:
            raise ValueError(f"`parallel_files` must be SOURCE.json,TARGET.json, but is {argument!r} instead.")
        return cls(source, target, source_language, target_language)

    def translate(self, texts: Sequence[str]) -> list[str]:
        """The translation of each context or question, in the order of the texts; blank texts stand for themselves.

        Raises:
            TranslationError: when a text is not in the source file, or its translations differ.
        """
        wanted = [text for text in dict.fromkeys(texts) if text.strip()]
        if unknown := [text for text in wanted if text not in self._by_text]:
            raise TranslationError(
                f"`texts` must be contexts or questions of {self._source}, but {len(unknown)} of {len(wanted)} are not "
                f"instead, first {shown(unknown[0])}.",
                unknown,
            )
        if ambiguous := [text for text in wanted if len(self._by_text[text]) > 1]:
            ids = list(self._by_text[ambiguous[0]].values())
            raise TranslationError(
                f"`texts` must have one translation each, but {len(ambiguous)} of {len(wanted)} have several instead, "
                f"first {shown(ambiguous[0])}, another in {ids[0]!r} than in {ids[1]!r}; take translations by id.",
                ambiguous,
            )
        return [next(iter(self._by_text[text])) if text.strip() else text for text in texts]

    def counterpart(self, example: Example) -> Example | None:
        """The translation of an example with the golds of its file, or None where its `parallel_id` has none.

        Raises:
            TranslationError: when the source file has another context or question under that id.
        """
        source, target = self._pairs.get(example.parallel_id, (None, None))
        if source is None:
            return None
        for part in ("context", "question"):
            here, there = getattr(example, part), getattr(source, part)
            if here.strip() != there.strip():
                raise TranslationError(
                    f"`{part}` of {example.id!r} must be that of {self._source}, {shown(there)}, "
                    f"but is {shown(here)} instead.",
                    [here],
                )
        return target

    @property
    def ambiguous(self) -> dict[str, list[str]]:
        """Texts with several translations, each with one id for every translation."""
        return {text: list(found.values()) for text, found in self._by_text.items() if len(found) > 1}

    @cached_property
    def _by_text(self) -> dict[str, dict[str, str]]:
        """By source text its translations, each with the first id that has it."""
        found: dict[str, dict[str, str]] = {}
        for id, (source, target) in self._pairs.items():
            found.setdefault(source.context, {}).setdefault(target.context, id)
            found.setdefault(source.question, {}).setdefault(target.question, id)
        return found
