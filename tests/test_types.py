"""What type checkers see is what there is."""

from .method_stubs import TARGET, text


def test_the_stub_of_the_methods_is_up_to_date():
    assert TARGET.read_text() == text(), "run `python -m tests.method_stubs`"
