"""The embedded sample in three languages."""

from datasets import Version

from hf_xlqa.building.builder import CorpusBuilder
from hf_xlqa.building.config import AS_IT_IS, SPLITS, CorpusConfig
from hf_xlqa.building.variants import translated


class SampleParallel(CorpusBuilder):
    """The English sample in English, Japanese and Korean, question by question, as xltt_parallel has its
    corpora.
    """

    VERSION = Version("1.0.0")
    BUILDER_CONFIGS = [
        CorpusConfig(
            name=f"sample.{language}",
            source="sample/en",
            splits=SPLITS,
            variants=(AS_IT_IS if language == "en" else translated("en", language),),
            backend="lexicon:{sample}",
        )
        for language in ("en", "ja", "ko")
    ]
