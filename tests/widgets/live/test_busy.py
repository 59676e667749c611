"""A real kernel that is busy with a cell hears a button whose message names a subshell, as JupyterLab's do."""

import pytest

from kubetutor.widgets.live.busy import hear_while_busy

PATIENCE = 120  # seconds: starting a kernel takes some on a machine that works hard
BUTTON = """
import threading, ipywidgets
from kubetutor.widgets.live.busy import hear_while_busy
button = ipywidgets.Button()
box = ipywidgets.HBox([button])
hear_while_busy(box)
heard = threading.Event()
button.on_click(lambda _: heard.set())
print(button.comm.comm_id)
"""


@pytest.fixture(scope="module")
def kernel():
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3", startup_timeout=PATIENCE)
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def printed(kernel):
    """Answer what a cell prints next."""
    while True:
        message = kernel.get_iopub_msg(timeout=PATIENCE)
        assert message["msg_type"] != "error", message["content"]
        if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
            return message["content"]["text"].strip()


def test_a_button_is_heard_while_a_cell_waits_for_it(kernel):
    kernel.control_channel.send(kernel.session.msg("create_subshell_request", {}))
    subshell = kernel.control_channel.get_msg(timeout=PATIENCE)["content"]["subshell_id"]
    kernel.execute(BUTTON)
    comm = printed(kernel)
    kernel.execute("print('begun', flush=True); print('heard' if heard.wait(60) else 'not heard')")
    assert printed(kernel) == "begun"
    click = {"comm_id": comm, "data": {"method": "custom", "content": {"event": "click"}}}
    message = kernel.session.msg("comm_msg", click)
    message["header"]["subshell_id"] = subshell
    kernel.shell_channel.send(message)
    assert printed(kernel) == "heard"


def test_a_widget_without_a_kernel_is_left_alone():
    import ipywidgets

    box = ipywidgets.HBox([ipywidgets.Button()])
    hear_while_busy(box)
    assert not hasattr(box.comm, "_reply_subshell_for")
