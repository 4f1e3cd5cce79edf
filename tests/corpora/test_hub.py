import pytest
from datasets import Dataset

from hf_xlqa.corpora.catalog import CATALOG
from hf_xlqa.corpora.findings import CorpusError
from hf_xlqa.corpora.hub import HubRows, HubSource
from hf_xlqa.corpora.squad_format import CorpusReader

ANSWERS = {"text": ["Anna"], "answer_start": [0]}


def _rows(folder, rows):
    Dataset.from_list(rows).to_parquet(folder / "rows.parquet")
    source = HubSource(str(folder), "main", {"test": "test"}, data_files="rows.parquet")
    return HubRows(source, "test", "en", "en")


def test_defects_of_rows_are_named_with_their_repository(tmp_path):
    rows = _rows(
        tmp_path,
        [{"id": "q1", "context": "Anna left.", "question": "Who?", "answers": ANSWERS | {"answer_start": [3]}}],
    )
    with pytest.raises(CorpusError, match=r"@main \(test\): `answer_start` of 'q1' must be where 'Anna' stands"):
        list(CorpusReader([rows], "en", "en", "own"))


def test_rows_that_are_not_of_the_format_are_refused(tmp_path):
    with pytest.raises(CorpusError, match="a row must be in SQuAD format, but holds the keys 'label' instead"):
        list(_rows(tmp_path, [{"label": 1}]))


def test_an_unknown_split_lists_the_known_ones(tmp_path):
    with pytest.raises(ValueError, match="`split` of .* must be one of train, validation, but is 'test' instead"):
        HubRows(CATALOG["korquad"].hub, "test", "ko", "ko")


def test_a_dataset_that_is_not_at_hand_says_how_to_name_a_copy(tmp_path):
    source = HubSource(str(tmp_path / "absent"), "main", {"test": "test"}, data_files="rows.parquet")
    with pytest.raises(OSError, match="can be neither fetched nor found.*Name a local copy as `CORPUS=PATH`"):
        list(HubRows(source, "test", "en", "en"))
