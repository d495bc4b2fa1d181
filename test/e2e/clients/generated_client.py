"""A client that a generator makes of `/openapi.json`, against the gateway that serves it.

Environment: GATEWAY_URL without a path; GATEWAY_KEY; EXPECTED_WORDS, which the answer must hold (optional).
"""

import functools
import importlib
import os
import subprocess
import sys
import tempfile

HOST = os.environ["GATEWAY_URL"].rstrip("/")
KEY = os.environ["GATEWAY_KEY"]
PACKAGE = "generated_gateway"


@functools.cache
def made():
    """The folder of the client, which lasts as long as the program. Nothing may be left out of the client."""
    folder = tempfile.TemporaryDirectory(prefix="token-gateway-client-")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "openapi_python_client",
            "generate",
            "--url",
            f"{HOST}/openapi.json?lang=en",
            "--output-path",
            os.path.join(folder.name, PACKAGE),
            "--meta",
            "none",
            "--fail-on-warning",
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, folder.name)
    return folder


def module(name):
    made()
    return importlib.import_module(f"{PACKAGE}.{name}")


def client(key=KEY):
    return module("client").AuthenticatedClient(base_url=HOST, token=key)


def chat():
    body = module("models").PostV1ChatCompletionsBody.from_dict(
        {"model": "auto", "messages": [{"role": "user", "content": "Hello"}]}
    )
    answer = module("api.chat_completions.post_v1_chat_completions").sync(client=client(), body=body)
    text = answer.choices[0].message.content
    assert text.strip() and os.environ.get("EXPECTED_WORDS", "") in text, answer
    assert answer.usage.total_tokens > 0, answer


def messages():
    body = module("models").PostV1MessagesBody.from_dict(
        {"model": "auto", "max_tokens": 100, "messages": [{"role": "user", "content": "Hello"}]}
    )
    answer = module("api.anthropic.post_v1_messages").sync(client=client(), body=body)
    assert answer.content[0].text.strip(), answer


def account():
    answer = module("api.account.get_api_account").sync(client=client())
    assert answer.available_nanos > 0 and answer.key.prefix == KEY[: len(answer.key.prefix)], answer


def wrong_key():
    answer = module("api.account.get_api_account").sync(client=client("sk-wrong"))
    assert answer.error.code == "invalid_api_key", answer


def calls():
    for call in (chat, messages, account, wrong_key):
        yield f"generated client: {call.__name__}", call
