"""A translator whose texts several processes share among them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from accelerate import PartialState
from accelerate.utils import gather_object, parse_flag_from_env

from hf_xlqa.translation.backend import TranslationError, TranslatorWrapper, translate_checked


class DistributedTranslator(TranslatorWrapper):
    """Translates in each process of a run (torchrun, accelerate launch) a share of the texts, and gathers all.

    Every process must call `translate` with the same texts, and gets all translations. Texts are dealt
    out by length, so that the shares take equally long; one that recurs is translated once. In one
    process it does nothing. Wrap it around the cache, not the cache around it:
    `DistributedTranslator(CachedTranslator(Seq2Seq(...), path))`; then each process keeps what it has
    translated, chunk by chunk.

    Args:
        translator: this process's own.
    """

    def translate(self, texts: Sequence[str]) -> list[str]:
        """The translation of each text, in the order of the texts; blank texts stand for themselves.

        Raises:
            TranslationError: in every process, when one of them fails.
        """
        state = process_state()
        if state.num_processes == 1:
            return translate_checked(self.translator, texts)
        wanted = sorted(dict.fromkeys(texts), key=lambda text: (len(text), text))
        share = wanted[state.process_index :: state.num_processes]
        failure, found = "", dict[str, str]()
        try:
            found = dict(zip(share, translate_checked(self.translator, share), strict=True))
        except Exception as error:  # the other processes wait for an answer, whatever happens here
            failure = f"process {state.process_index} of {state.num_processes}: {type(error).__name__}: {error}"
        outcomes: list[tuple[str, dict[str, str]]] = gather_object([(failure, found)])
        failures = [failed for failed, _ in outcomes if failed]
        if failures:
            raise TranslationError(
                f"`translations` of {self.name} must come from all processes, but some failed instead: "
                f"{'; '.join(failures)}"
            )
        translations = {text: done for _, part in outcomes for text, done in part.items()}
        return [translations[text] for text in texts]


def process_state() -> PartialState:
    """This process among those of the run, and its device; processes without a GPU are counted, too."""
    return PartialState(cpu=parse_flag_from_env("ACCELERATE_USE_CPU") or not torch.accelerator.is_available())
