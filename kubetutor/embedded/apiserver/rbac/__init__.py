"""Role-based access control: who may do what.

`rules.py` says what one rule allows and which rules cover which; `grants.py` knows which rules a user has;
`authorizer.py` decides about a request, `escalation.py` about who may give rights away.

Models: plugin/pkg/auth/authorizer/rbac and pkg/registry/rbac.
"""
