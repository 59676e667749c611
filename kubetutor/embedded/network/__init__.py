"""Addresses in 127.0.0.0/8, and the service proxy that balances real connections.

Reading order: `addresses`, `endpoints` (who may answer), `balancer` (who does), `frontends` (where to listen),
`connection` and `datagrams` (moving bytes), `listeners` (sockets), `load_balancer` (external addresses), `proxy`;
then `names/` (the name server).

Not modelled: SCTP, IPv6, `externalIPs`, `internalTrafficPolicy` and `externalTrafficPolicy` Local,
`trafficDistribution`, `loadBalancerSourceRanges`.
"""
