"""A class that is open in a thread of this process, and learners who ask it over real HTTPS."""

import asyncio
import contextlib
import http.client
import json
import ssl
import threading

from kubetutor.classroom.receiver.connections import listen
from kubetutor.classroom.receiver.opened import OpenedClass
from kubetutor.exercises.report.report import Exercise, Report


class Clock:
    """Seconds since 1970 that a test moves."""

    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now


@contextlib.contextmanager
def opened(folder, *, clock=None, port=0, bounds=None):
    """Open the class of this folder on loopback; answer it while it listens."""
    made, ready, stop = {}, threading.Event(), None

    async def serve():
        nonlocal stop
        stop = asyncio.Event()
        one = OpenedClass(folder, **({"clock": clock} if clock else {}))
        learners, page = listen("127.0.0.1", port), listen("127.0.0.1", 0)
        one.roster.keep_fact("address", f"127.0.0.1:{learners.getsockname()[1]}")
        if not one.roster.has_valid_code():
            one.roster.new_code(4)
        async with one.served(learners, page, bounds=bounds):
            made["class"] = Served(one, page.getsockname()[1], asyncio.get_running_loop())
            ready.set()
            await stop.wait()
        one.close()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert ready.wait(30), "the class did not open"
    try:
        yield made["class"]
    finally:
        made["class"].loop.call_soon_threadsafe(stop.set)
        thread.join(30)


class Served:
    """What a test sees of an open class."""

    def __init__(self, one, page_port, loop):
        self._one, self.loop = one, loop
        self.address = one.address
        self.port = int(one.address.rpartition(":")[2])
        self.page = f"http://127.0.0.1:{page_port}/"
        self.page_token = one.page_token()

    def in_its_thread(self, call):
        """Call it with the open class where its database may be used."""

        async def called():
            return call(self._one)

        return asyncio.run_coroutine_threadsafe(called(), self.loop).result(10)

    @property
    def code(self):
        return self.in_its_thread(lambda one: one.invitation())["command"].split()[3]

    def seen(self):
        from kubetutor.classroom.receiver.roster import Joined

        return {each.name: each for each in Joined(self._one.folder).seen()}

    def ask(self, method, path, body=b"", token="", headers=None):
        """Send one request; answer the status, the headers and what came back."""
        told = {**({"Authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=20, context=anybody())
        with contextlib.closing(connection):
            connection.request(method, path, body, told)
            response = connection.getresponse()
            return response.status, dict(response.headers), response.read()

    @property
    def secret(self):
        """The first letters of the code, without the slow rest."""
        return self.in_its_thread(lambda one: one.roster.code()[0])

    def join(self, name):
        """Join; answer the token."""
        body = json.dumps({"code": self.secret, "name": name})
        status, _, answer = self.ask("POST", "/join", body)
        assert status == 200, answer
        return json.loads(answer)["token"]


def anybody():
    """A TLS context that takes any certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def report(name="Ana", *exercises, hand=None):
    made = exercises or (Exercise("deployments", "no-outage", "trying", 60, 5, 1),)
    return Report(name, made, hand)
