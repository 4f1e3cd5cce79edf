"""The embedded sample augmented with translations."""

from datasets import Version

from hf_xlqa.building.builder import CorpusBuilder
from hf_xlqa.building.config import CorpusConfig
from hf_xlqa.building.variants import augmented

LANGUAGES = ("zh", "ja", "ko", "de", "hi")
CONFIGS = {
    "T(Q)": ("question",),
    "T(C)": ("context",),
    "T(Q+C)": ("both",),
    "T(ALL)": ("question", "context", "both"),
}


class SampleLaf(CorpusBuilder):
    """The English sample with its translations into five languages, as squad_laf has them."""

    VERSION = Version("1.0.0")
    BUILDER_CONFIGS = [
        CorpusConfig(
            name=name,
            source="sample/en",
            splits=("train",),
            variants=augmented("en", LANGUAGES, parts),
            backend="lexicon:{sample}",
        )
        for name, parts in CONFIGS.items()
    ]
