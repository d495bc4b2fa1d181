"""Samples 4, 5, 9 and 10 of the published documents, and the vendors' own libraries, against a running gateway.

Environment: GATEWAY_URL without a path; GATEWAY_KEY; XLEI_API_KEY, where the published samples look for their key
(GATEWAY_KEY if unset); EXPECTED_WORDS, which every answer must hold (optional); SHOWN_TEXTS, a file of JSON with the programs
that the portal shows (optional).
"""

import contextlib
import functools
import io
import json
import os
import sys
import traceback

import anthropic
import openai
import requests
from google import genai
from google.genai import errors, types
from langchain_openai import ChatOpenAI

import generated_client
import open_responses
import conversations
import operations

HOST = os.environ["GATEWAY_URL"].rstrip("/")
KEY = os.environ["GATEWAY_KEY"]
XLEI_KEY = os.environ.get("XLEI_API_KEY", KEY)
EXPECTED_WORDS = os.environ.get("EXPECTED_WORDS", "")

HELLO = [{"role": "user", "content": "Hello"}]
SYSTEM_AND_USER = [
    {"role": "system", "content": "You are a helpful assistant."},
    {"role": "user", "content": "Hello!"},
]


def check_text(text):
    assert isinstance(text, str) and text.strip(), f"no text: {text!r}"
    assert EXPECTED_WORDS in text, f"{EXPECTED_WORDS!r} is not in {text!r}"


def requests_lines(extra):
    """Reads as the samples do: what stands after `data: ` in each line."""
    answer = requests.post(
        f"{HOST}/xlei/v1/chat/completions",
        json={"model": "auto", "messages": HELLO, **extra},
        headers={"Content-Type": "application/json", "X-API-Key": XLEI_KEY},
        stream=True,
        timeout=60,
    )
    assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
    assert answer.headers["content-type"].startswith("text/event-stream"), answer.headers
    lines = [line.decode("utf-8") for line in answer.iter_lines() if line]
    data = [line[6:] for line in lines if line.startswith("data: ")]
    assert len(data) > 2, lines
    assert data[-1] == "[DONE]", lines
    chunks = [json.loads(item) for item in data[:-1]]
    check_text("".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks))
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop", chunks[-1]


def langchain(base, **fields):
    return ChatOpenAI(**{"model": "auto", "base_url": HOST + base, "api_key": KEY, "max_retries": 0, **fields})


def langchain_invoke(base, **fields):
    answer = langchain(base, **fields).invoke("Hello!")
    check_text(answer.content)
    assert answer.response_metadata["finish_reason"] == "stop", answer


def langchain_old_names(base):
    model = ChatOpenAI(model_name="auto", openai_api_base=HOST + base, openai_api_key=KEY, max_retries=0)
    check_text(model.invoke("Hello!").content)


def langchain_stream(base):
    pieces = list(langchain(base).stream("Hello!"))
    assert len(pieces) > 2, pieces
    check_text("".join(piece.content for piece in pieces))


def langchain_tool(base):
    def get_current_weather(location: str) -> str:
        """The weather now."""
        return location

    answer = langchain(base, model="gpt-4o").bind_tools([get_current_weather]).invoke("The weather in Boston?")
    assert [call["name"] for call in answer.tool_calls] == ["get_current_weather"], answer
    assert isinstance(answer.tool_calls[0]["args"]["location"], str), answer


def client(base, key=None):
    return openai.OpenAI(api_key=key or KEY, base_url=HOST + base, max_retries=0)


def openai_create(base):
    answer = client(base).chat.completions.create(model="gpt-4o", messages=SYSTEM_AND_USER)
    check_text(answer.choices[0].message.content)
    assert answer.model == "gpt-4o", answer
    assert answer.usage.total_tokens > 0, answer


def openai_stream(base):
    stream = client(base).chat.completions.create(model="gpt-4o", messages=SYSTEM_AND_USER, stream=True)
    text = ""
    for chunk in stream:
        if chunk.choices[0].delta.content:
            text += chunk.choices[0].delta.content
    check_text(text)


def openai_stream_usage(base):
    options = {"include_usage": True}
    stream = client(base).chat.completions.create(
        model="gpt-4o", messages=SYSTEM_AND_USER, stream=True, stream_options=options
    )
    chunks = list(stream)
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens > 0, chunks[-1]
    assert all(chunk.choices and chunk.usage is None for chunk in chunks[:-1]), chunks


def openai_completion(base):
    answer = client(base).completions.create(model="gpt-4o", prompt="The quick brown fox", max_tokens=50)
    check_text(answer.choices[0].text)
    assert answer.object == "text_completion", answer


def openai_models(base):
    ids = [model.id for model in client(base).models.list()]
    assert ids[0] == "auto" and "gpt-4o" in ids, ids


def openai_wrong_key(base):
    try:
        answer = client(base, "sk-wrong").chat.completions.create(model="auto", messages=HELLO)
    except openai.AuthenticationError as error:
        assert error.code == "invalid_api_key", error.body
        assert error.request_id.startswith("req_"), error.request_id
        return
    raise AssertionError(f"no AuthenticationError but {answer}")


def openai_unknown_model(base):
    expected = openai.NotFoundError if base == "/v1" else openai.BadRequestError
    try:
        answer = client(base).chat.completions.create(model="gpt-nowhere", messages=HELLO, stream=True)
    except expected as error:
        assert error.code == "model_not_found", error.body
        assert "gpt-nowhere" in error.message, error.message
        return
    raise AssertionError(f"no {expected.__name__} but {answer}")


def responses_create(base):
    answer = client(base).responses.create(model="auto", input="Hello", instructions="Be brief.")
    check_text(answer.output_text)
    assert answer.status == "completed" and answer.usage.total_tokens > 0, answer
    goes_on = client(base).responses.create(model="auto", input="And now?", previous_response_id=answer.id)
    check_text(goes_on.output_text)
    assert goes_on.usage.input_tokens > answer.usage.input_tokens, goes_on.usage


def responses_stream(base):
    with client(base).responses.stream(model="auto", input="Hello") as stream:
        texts = [event.delta for event in stream if event.type == "response.output_text.delta"]
        check_text("".join(texts))
        assert len(texts) > 2, texts
        assert stream.get_final_response().status == "completed"


def messages_client(key=None):
    return anthropic.Anthropic(api_key=key or KEY, base_url=HOST, max_retries=0)


def messages_create():
    answer = messages_client().messages.create(model="auto", max_tokens=1000, system="Be brief.", messages=HELLO)
    check_text(answer.content[0].text)
    assert answer.stop_reason == "end_turn" and answer.usage.output_tokens > 0, answer


def messages_stream():
    with messages_client().messages.stream(model="auto", max_tokens=1000, messages=HELLO) as stream:
        texts = list(stream.text_stream)
        check_text("".join(texts))
        assert len(texts) > 2, texts
        assert stream.get_final_message().stop_reason == "end_turn"


def messages_tool():
    schema = {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]}
    answer = messages_client().messages.create(
        model="gpt-4o",
        max_tokens=1000,
        messages=[{"role": "user", "content": "The weather in Boston?"}],
        tools=[{"name": "get_current_weather", "description": "The weather now", "input_schema": schema}],
    )
    assert answer.stop_reason == "tool_use", answer
    used = [block for block in answer.content if block.type == "tool_use"]
    assert used[0].name == "get_current_weather" and isinstance(used[0].input["location"], str), answer


def messages_count():
    counted = messages_client().messages.count_tokens(model="auto", messages=HELLO)
    assert counted.input_tokens > 0, counted


def messages_models():
    ids = [model.id for model in messages_client().models.list(limit=1000)]
    assert ids[0] == "auto" and "gpt-4o" in ids, ids


def messages_wrong_key():
    try:
        answer = messages_client("sk-wrong").messages.create(model="auto", max_tokens=10, messages=HELLO)
    except anthropic.AuthenticationError as error:
        assert error.body["error"]["type"] == "authentication_error", error.body
        return
    raise AssertionError(f"no AuthenticationError but {answer}")


# A client of this library closes its connections when nothing refers to it, also in the middle of a call.
@functools.cache
def google_client(version, key=None):
    return genai.Client(api_key=key or KEY, http_options=types.HttpOptions(base_url=HOST, api_version=version))


def google_generate(version):
    answer = google_client(version).models.generate_content(model="auto", contents="Hello")
    check_text(answer.text)
    assert answer.usage_metadata.total_token_count > 0, answer


def google_stream(version):
    chunks = list(google_client(version).models.generate_content_stream(model="auto", contents="Hello"))
    check_text("".join(chunk.text or "" for chunk in chunks))
    assert len(chunks) > 2, chunks


def google_tool(version):
    def get_current_weather(location: str) -> str:
        """The weather now."""
        return f"22 degrees in {location}"

    config = types.GenerateContentConfig(tools=[get_current_weather])
    answer = google_client(version).models.generate_content(
        model="gpt-4o", contents="The weather in Boston?", config=config
    )
    assert "22 degrees" in answer.text, answer


def google_count(version):
    counted = google_client(version).models.count_tokens(model="auto", contents="Hello")
    assert counted.total_tokens > 0, counted


def google_wrong_key(version):
    try:
        answer = google_client(version, "sk-wrong").models.generate_content(model="auto", contents="Hello")
    except errors.ClientError as error:
        assert error.code == 401 and error.status == "UNAUTHENTICATED", error
        return
    raise AssertionError(f"no ClientError but {answer}")


class NotInstalled(Exception):
    """LlamaIndex wants an older `openai` than requirements.txt has: its program runs in an environment of its own."""


def shown_text(text):
    """A program that the portal shows, as somebody copies it."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(text, "shown", "exec"), {})
    except ModuleNotFoundError as missing:
        raise NotInstalled(missing.name) from missing
    check_text(printed.getvalue())


def calls():
    if "SHOWN_TEXTS" in os.environ:
        with open(os.environ["SHOWN_TEXTS"]) as texts:
            for shown in json.load(texts):
                yield f"shown: {shown['name']}", lambda shown=shown: shown_text(shown["text"])
    yield from open_responses.calls()
    yield from generated_client.calls()
    yield from operations.calls()
    yield from conversations.calls()
    for call in (
        messages_create,
        messages_stream,
        messages_tool,
        messages_count,
        messages_models,
        messages_wrong_key,
    ):
        yield f"anthropic: {call.__name__}", call
    for version in ("v1beta", "v1"):
        for call in (google_generate, google_stream, google_tool, google_count, google_wrong_key):
            yield f"google: {call.__name__} on {version}", lambda call=call, version=version: call(version)
    yield "4: requests, no stream", lambda: requests_lines({})
    yield "5: requests, stream", lambda: requests_lines({"stream": True})
    for base in ("/xlei/v1", "/v1"):
        for number, call in (
            ("9", langchain_invoke),
            ("9", langchain_old_names),
            ("9", langchain_stream),
            ("9", langchain_tool),
            ("10", openai_create),
            ("10", openai_stream),
            ("10", openai_stream_usage),
            ("10", openai_completion),
            ("10", openai_models),
            ("10", openai_wrong_key),
            ("10", openai_unknown_model),
            ("Responses", responses_create),
            ("Responses", responses_stream),
        ):
            yield f"{number}: {call.__name__} on {base}", lambda call=call, base=base: call(base)
        yield (
            f"9: langchain_invoke streaming on {base}",
            lambda base=base: langchain_invoke(base, streaming=True, temperature=0.7),
        )


def main():
    passed = failed = 0
    for name, call in calls():
        try:
            call()
        except NotInstalled as missing:
            print(f"skipped {name}: {missing} is not installed", flush=True)
        except Exception:
            failed += 1
            print(f"FAILED {name}\n{traceback.format_exc()}", flush=True)
        else:
            passed += 1
            print(f"passed {name}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
