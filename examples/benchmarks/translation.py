"""Batches of like lengths against one text at a time and against unsorted batches; lookups in the cache.

    python examples/benchmarks/translation.py [--texts 64] [--lookups 100000] [--device cpu]

The model is a random Marian of 6 + 6 layers of 512, which translates every text into as many tokens
as it has; lengths are drawn as those of sentences (log-normal, median 20 tokens). All ways must translate alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from benchmark import TorchOptions, agree, main
from records import Record
from timing import peak_mebibytes, seconds
from transformers import LogitsProcessor, LogitsProcessorList, MarianConfig, MarianMTModel

from hf_xlqa.translation.batching import token_batches
from hf_xlqa.translation.cache import CachedTranslator

VOCABULARY, EOS, PAD, LONGEST = 8000, 0, 7999, 128
LEAST_AGREEMENT = 0.95
"""Random weights make ties, which rounding breaks."""


@dataclass
class Options(TorchOptions):
    """The model, and how much it translates."""

    texts: int = 64
    batch_tokens: int = 4096
    lookups: int = 100_000
    layers: int = 6
    width: int = 512


QUICK = Options(texts=4, batch_tokens=256, lookups=10, layers=1, width=16)


class AsLong(LogitsProcessor):
    """Ends every row when it is as long as its source."""

    def __init__(self, lengths: torch.Tensor) -> None:
        self.lengths = lengths

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        ended = self.lengths <= input_ids.shape[1]
        scores[~ended, EOS] = -torch.inf
        scores[ended] = -torch.inf
        scores[ended, EOS] = 0
        return scores


def random_marian(options: Options) -> Any:
    """A model, by default of the size of Opus-MT's."""
    config = MarianConfig(
        vocab_size=VOCABULARY,
        encoder_layers=options.layers,
        decoder_layers=options.layers,
        d_model=options.width,
        encoder_ffn_dim=4 * options.width,
        decoder_ffn_dim=4 * options.width,
        encoder_attention_heads=8,
        decoder_attention_heads=8,
        max_position_embeddings=512,
        pad_token_id=PAD,
        eos_token_id=EOS,
        decoder_start_token_id=PAD,
        forced_eos_token_id=None,
    )
    model: Any = MarianMTModel(config)
    return model.to(**options.placed).eval()


def translate(model: Any, texts: Sequence[list[int]], batches: Sequence[Sequence[int]]) -> list[list[int]]:
    """Greedy translations, batch by batch, in the order of the texts."""
    found: dict[int, list[int]] = {}
    for batch in batches:
        lengths = torch.tensor([len(texts[row]) for row in batch], device=model.device)
        ids = torch.full((len(batch), int(lengths.max())), PAD)
        for place, row in enumerate(batch):
            ids[place, : len(texts[row])] = torch.tensor(texts[row])
        ids = ids.to(model.device)
        with torch.inference_mode():
            outputs = model.generate(
                input_ids=ids,
                attention_mask=(ids != PAD).long(),
                max_new_tokens=int(lengths.max()),
                num_beams=1,
                do_sample=False,
                logits_processor=LogitsProcessorList([AsLong(lengths)]),
            ).tolist()
        for row, output in zip(batch, outputs, strict=True):
            found[row] = output[1 : len(texts[row]) + 1]
    return [found[row] for row in range(len(texts))]


def batches(options: Options) -> Iterator[Record]:
    """Sorted batches to each of the other ways."""
    rng = np.random.default_rng(0)
    lengths = np.clip(rng.lognormal(np.log(20), 0.6, options.texts).astype(int), 3, LONGEST)
    texts = [[*rng.integers(1, PAD, length - 1).tolist(), EOS] for length in lengths]
    fixed = max(1, options.batch_tokens // LONGEST)
    ways = {
        f"batches of {fixed}, unsorted": [list(range(len(texts)))[i : i + fixed] for i in range(0, len(texts), fixed)],
        "one by one": [[row] for row in range(len(texts))],
    }
    model = random_marian(options)
    translate(model, texts[:2], [[0], [1]])
    ours = partial(translate, model, texts, token_batches(lengths.tolist(), options.batch_tokens))
    taken, outputs = seconds(ours)
    peak = peak_mebibytes(ours, device=options.device)
    for way, rows in ways.items():
        reference, others = seconds(partial(translate, model, texts, rows))
        agree("translations", outputs, others, least=LEAST_AGREEMENT)
        yield Record(
            stage=f"{len(texts):,} texts translated in sorted batches",
            ours=len(texts) / taken,
            unit="texts/s",
            reference=len(texts) / reference,
            reference_name=way,
            peak_mebibytes=peak,
        )


class Reverse:
    """Costs nothing, so that only the cache is timed."""

    source_language, target_language, name = "en", "de", "reverse"

    def translate(self, texts: Sequence[str]) -> list[str]:
        """The texts backwards."""
        return [text[::-1] for text in texts]


def lookups(count: int) -> Iterator[Record]:
    """Texts a second that are kept, and looked up together, to one by one."""
    texts = [f"This is sentence {number}, which is of about the usual length of a sentence." for number in range(count)]
    with TemporaryDirectory() as folder:
        translator = CachedTranslator(Reverse(), Path(folder) / "cache.db")
        kept, _ = seconds(partial(translator.translate, texts))
        together, found = seconds(partial(translator.translate, texts))
        single, singly = seconds(lambda: [translator.translate([text])[0] for text in texts])
        agree("cached translations", found, singly)
        peak = peak_mebibytes(partial(translator.translate, texts))
        translator.close()
    yield Record(stage=f"{count:,} translations kept", ours=count / kept, unit="texts/s")
    yield Record(
        stage=f"{count:,} translations looked up",
        ours=count / together,
        unit="texts/s",
        reference=count / single,
        reference_name="one by one",
        peak_mebibytes=peak,
    )


def measure(options: Options) -> Iterator[Record]:
    """Both parts."""
    options.set_up()
    yield from batches(options)
    yield from lookups(options.lookups)


if __name__ == "__main__":
    main(QUICK, measure, __doc__)
