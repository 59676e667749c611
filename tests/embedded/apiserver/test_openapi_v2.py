"""The document that kubectl reads when no other knows a kind."""

import json

from kubetutor.embedded.apiserver import openapi_v2
from kubetutor.embedded.apiserver.protobuf_wire import walk


def test_both_forms_say_the_same():
    document = json.loads(openapi_v2.JSON)
    version, info = (value for _, value in walk(openapi_v2.PROTOBUF))
    assert version.decode() == document["swagger"] == "2.0"
    assert [value.decode() for _, value in walk(info)] == list(document["info"].values())


def test_it_describes_no_type():
    assert json.loads(openapi_v2.JSON)["definitions"] == {}
