"""What the embedded cluster does differently from Kubernetes, and why it has to stay so.

Each test here passes on real Kubernetes and must fail on the embedded cluster: one that passes there is reported,
so that a difference that is gone leaves this table.
"""

from __future__ import annotations

NEVER_500 = (
    "an error of the server is a bug here: what a request does wrong is a bad request, in the same words"
)

DIFFERENCES: dict[str, str] = {
    "test_openapi.py::test_the_old_document_has_every_type_again": (
        "not built: OpenAPI v2 holds nothing that v3 does not, and kubectl reads v3"
    ),
    "test_openapi.py::test_the_new_document_has_a_protobuf_form": (
        "not built: kubectl reads the JSON form, and no answer of this server is in protobuf"
    ),
    "test_openapi.py::test_kubectl_explains_which_values_a_field_may_have": (
        "the published schemas, from which types are known here, leave out which values a field may have"
    ),
    "test_certificates.py::test_a_certificate_that_no_authority_signed_is_nobodys": (
        "Python's TLS checks a client's certificate while it connects: who shows a foreign one is not let in at all"
    ),
    "test_metrics.py::test_kubectl_explains_what_is_measured": (
        "not built: the published schemas do not have the types of metrics.k8s.io"
    ),
    "test_content_types.py::test_a_column_of_a_table_says_what_it_shows": (
        "not built: columns have no descriptions, which kubectl does not show"
    ),
    "test_pod_subresources.py::test_a_binding_without_a_node_is_an_error_of_the_server": NEVER_500,
    "test_pod_subresources.py::test_two_budgets_for_one_pod_are_an_error_of_the_server": NEVER_500,
    "test_pod_subresources.py::test_the_resources_of_a_pod_can_be_changed_while_it_runs": (
        "not built: resources are not enforced for processes, and are fixed when a pod is made"
    ),
}
