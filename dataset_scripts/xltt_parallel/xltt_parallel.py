"""Parallel corpora of three languages."""

from datasets import Version

from hf_xlqa.building.builder import CorpusBuilder
from hf_xlqa.building.citations import WU_2021
from hf_xlqa.building.config import AS_IT_IS, CorpusConfig
from hf_xlqa.building.variants import translated

SOURCES = {"squad": "en", "cmrc2018": "zh", "drcd": "zh"}


class XlttParallel(CorpusBuilder):
    """SQuAD 1.1, CMRC 2018 and DRCD in English, Japanese and Korean, question by question (Wu et al. 2021)."""

    VERSION = Version("1.0.0")
    citation = WU_2021
    BUILDER_CONFIGS = [
        CorpusConfig(
            name=f"{corpus}.{language}",
            source=corpus,
            variants=(AS_IT_IS if source == language else translated(source, language),),
        )
        for corpus, source in SOURCES.items()
        for language in ("en", "ja", "ko")
    ]
