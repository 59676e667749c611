"""The addresses of a service inside the cluster, as far as the service alone can tell.

Models: ValidateServiceClusterIPsRelatedFields, validateUpgradeDowngradeClusterIPs in pkg/apis/core/validation.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from kubetutor.api.formats import ip_address
from kubetutor.embedded.apiserver.field import (
    FieldError,
    duplicate,
    invalid,
    malformed,
    not_supported,
    required,
)

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

_FAMILIES = ("IPv4", "IPv6")
_FAMILY_POLICIES = ("PreferDualStack", "RequireDualStack", "SingleStack")
_PATH = "spec.clusterIPs"
ONCE_SET = "may not change once set"


def family_of(address: str) -> str:
    return "IPv6" if ":" in address else "IPv4"


def validate_cluster_ips(spec: Object) -> list[FieldError]:
    if spec.get("type") == "ExternalName":
        return []
    addresses = spec.get("clusterIPs", [])
    errors = _validate_twin(spec.get("clusterIP", ""), addresses)
    errors += _validate_families(spec)
    wrong: list[FieldError] = []
    for index, address in enumerate(addresses):
        if index == 0 and address == "None":
            if len(addresses) > 1:
                wrong.append(invalid(_PATH, addresses, "'None' must be the first and only value"))
        else:
            wrong += malformed(f"{_PATH}[{index}]", address, ip_address(address))
    errors += wrong
    if len(addresses) > 2:
        errors.append(invalid(_PATH, addresses, "may only hold up to 2 values"))
    if wrong or addresses[:1] == ["None"]:
        return errors
    if len(addresses) > 1 and len({ipaddress.ip_address(text).version for text in addresses}) == 1:
        detail = "may specify no more than one IP for each IP family"
        errors.append(invalid(_PATH, addresses, detail))
    for index, (address, family) in enumerate(zip(addresses, spec.get("ipFamilies", ()), strict=False)):
        if family_of(address) != family and family in _FAMILIES:
            detail = f"expected an {family} value as indicated by `ipFamilies[{index}]`"
            errors.append(invalid(f"{_PATH}[{index}]", address, detail))
    return errors


def validate_ip_changes(after: Object, before: Object) -> list[FieldError]:
    """Check that addresses and families stay, as long as the service has any."""
    if "ExternalName" in {after.get("type"), before.get("type")}:
        return []
    new, old = after.get("clusterIPs", []), before.get("clusterIPs", [])
    was_headless, is_headless = old == ["None"], new == ["None"]
    errors: list[FieldError] = []
    if not (was_headless and is_headless):
        errors += _validate_change(new, old, _PATH, "primary clusterIP can not be unset")
    if not was_headless and not is_headless:
        families, old_families = after.get("ipFamilies", []), before.get("ipFamilies", [])
        errors += _validate_change(
            families, old_families, "spec.ipFamilies", "primary ipFamily can not be unset"
        )
    return errors


def _validate_change(new: list[str], old: list[str], path: str, unset_words: str) -> list[FieldError]:
    if old and not new:
        return [invalid(f"{path}[0]", new, unset_words)]
    if len(new) == len(old):
        return [
            invalid(f"{path}[{index}]", new, ONCE_SET)
            for index, (after, before) in enumerate(zip(new, old, strict=True))
            if after != before
        ]
    return [invalid(f"{path}[0]", new, ONCE_SET)] if old and new[0] != old[0] else []


def _validate_twin(address: str, addresses: list[str]) -> list[FieldError]:
    """Check `clusterIP` against `clusterIPs`, whose first it must be."""
    if address and not addresses:
        return [required(_PATH)]
    if address and addresses[0] != address:
        return [invalid(_PATH, addresses, "first value must match `clusterIP`")]
    if addresses and not address:
        return [invalid(_PATH, addresses, "must be empty when `clusterIP` is not specified")]
    return []


def _validate_families(spec: Object) -> list[FieldError]:
    errors: list[FieldError] = []
    families = spec.get("ipFamilies", [])
    for index, family in enumerate(families):
        if family not in _FAMILIES:
            errors.append(not_supported(f"spec.ipFamilies[{index}]", family, _FAMILIES))
        if family in families[:index]:
            errors.append(duplicate(f"spec.ipFamilies[{index}]", family))
    policy = spec.get("ipFamilyPolicy")
    if policy is not None and policy not in _FAMILY_POLICIES:
        errors.append(not_supported("spec.ipFamilyPolicy", policy, _FAMILY_POLICIES))
    return errors
