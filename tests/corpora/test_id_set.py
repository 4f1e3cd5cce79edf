from hypothesis import given
from hypothesis import strategies as st

from hf_xlqa.corpora.id_set import IdSet


@given(st.lists(st.text(max_size=3)))
def test_add_says_what_a_set_says(ids):
    seen, reference = IdSet(), set()
    for each in ids:
        assert seen.add(each) == (each not in reference)
        reference.add(each)
    assert len(seen) == len(reference)


def test_ids_stay_known_while_the_table_grows():
    seen = IdSet()
    assert all(seen.add(str(number)) for number in range(10_000))
    assert not any(seen.add(str(number)) for number in range(10_000))
    assert len(seen) == 10_000
