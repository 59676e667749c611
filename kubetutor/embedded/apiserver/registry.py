"""The generic registry: one set of verbs for every kind. A kind that differs has a `Strategy`.

A write goes through these steps, as upstream's does:
  decode > defaults > managed fields > mutating admission > prepare > validate > store.

Models: k8s.io/apiserver/pkg/registry/generic/registry/store.go.
"""

from __future__ import annotations

import random
import sqlite3
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from kubetutor.api.kinds import Kind, kinds_by_resource
from kubetutor.api.objects import is_being_deleted, uid_of
from kubetutor.embedded.apiserver import (
    certificate_requests,
    ephemeral_containers,
    managed_fields,
    privileges,
)
from kubetutor.embedded.apiserver.accounts.issuer import TokenIssuer
from kubetutor.embedded.apiserver.custom.kind import CustomKind
from kubetutor.embedded.apiserver.custom.objects import kept_object, shown_object
from kubetutor.embedded.apiserver.custom.strategy import custom_strategy, validate_status
from kubetutor.embedded.apiserver.custom.structural import ObjectType
from kubetutor.embedded.apiserver.deletion import is_finished, plan_deletion
from kubetutor.embedded.apiserver.field import immutable, invalid
from kubetutor.embedded.apiserver.listing import Cut, Page, page, predicate, read_token
from kubetutor.embedded.apiserver.merge_with_old import merge_with_old
from kubetutor.embedded.apiserver.options import check_list, wanted_revision
from kubetutor.embedded.apiserver.rbac.authorizer import Authorizer
from kubetutor.embedded.apiserver.served_kinds import DEFINITIONS, ServedKinds
from kubetutor.embedded.apiserver.status import (
    already_exists,
    bad_request,
    conflict,
    expired,
    forbidden,
    internal,
    modified,
    not_found,
    version_too_large,
)
from kubetutor.embedded.apiserver.strategies import Strategy, invalid_error, strategy_of
from kubetutor.embedded.apiserver.strategies.labels import validate_labels
from kubetutor.embedded.apiserver.strategies.metadata import validate_annotations
from kubetutor.embedded.clock import timestamp
from kubetutor.embedded.store import ExistsError, GoneError, Store
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.admission import Admission
    from kubetutor.embedded.apiserver.field_type import FieldType
    from kubetutor.embedded.apiserver.options import DeleteOptions, ListOptions, WriteOptions
    from kubetutor.embedded.apiserver.schema import Schema
    from kubetutor.embedded.apiserver.users import User
    from kubetutor.embedded.clock import Clock

LIST_TOO_OLD = "The resourceVersion for the provided list is too old."
PAGES_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list "
    "without the continue parameter."
)
SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"  # no vowels: no words by accident
LONGEST_GENERATED_BASE = 58
TERMINATING = "create not allowed while custom resource definition is terminating"
MUST_HAVE_VERSION = "must be specified for an update"

Listed: TypeAlias = "list[Object]"  # inside the class, `list` is the verb


class Registry:
    """Every kind's storage behind the same verbs. Raises `ApiError` alone."""

    def __init__(
        self,
        store: Store,
        schema: Schema,
        admission: Admission,
        clock: Clock,
        issuer: TokenIssuer | None = None,
    ) -> None:
        self.store, self.kinds, self.schema = store, ServedKinds(store), schema
        self.authorizer, self.issuer = Authorizer(store), issuer or TokenIssuer()
        self._admission, self._clock = admission, clock
        self._random = random.Random()  # noqa: S311  # names need not be secret

    def now(self) -> dt.datetime:
        return self._clock.now()

    def type_of(self, kind: Kind) -> FieldType | None:
        """Answer the type of a kind's objects."""
        if not isinstance(kind, CustomKind):
            return self.schema.type_of(kind.group, kind.version, kind.kind)
        return ObjectType(kind.schema, self.schema.metadata, has_status=kind.has_status)

    def get(self, kind: Kind, namespace: str | None, name: str) -> Object:
        obj = self.find(kind, namespace, name)
        if obj is None:
            raise not_found(kind, name)
        return obj

    def find(self, kind: Kind, namespace: str | None, name: str) -> Object | None:
        obj = self.store.get(kind.resource, namespace, name)
        return None if obj is None else _shown(kind, obj)

    def list(self, kind: Kind, namespace: str | None, options: ListOptions) -> Page:
        chosen = predicate(kind, options.label_selector, options.field_selector)
        check_list(options)
        start, revision = "", wanted_revision(options)
        if options.continue_token:
            start, revision = read_token(options.continue_token)
        if revision is None:
            self.check_reached(options.resource_version)
            objects = self.store.list(kind.resource, namespace)
            revision = self.store.revision
        else:
            objects = self._list_at(kind, namespace, revision, continued=bool(start))
        if chosen is not None:
            objects = [obj for obj in objects if chosen(obj)]
        whole = options.resource_version == 0 and not start  # Models: the watch cache, which knows no pages
        objects = [_shown(kind, obj) for obj in objects] if isinstance(kind, CustomKind) else objects
        limit = 0 if whole else max(options.limit, 0)
        in_all = namespace is None
        return page(objects, Cut(limit, start, revision, filtered=chosen is not None, in_all=in_all))

    def _list_at(self, kind: Kind, namespace: str | None, revision: int, *, continued: bool) -> Listed:
        self.check_reached(revision)
        try:
            return self.store.list_at(kind.resource, namespace, revision)
        except GoneError:
            raise expired(PAGES_TOO_OLD if continued else LIST_TOO_OLD) from None

    def check_reached(self, revision: int | None) -> None:
        """Refuse to read at a revision that is still to come."""
        if revision is not None and revision > self.store.revision:
            raise version_too_large(revision, self.store.revision)

    def create(self, kind: Kind, namespace: str | None, obj: Object, options: WriteOptions) -> Object:
        """Store a new object, which is ours to change from here on."""
        metadata = obj.setdefault("metadata", {})
        self._place(kind, namespace, metadata)
        if metadata.pop("resourceVersion", None) not in {None, "", "0"}:
            raise bad_request("resourceVersion should not be set on objects to be created")
        self._require_namespace(kind, namespace, str(metadata.get("name") or ""))
        if isinstance(kind, CustomKind) and kind.is_terminating:
            raise forbidden(kind, str(metadata.get("name") or ""), TERMINATING)
        self._generate_name(metadata)
        for name in ("deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"):
            metadata.pop(name, None)
        metadata["uid"] = str(uuid.uuid4())
        metadata["creationTimestamp"] = timestamp(self._clock.now())
        strategy = _strategy(kind)
        strategy.defaults(obj)
        self._note_manager(kind, obj, None, options)
        privileges.on_create(self.authorizer, options.user, kind, obj)
        refused = self._admission.create(kind, obj)
        strategy.prepare_create(obj)
        errors = [*strategy.validate(obj), *refused]
        if errors:
            raise invalid_error(kind, str(metadata.get("name", "")), errors)
        if options.dry_run:
            if self.store.get(kind.resource, namespace, metadata["name"]):
                raise already_exists(kind, metadata["name"])
            return obj
        try:
            return _shown(kind, self._stored(lambda: self.store.create(kind.resource, _kept(kind, obj))))
        except ExistsError:
            raise already_exists(kind, metadata["name"]) from None

    def update(
        self,
        kind: Kind,
        namespace: str | None,
        name: str,
        obj: Object,
        options: WriteOptions,
        subresource: str = "",
    ) -> Object:
        """Replace an object with one that is ours to change from here on."""
        metadata = obj.setdefault("metadata", {})
        if not metadata.get("name"):
            raise bad_request(
                f"the name of the object ({name} based on URL) was undeterminable: name must be provided"
            )
        if metadata["name"] != name:
            raise bad_request(
                f"the name of the object ({metadata['name']}) does not match the name on the URL ({name})"
            )
        self._place(kind, namespace, metadata)
        old = self.get(kind, namespace, name)
        self._check_versions(kind, old, metadata)
        new = merge_with_old(kind, obj, old, subresource)
        if kind.resource == certificate_requests.RESOURCE and subresource:
            certificate_requests.merge_status(kind, new, old, subresource, self.now())
            if options.user is not None:
                certificate_requests.require_signer(self.authorizer, options.user, kind, new, subresource)
        if isinstance(kind, CustomKind) and subresource == "status":
            if errors := validate_status(kind, new, old):
                raise invalid_error(kind, name, errors)
        elif subresource == ephemeral_containers.NAME:
            if errors := ephemeral_containers.check(_strategy(kind), new, old):
                raise invalid_error(kind, name, errors)
        elif subresource:
            self._check_labels(kind, new["metadata"])
        else:
            self._check_update(kind, new, old, options.user)
        return self.commit(kind, new, old, options, subresource)

    def _check_labels(self, kind: Kind, metadata: Object) -> None:
        errors = [
            *validate_labels(metadata.get("labels"), "metadata.labels"),
            *validate_annotations(metadata.get("annotations"), "metadata.annotations"),
        ]
        if errors:
            raise invalid_error(kind, metadata["name"], errors)

    def _check_update(self, kind: Kind, new: Object, old: Object, user: User | None) -> None:
        strategy = _strategy(kind)
        strategy.defaults(new)
        privileges.on_update(self.authorizer, user, kind, new, old)
        refused = self._admission.update(kind, new, old)
        strategy.prepare_update(new, old)
        whole = [] if strategy.change_alone else strategy.validate(new)
        found = [whole, strategy.validate_update(new, old)]
        first, second = reversed(found) if strategy.change_first else found
        if errors := [*first, *second, *refused]:
            raise invalid_error(kind, new["metadata"]["name"], errors)

    def commit(
        self, kind: Kind, new: Object, old: Object, options: WriteOptions, subresource: str = ""
    ) -> Object:
        """Store a checked change of `old`, unless nothing changed; forget the object if it may go now."""
        new["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"]
        if subresource in {"", "status", ephemeral_containers.NAME}:
            self._note_manager(kind, new, old, options, subresource)
        if _same(new, old):
            return old
        if options.dry_run:
            return new
        name, namespace = new["metadata"]["name"], new["metadata"].get("namespace")
        if is_finished(kind, new):
            self._stored(lambda: self.store.delete(kind.resource, namespace, name))
            return new
        return _shown(kind, self._stored(lambda: self.store.update(kind.resource, _kept(kind, new))))

    def delete(
        self, kind: Kind, namespace: str | None, name: str, options: DeleteOptions
    ) -> tuple[Object, bool]:
        """Delete, or begin to; answer the object as it is now and whether it is gone."""
        old = self.get(kind, namespace, name)
        self._admission.delete(kind, old)
        plan = plan_deletion(kind, old, options, self._clock.now())
        if options.dry_run:
            return plan.object, plan.now
        if plan.now:
            return _shown(kind, self._stored(lambda: self.store.delete(kind.resource, namespace, name))), True
        if plan.object["metadata"] == old["metadata"]:
            return old, False
        marked = _kept(kind, plan.object)
        return _shown(kind, self._stored(lambda: self.store.update(kind.resource, marked))), False

    def delete_collection(
        self, kind: Kind, namespace: str | None, chosen: ListOptions, options: DeleteOptions
    ) -> Sequence[Object]:
        """Delete what the selectors choose, and answer it. What has gone meanwhile is no failure."""
        found = self.list(kind, namespace, chosen).items
        for obj in found:
            try:
                self.delete(kind, obj["metadata"].get("namespace"), obj["metadata"]["name"], options)
            except ApiError as error:
                if error.code != 404:
                    raise
        return found

    def _stored(self, write: Callable[[], Object]) -> Object:
        try:
            return write()
        except sqlite3.Error as error:
            raise internal(
                f"the cluster's database cannot be written: {error}. Is the disk full, or the state folder read-only?"
            ) from error

    def _place(self, kind: Kind, namespace: str | None, metadata: Object) -> None:
        """Make the object's namespace that of the request."""
        if not kind.namespaced:
            metadata.pop("namespace", None)
        elif metadata.setdefault("namespace", namespace) not in {namespace, ""}:
            raise bad_request(
                "the namespace of the provided object does not match the namespace sent on the request"
            )
        else:
            metadata["namespace"] = namespace

    def _require_namespace(self, kind: Kind, namespace: str | None, name: str) -> None:
        if not kind.namespaced or namespace is None:
            return
        found = self.store.get("namespaces", None, namespace)
        if found is None:
            raise not_found(kinds_by_resource()["namespaces"], namespace)
        if is_being_deleted(found):
            why = f"unable to create new content in namespace {namespace} because it is being terminated"
            cause = {
                "reason": "NamespaceTerminating",
                "message": f"namespace {namespace} is being terminated",
                "field": "metadata.namespace",
            }
            raise forbidden(kind, name, why, causes=[cause])

    def _generate_name(self, metadata: Object) -> None:
        if metadata.get("generateName") and not metadata.get("name"):
            base = str(metadata["generateName"])[:LONGEST_GENERATED_BASE]
            metadata["name"] = base + "".join(self._random.choices(SUFFIX_ALPHABET, k=5))

    def _check_versions(self, kind: Kind, old: Object, metadata: Object) -> None:
        name, uid, version = metadata["name"], metadata.get("uid"), metadata.get("resourceVersion")
        if uid and uid != uid_of(old):
            namespace = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
            raise conflict(
                kind,
                name,
                f"StorageError: invalid object, Code: 4, Key: /registry/{kind.plural}/{namespace}{name}, "
                "ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: "
                f"UID in precondition: {uid}, UID in object meta: {uid_of(old)}",
            )
        if version in {None, "", "0"} and (isinstance(kind, CustomKind) or kind.resource == DEFINITIONS):
            named = replace(kind, kind=kind.plural)  # upstream's words
            raise invalid_error(named, name, [invalid("metadata.resourceVersion", 0, MUST_HAVE_VERSION)])
        if version not in {None, "", "0"} and version != old["metadata"]["resourceVersion"]:
            raise modified(kind, name)

    def _note_manager(
        self, kind: Kind, new: Object, old: Object | None, options: WriteOptions, subresource: str = ""
    ) -> None:
        if options.applied:  # the patch has noted its manager itself
            return
        type_ = self.type_of(kind)
        managed_fields.on_update(
            new,
            old,
            manager=options.manager,
            type_=type_,
            now=timestamp(self._clock.now()),
            subresource=subresource,
        )


def _strategy(kind: Kind) -> Strategy:
    return custom_strategy(kind) if isinstance(kind, CustomKind) else strategy_of(kind.resource)


def _shown(kind: Kind, obj: Object) -> Object:
    """Answer a stored object in the version that is asked for."""
    return shown_object(kind, obj) if isinstance(kind, CustomKind) else obj


def _kept(kind: Kind, obj: Object) -> Object:
    """Answer an object in the version in which its kind is stored."""
    return kept_object(kind, obj) if isinstance(kind, CustomKind) else obj


def refuse_new_uid(kind: Kind, new: Object, old: Object) -> None:
    """Refuse a patch that changes the uid; unlike in an update, where it says which object is meant."""
    uid = new["metadata"].get("uid")
    errors = immutable("metadata.uid", uid, uid_of(old)) if uid else []
    if errors:  # upstream looks twice
        raise invalid_error(kind, old["metadata"]["name"], errors * 2)


def _same(new: Object, old: Object) -> bool:
    """Say whether nothing changed. Metadata that is null is metadata that is not there."""
    if new.keys() != old.keys() or any(new[key] != old[key] for key in new if key != "metadata"):
        return False
    after, before = new["metadata"], old["metadata"]
    return all(after.get(key) == before.get(key) for key in after.keys() | before.keys())
