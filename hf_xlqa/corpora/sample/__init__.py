"""The embedded sample: a small multi-parallel corpus of our own, its lexicon and its tiny encoder."""

from pathlib import Path

from hf_xlqa.corpora.sample.lexicon import lexicon as lexicon
from hf_xlqa.corpora.sample.parallel import question_type as question_type
from hf_xlqa.corpora.sample.parallel import sample_examples as sample_examples
from hf_xlqa.corpora.sample.parallel import sample_parallel as sample_parallel
from hf_xlqa.corpora.sample.type_matching import type_matching_floor as type_matching_floor
from hf_xlqa.corpora.sample.word_by_word import word_by_word as word_by_word
from hf_xlqa.corpora.sample.word_by_word import wrong_translation as wrong_translation


def encoder_path() -> Path:
    """Folder of the tiny multilingual encoder and its tokenizer, for `from_pretrained`."""
    return Path(__file__).parent / "encoder"
