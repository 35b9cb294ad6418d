from burnish.core.registry import CORPORA
from burnish.data.codes import CODES, REFUSED, known
from burnish.data.recipes import RECIPES


def test_every_conversion_of_the_catalogue_is_there_or_refused() -> None:
    for name in CORPORA.names():
        code = CORPORA.find(name).code
        assert code is None or code.partition(":")[0] in {*known(), *REFUSED}, (name, code)
    assert not set(CODES) & set(REFUSED) and not set(CODES) & set(RECIPES)
