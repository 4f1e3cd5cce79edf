"""Translations that are kept: no text is translated twice, whatever happens to the process."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from tqdm.auto import tqdm

from hf_xlqa.translation.backend import (
    TranslationError,
    Translator,
    TranslatorWrapper,
    check_not_blank,
    check_number,
    shown,
)
from hf_xlqa.translation.cache_store import CacheStore

_WAIT_SECONDS = (0.02, 1.0)


class CachedTranslator(TranslatorWrapper):
    """A translator that keeps translations in a file and translates only what the file does not hold.

    Translations are told apart by the translator's name (backend, model, revision, options), the
    languages and the text. Any number of processes of one machine may share the file: each text is
    translated by one of them, and the others wait for it. A chunk of translations is written in one
    transaction, so a process that is killed loses the chunk it was at, and no more. Texts are
    translated once each, the longest first. Blank texts stand for themselves.

    Args:
        translator: translates what is not in the file.
        path: the file, an SQLite database; made where there is none.
        chunk_size: texts handed to the translator at a time, and lost at most when the process is killed.
        progress: show a bar with the texts per second; None for only on a terminal.

    Raises:
        ValueError: when `chunk_size` is not positive.
    """

    def __init__(
        self, translator: Translator, path: str | Path, *, chunk_size: int = 512, progress: bool | None = None
    ) -> None:
        if chunk_size < 1:
            raise ValueError(f"`chunk_size` must be positive, but is {chunk_size} instead.")
        super().__init__(translator)
        self.chunk_size = chunk_size
        self.progress = progress
        self._store = CacheStore(
            Path(path), name=self.name, source_language=self.source_language, target_language=self.target_language
        )

    def translate(self, texts: Sequence[str]) -> list[str]:
        """The translation of each text, in the order of the texts.

        Raises:
            TranslationError: when the translator returns another number of texts or a blank one (the others
                of its chunk are kept), or a text holds half of a surrogate pair, which no file can keep.
            CacheError: when the file is broken, not a cache, or the disk is full; it is left as it is.
        """
        wanted = list(dict.fromkeys(text for text in texts if text.strip()))
        for text in wanted:
            _check_unicode(text)
        found = self._store.find(wanted)
        missing = sorted((text for text in wanted if text not in found), key=len, reverse=True)
        if missing:
            found.update(self._fill(missing))
        return [found.get(text, text) for text in texts]

    def close(self) -> None:
        """Close this thread's connection to the file; the next use opens another."""
        self._store.close()

    def _fill(self, missing: list[str]) -> dict[str, str]:
        """Translate texts chunk by chunk; wait for those that other processes are translating."""
        filled: dict[str, str] = {}
        wait, longest = _WAIT_SECONDS
        disable = None if self.progress is None else not self.progress
        title = f"{self.source_language}-{self.target_language}"
        with tqdm(total=len(missing), desc=title, unit=" texts", disable=disable) as bar, self._store.owner() as owner:
            while missing:
                ours, theirs, news = self._store.claim(missing, owner, self.chunk_size)
                looked_at = len(ours) + len(theirs) + len(news)
                news.update(self._translate_chunk(ours))
                filled.update(news)
                bar.update(len(news))
                # What others are at goes last: by then they may have finished it.
                missing = missing[looked_at:] + theirs
                if missing and not news:
                    time.sleep(wait)
                    wait = min(2 * wait, longest)
        return filled

    def _translate_chunk(self, texts: list[str]) -> dict[str, str]:
        if not texts:
            return {}
        translations = self.translator.translate(texts)
        check_number(self.translator, texts, translations)
        made = {text: done for text, done in zip(texts, translations, strict=True) if done.strip()}
        self._store.add(made)
        check_not_blank(self.translator, texts, translations)
        return made


def _check_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise TranslationError(
            f"`text` must be valid Unicode, but holds half of a surrogate pair at {error.start} instead: {shown(text)}."
        ) from error
