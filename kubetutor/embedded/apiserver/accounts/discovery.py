"""Where others learn how to check our tokens: the issuer's two documents.

Models: pkg/serviceaccount/openidmetadata.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from starlette.responses import Response

from kubetutor.embedded.apiserver.accounts.issuer import ISSUER

if TYPE_CHECKING:
    from kubetutor.embedded.apiserver.accounts.issuer import TokenIssuer

CONFIGURATION, KEYS = "/.well-known/openid-configuration", "/openid/v1/jwks"
AN_HOUR = {"Cache-Control": "public, max-age=3600"}


def document(path: str, issuer: TokenIssuer, address: str) -> Response | None:
    """Answer one of the two. `address` is where clients find the API server."""
    if path == KEYS:
        return Response(
            orjson.dumps(issuer.public_keys()), headers=AN_HOUR, media_type="application/jwk-set+json"
        )
    if path != CONFIGURATION:
        return None
    configuration = {
        "issuer": ISSUER,
        "jwks_uri": f"https://{address}{KEYS}",
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }
    return Response(orjson.dumps(configuration), headers=AN_HOUR, media_type="application/json")
