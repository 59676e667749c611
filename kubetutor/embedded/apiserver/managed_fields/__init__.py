"""Who owns which field of an object: `metadata.managedFields`, and server-side apply, which rests on it."""

from kubetutor.embedded.apiserver.managed_fields.apply import check_applied, server_side_apply
from kubetutor.embedded.apiserver.managed_fields.scale import note_owners_in_scale, note_owners_of_scale
from kubetutor.embedded.apiserver.managed_fields.update import default_manager, on_update

__all__ = [
    "check_applied",
    "default_manager",
    "note_owners_in_scale",
    "note_owners_of_scale",
    "on_update",
    "server_side_apply",
]
