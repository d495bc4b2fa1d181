"""Conversations over a socket: OpenAI's own library, and plain WebSockets as the documentation shows them.

Environment: GATEWAY_URL without a path; GATEWAY_KEY.
"""

import json
import os

import openai
import requests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

HOST = os.environ["GATEWAY_URL"].rstrip("/")
KEY = os.environ["GATEWAY_KEY"]
SOCKET = f"{HOST.replace('http', 'ws', 1)}/v1"
MODEL = "gpt-realtime"


def item(text):
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


def openai_library():
    client = openai.OpenAI(api_key=KEY, base_url=f"{HOST}/v1", websocket_base_url=SOCKET, max_retries=0)
    with client.realtime.connect(model=MODEL) as connection:
        connection.session.update(session={"type": "realtime", "output_modalities": ["text"]})
        connection.conversation.item.create(item=item("Hello!"))
        connection.response.create()
        words, kinds = "", []
        for event in connection:
            kinds.append(event.type)
            if event.type == "session.created":
                assert event.session.model == MODEL, event.session
            if event.type == "response.output_text.delta":
                words += event.delta
            if event.type == "response.done":
                assert event.response.status == "completed", event.response
                break
    assert "Hello!" in words and "local mock model" in words, (words, kinds)


def socket(path=f"/realtime?model={MODEL}", key=KEY, **options):
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return connect(SOCKET + path, additional_headers=headers, **options)


def until(connection, kind):
    """The events up to one of a kind."""
    events = []
    while not events or events[-1]["type"] != kind:
        events.append(json.loads(connection.recv(timeout=30)))
        assert events[-1]["type"] != "error", events
    return events


def beta():
    """As the documentation of 2025 has it: `modalities`, and no `type`."""
    with socket() as connection:
        until(connection, "session.created")
        session = {"modalities": ["text"], "instructions": "Be brief."}
        connection.send(json.dumps({"type": "session.update", "session": session}))
        updated = until(connection, "session.updated")[-1]["session"]
        assert "type" not in updated and updated["model"] == MODEL, updated
        connection.send(json.dumps({"type": "conversation.item.create", "item": item("Hello!")}))
        connection.send(json.dumps({"type": "response.create"}))
        events = until(connection, "response.done")
    words = "".join(event["delta"] for event in events if event["type"] == "response.text.delta")
    assert "local mock model" in words, events
    assert "conversation.item.created" in [event["type"] for event in events], events


def secret():
    made = requests.post(
        f"{HOST}/v1/realtime/client_secrets",
        headers={"Authorization": f"Bearer {KEY}"},
        json={"session": {"type": "realtime", "model": MODEL, "output_modalities": ["text"]}},
        timeout=60,
    ).json()
    protocols = ["realtime", f"openai-insecure-api-key.{made['value']}"]
    with socket(key=None, subprotocols=protocols) as connection:
        assert connection.subprotocol == "realtime", connection.subprotocol
        connection.send(json.dumps({"type": "conversation.item.create", "item": item("Hello!")}))
        connection.send(json.dumps({"type": "response.create"}))
        until(connection, "response.done")
    refused_with(401, key=None, subprotocols=protocols)


def refused_with(status, **options):
    try:
        with socket(**options):
            raise AssertionError("the socket was opened")
    except InvalidStatus as refusal:
        assert refusal.response.status_code == status, refusal.response
        return json.loads(refusal.response.body)


def refused():
    body = refused_with(401, key="sk-wrong")
    assert body["error"]["code"] == "invalid_api_key", body
    body = refused_with(404, path="/realtime?model=nobody")
    assert body["error"]["code"] == "model_not_found", body


def goes_on_after_a_mistake():
    with socket() as connection:
        until(connection, "session.created")
        connection.send("no JSON")
        error = json.loads(connection.recv(timeout=30))
        assert error["type"] == "error" and error["error"]["code"] == "invalid_json", error
        connection.send(json.dumps({"type": "response.create"}))
        until(connection, "response.done")
        connection.close(1000)
        try:
            connection.recv(timeout=5)
            raise AssertionError("the socket is open")
        except ConnectionClosed:
            pass


def calls():
    for call in (openai_library, beta, secret, refused, goes_on_after_a_mistake):
        yield f"conversations: {call.__name__}", call
