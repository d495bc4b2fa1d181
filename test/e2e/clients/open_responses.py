"""Checks answers of `/v1/responses` against the Open Responses specification, as its typed package states it.

Environment: OPEN_RESPONSES_ANSWERS, a file that `open-responses.ts` has written.
"""

import enum
import json
import os
import typing

import openresponses_types.types as spec


def event_types():
    """Each event by the word in its `type`."""
    found = {}
    for name, kind in vars(spec).items():
        if name.endswith("StreamingEvent") and isinstance(kind, type):
            hint = typing.get_type_hints(kind)["type"]
            if isinstance(hint, type) and issubclass(hint, enum.Enum):
                for word in hint:
                    found[word.value] = kind
    return found


EVENTS = event_types()


def without_schema(response):
    """The types allow no schema in the form that the text must have, although OpenAI's answers repeat it."""
    form = response["text"]["format"]
    return {**response, "text": {**response["text"], "format": {**form, "schema": None}}} if "schema" in form else response


def check_response(answer, response):
    resource = spec.ResponseResource.model_validate(without_schema(response))
    assert resource.status == answer["status"], f"status {resource.status}"
    found = [item["type"] for item in response["output"]]
    assert set(answer["items"]) <= set(found), f"{answer['items']} are not in {found}"
    assert response["usage"]["total_tokens"] > 0, response["usage"]


def check_events(answer, events):
    for position, event in enumerate(events):
        assert event["sequence_number"] == position, f"event {position} has the number {event['sequence_number']}"
        assert event["type"] in EVENTS, f"the specification knows no {event['type']}"
        whole = {"response": without_schema(event["response"])} if "response" in event else {}
        EVENTS[event["type"]].model_validate({**event, **whole})
    kinds = [event["type"] for event in events]
    assert kinds[:2] == ["response.created", "response.in_progress"], kinds[:2]
    check_response(answer, events[-1]["response"])
    for item in answer["items"]:
        for kind in ("response.output_item.added", "response.output_item.done"):
            assert any(event["type"] == kind and event["item"]["type"] == item for event in events), f"no {kind} of {item}"
    if "function_call" in answer["items"]:
        for kind in ("response.function_call_arguments.delta", "response.function_call_arguments.done"):
            assert kind in kinds, f"no {kind}"


def check(answer):
    if "events" in answer:
        check_events(answer, answer["events"])
    else:
        check_response(answer, answer["response"])


def calls():
    assert len(EVENTS) > 20, f"only {len(EVENTS)} kinds of events were found"
    with open(os.environ["OPEN_RESPONSES_ANSWERS"], encoding="utf-8") as file:
        answers = json.load(file)
    for answer in answers:
        yield f"Open Responses: {answer['name']}", lambda answer=answer: check(answer)
