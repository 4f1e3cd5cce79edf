"""What studies on the embedded sample share: the floor, and the sample as files."""

from __future__ import annotations

from pathlib import Path

import pytest

from hf_xlqa.corpora.sample import sample_examples, sample_parallel, type_matching_floor
from hf_xlqa.corpora.sample.type_matching import candidates
from hf_xlqa.corpora.squad_format import read_examples
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.sample_study import SAMPLE_SETTINGS, floor_scores, write_files

SIZES = {name: SAMPLE_SETTINGS[name] for name in ("max_length", "window_step")}


def test_the_floor_is_what_a_candidate_of_the_asked_type_scores_on_average() -> None:
    data = DataArguments(evaluate=["sample/en"], max_evaluation_examples=150, **SIZES)
    (score,) = floor_scores(data)
    examples = sample_examples("test", "en")[:150]
    assert all(example.answers[0].text in candidates(example) for example in examples)
    assert score.exact_match == pytest.approx(type_matching_floor(examples))
    assert score.questions == 150


@pytest.mark.parametrize("translations", ["gold", "lexicon"])
def test_files_have_few_examples_of_the_target_and_other_biographies_of_the_source(
    translations: str, tmp_path: Path
) -> None:
    write_files(tmp_path, target="de", source="en", amount=7, translations=translations)
    own = {
        file.name: list(read_examples(file, language=file.name.split(".")[1], corpus="x"))
        for file in sorted(tmp_path.iterdir())
    }
    sizes = {name: len(examples) for name, examples in own.items()}
    assert sizes == {
        **{
            f"{part}.{each}.json": size
            for part, size in (("dev", 300), ("test", 600), ("train", 7))
            for each in ("de", "en")
        },
        "source.en.json": 3000 - len({example.pivot.title for example in sample_parallel("train")[:7]}) * 3,
    }
    few = own["train.de.json"]
    assert not {each.title for each in few} & {each.title for each in own["source.en.json"]}
    assert [each.parallel_id for each in own["train.en.json"]] == [each.parallel_id for each in few]
    gold = [example.pivot.context for example in sample_parallel("train")[:7]]
    assert ([each.context for each in own["train.en.json"]] == gold) == (translations == "gold")
