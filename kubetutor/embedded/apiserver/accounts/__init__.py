"""Service accounts and their tokens: who signs them, what they say, whether they still hold.

`issuer.py` signs and reads, `claims.py` decides what a token says and whether that is still true,
`requests.py` answers TokenRequests. Nothing here decides what an account may do: that is `rbac/`.
"""
