"""What is not modelled is written down, and the document is what the code says."""

from kubetutor.embedded import not_modelled


def test_the_document_is_what_the_code_says():
    assert not_modelled.FILE.read_text() == not_modelled.render(), (
        "make it anew: python -m kubetutor.embedded.not_modelled"
    )


def test_it_has_a_table_of_each_sort():
    text = not_modelled.render()
    assert text.count("\n|---") == 4
    assert "| memory limit |" in text
    assert "| NetworkPolicy | networking.k8s.io/v1 |" in text
    assert "| Deployment |" not in text
    assert "`controllers/deployment.py`" in text
    assert "| crash_backoff_start | 1 s | 10 s | 10 |" in text
