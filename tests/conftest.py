"""Our own plugin, also when the package is not installed and pytest cannot find it by its entry point."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    if not config.pluginmanager.has_plugin("kubetutor"):
        from kubetutor.testing import plugin

        config.pluginmanager.register(plugin, "kubetutor")
