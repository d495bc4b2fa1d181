"""Samples 4, 5, 9 and 10 of the published documents, against a running gateway.

Environment: GATEWAY_URL without a path; GATEWAY_KEY; XLEI_API_KEY, where the published samples look for their key
(GATEWAY_KEY if unset); EXPECTED_WORDS, which every answer must hold (optional).
"""

import json
import os
import sys
import traceback

import openai
import requests
from langchain_openai import ChatOpenAI

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


def calls():
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
