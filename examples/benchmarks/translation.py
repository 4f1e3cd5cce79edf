"""Batches of like lengths against one text at a time and against unsorted batches; lookups in the cache.

    python examples/benchmarks/translation.py [--texts 256] [--lookups 100000] [--device cpu]

The model is a random Marian of 6 + 6 layers of 512, which translates every text into as many tokens
as it has; lengths are drawn as those of sentences (log-normal, median 20 tokens). The ratios are of
texts per second, all measured in this run; translations by the three ways are compared.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from transformers import LogitsProcessor, LogitsProcessorList, MarianConfig, MarianMTModel

from hf_xlqa.translation.batching import token_batches
from hf_xlqa.translation.cache import CachedTranslator

VOCABULARY, EOS, PAD, LONGEST = 8000, 0, 7999, 128


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


def random_marian(device: str) -> Any:
    """A model of the size of Opus-MT's, in float32."""
    torch.manual_seed(0)
    config = MarianConfig(
        vocab_size=VOCABULARY,
        encoder_layers=6,
        decoder_layers=6,
        d_model=512,
        encoder_ffn_dim=2048,
        decoder_ffn_dim=2048,
        encoder_attention_heads=8,
        decoder_attention_heads=8,
        max_position_embeddings=512,
        pad_token_id=PAD,
        eos_token_id=EOS,
        decoder_start_token_id=PAD,
        forced_eos_token_id=None,
    )
    model: Any = MarianMTModel(config)
    return model.to(device).eval()


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


def compare_batches(count: int, batch_tokens: int, device: str) -> None:
    """Time the three ways and print their ratios."""
    rng = np.random.default_rng(0)
    lengths = np.clip(rng.lognormal(np.log(20), 0.6, count).astype(int), 3, LONGEST)
    texts = [[*rng.integers(1, PAD, length - 1).tolist(), EOS] for length in lengths]
    fixed = max(1, batch_tokens // LONGEST)
    ways = {
        "sorted, dynamic": token_batches(lengths.tolist(), batch_tokens),
        f"unsorted, {fixed} at a time": [list(range(i, min(i + fixed, count))) for i in range(0, count, fixed)],
        "one by one": [[row] for row in range(count)],
    }
    model = random_marian(device)
    translate(model, texts[:2], [[0], [1]])
    seconds, outputs = {}, {}
    for way, batches in ways.items():
        began = time.perf_counter()
        outputs[way] = translate(model, texts, batches)
        seconds[way] = time.perf_counter() - began
        print(f"{way}: {count} texts in {len(batches)} batches, {count / seconds[way]:.1f} texts/s")
    first, *others = ways
    for way in others:
        same = sum(one == other for one, other in zip(outputs[first], outputs[way], strict=True))
        print(f"{first} is {seconds[way] / seconds[first]:.2f} x as fast as {way}; {same} of {count} identical")


class Reverse:
    """Costs nothing, so that only the cache is timed."""

    source_language, target_language, name = "en", "de", "reverse"

    def translate(self, texts: Sequence[str]) -> list[str]:
        """The texts backwards."""
        return [text[::-1] for text in texts]


def time_lookups(count: int) -> None:
    """Print how many texts a second are kept, looked up together and looked up one by one."""
    texts = [f"This is sentence {number}, which is of about the usual length of a sentence." for number in range(count)]
    with TemporaryDirectory() as folder:
        translator = CachedTranslator(Reverse(), Path(folder) / "cache.db")
        for what in ("kept", "looked up in one call", "looked up one by one"):
            began = time.perf_counter()
            if what.endswith("one by one"):
                found = [translator.translate([text])[0] for text in texts]
            else:
                found = translator.translate(texts)
            taken = time.perf_counter() - began
            assert found == [text[::-1] for text in texts]
            print(f"{count:,} texts {what} in {taken:.2f} s, {count / taken:,.0f} texts/s")
        translator.close()


def main() -> None:
    """Run both parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=256)
    parser.add_argument("--batch-tokens", type=int, default=4096)
    parser.add_argument("--lookups", type=int, default=100_000)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    compare_batches(arguments.texts, arguments.batch_tokens, arguments.device)
    time_lookups(arguments.lookups)


if __name__ == "__main__":
    main()
