"""JupyterHub for a class: `jupyterhub -f "$(kubetutor class server-config)"`, as root. The guide for instructors says more.

Options on JupyterHub's command line override what stands here.
"""

from __future__ import annotations

from typing import Any

c: Any = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub defines it where it loads this file

c.JupyterHub.spawner_class = "kubetutor.classroom.server.spawner.LearnerSpawner"
c.JupyterHub.authenticator_class = "firstuseauthenticator.FirstUseAuthenticator"
c.FirstUseAuthenticator.create_users = (
    True  # a name is whose first log-in it was: its password is theirs from then on
)
c.Authenticator.allow_all = True
c.Spawner.environment = {
    "KUBETUTOR_REQUESTS_PER_SECOND": "10"  # that exercises send: they share the processors with everybody's
}
c.JupyterHub.bind_url = (
    "http://127.0.0.1:8000"  # whoever opens it to others says so, and brings a certificate
)
c.JupyterHub.hub_bind_url = "http://127.0.0.1:8081"
c.JupyterHub.cleanup_servers = True  # with the hub everything ends; what learners wrote stays
c.Spawner.start_timeout = 180  # seconds: thirty who come at once wait for one another
c.Spawner.http_timeout = 120
