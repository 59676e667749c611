"""What the embedded cluster does differently from Kubernetes, and why it has to stay so.

Each test here passes on real Kubernetes and must fail on the embedded cluster: one that passes there is reported,
so that a difference that is gone leaves this table.
"""

from __future__ import annotations

DIFFERENCES: dict[str, str] = {
    # "test_file.py::test_name": reason
    "test_apply.py::test_who_applies_an_empty_map_owns_the_map": "not built: an applied empty map owns no field here",
    "test_apply.py::test_what_was_there_before_the_first_apply_has_an_owner_of_its_own": (
        "not built: a client cannot take the record of owners off an object"
    ),
    "test_apply.py::test_an_update_with_no_managed_fields_clears_them": (
        "not built: a client cannot take the record of owners off an object"
    ),
    "test_content_types.py::test_a_column_of_a_table_says_what_it_shows": (
        "not built: columns have no descriptions, which kubectl does not show"
    ),
}
