"""The rule of TyDiQA's gold passage task: SQuAD's in every language, averaged over languages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from .overlap import bag_score
from .span_metric import SpanMetric
from .squad import normalise


class TyDiQA(SpanMetric):
    """Exact match and bag-of-words F1 of TyDiQA-GoldP, the gold passage task (Clark et al. 2020).

    A question is scored by SQuAD 1.1's rule, whatever its language. `exact_match` and `f1` are the official
    averages, the means of the languages' own means over all languages but English; each language weighs
    the same, however many questions it has. `exact_match_with_english` and `f1_with_english` take English
    as one language more, as XTREME does (Hu et al. 2020). Of one language alone, English too, all four are
    its own means; of several the signature says `average:languages-without-english`.

    Every question needs a language, and any but the nine of the task is refused: with another language the
    mean would be one of another task.
    """

    version = "1.1"
    languages = frozenset({"ar", "bn", "en", "fi", "id", "ko", "ru", "sw", "te"})
    citation = (
        "@article{clark-etal-2020-tydi, title={{T}y{D}i {QA}: A Benchmark for Information-Seeking Question Answering "
        "in Typologically Diverse Languages}, author={Clark, Jonathan H. and Choi, Eunsol and Collins, Michael and "
        "Garrette, Dan and Kwiatkowski, Tom and Nikolaev, Vitaly and Palomaki, Jennimaria}, journal={TACL}, "
        "volume={8}, year={2020}}"
    )

    def score(self, prediction: str, golds: Sequence[str], *, language: str | None = None) -> tuple[float, float]:
        """Exact match and F1 in [0, 1], the best over the golds.

        Raises:
            ValueError: when the language, here or of the metric, is not one of the nine.
        """
        self.rule_language(language)
        # By SQuAD's function, not its class: evaluate takes the first metric class it meets in a module.
        return bag_score(normalise(prediction), map(normalise, golds))

    def _averages(
        self, per_language: Mapping[str, Mapping[str, float]], per_question: Mapping[str, Mapping[str, float]]
    ) -> dict[str, float]:
        official = [means for language, means in per_language.items() if language != "en"]
        averages = {}
        for name in ("exact_match", "f1"):
            averages[name] = _mean(official or per_language.values(), name)
            averages[f"{name}_with_english"] = _mean(per_language.values(), name)
        return averages

    def _signature_fields(self, languages: Collection[str]) -> dict[str, str]:
        # One language has one mean: scores of single languages are comparable, English beside the others.
        return {"average": "languages-without-english"} if len(languages) > 1 else {}


def _mean(per_language: Collection[Mapping[str, float]], name: str) -> float:
    return sum(means[name] for means in per_language) / len(per_language)
