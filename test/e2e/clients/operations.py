"""Vectors, rankings, judgements, pictures, films and speech of the demo models, by the vendors' own libraries.

Environment: GATEWAY_URL without a path; GATEWAY_KEY.
"""

import base64
import functools
import io
import math
import os
import struct
import wave
import zlib

import cohere
import openai
import requests
from google import genai
from google.genai import types

HOST = os.environ["GATEWAY_URL"].rstrip("/")
KEY = os.environ["GATEWAY_KEY"]

TEXTS = ["red pandas eat bamboo", "pandas eat bamboo", "gold is heavy"]
DOCUMENTS = ["Cats eat fish.", "Pandas eat bamboo.", "Gold is heavy."]


def client(key=None):
    return openai.OpenAI(api_key=key or KEY, base_url=f"{HOST}/v1", max_retries=0)


# A client of this library closes its connections when nothing refers to it, also in the middle of a call.
@functools.cache
def google():
    return genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=HOST, api_version="v1beta"))


def likeness(one, other):
    return sum(a * b for a, b in zip(one, other, strict=True))


def check_vectors(vectors, dimensions):
    """In the order of TEXTS: the mock's vectors are near each other where words are the same."""
    assert [len(vector) for vector in vectors] == [dimensions] * 3, [len(vector) for vector in vectors]
    assert all(math.isclose(likeness(vector, vector), 1, abs_tol=1e-5) for vector in vectors)
    first, near, far = vectors
    assert likeness(first, near) > 0.8 > 0.3 > likeness(first, far), (likeness(first, near), likeness(first, far))


def embeddings(**fields):
    """Without `encoding_format` the library asks for base64, and decodes it."""
    answer = client().embeddings.create(model="text-embedding-3-small", input=TEXTS, **fields)
    assert [item.index for item in answer.data] == [0, 1, 2], answer.data
    assert answer.model == "text-embedding-3-small" and answer.usage.prompt_tokens == 10, answer.usage
    check_vectors([item.embedding for item in answer.data], fields.get("dimensions", 1536))


def embeddings_formats_agree():
    ask = client().embeddings.create
    decoded = ask(model="text-embedding-3-small", input=TEXTS[0]).data[0].embedding
    plain = ask(model="text-embedding-3-small", input=TEXTS[0], encoding_format="float").data[0].embedding
    coded = ask(model="text-embedding-3-small", input=TEXTS[0], encoding_format="base64").data[0].embedding
    assert isinstance(coded, str), type(coded)
    assert list(struct.unpack(f"<{len(plain)}f", base64.b64decode(coded))) == list(decoded)
    assert all(math.isclose(one, other, abs_tol=1e-7) for one, other in zip(decoded, plain, strict=True))


def embeddings_tokens():
    answer = client().embeddings.create(model="text-embedding-3-small", input=[[5, 7], [9]], dimensions=16)
    assert [len(item.embedding) for item in answer.data] == [16, 16], answer.data
    assert likeness(answer.data[0].embedding, answer.data[1].embedding) < 0.99, answer.data


def embeddings_refused():
    try:
        answer = client().embeddings.create(model="text-embedding-3-small", input="")
    except openai.BadRequestError as error:
        assert error.param == "input", error.body
        return
    raise AssertionError(f"no BadRequestError but {answer}")


def google_embed():
    answer = google().models.embed_content(
        model="text-embedding-3-small",
        contents=TEXTS,
        config=types.EmbedContentConfig(output_dimensionality=256),
    )
    check_vectors([item.values for item in answer.embeddings], 256)


def read_png(data):
    """The size of a picture whose chunks and whose pixels are whole."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n", data[:8]
    at, header, packed = 8, None, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        assert struct.pack(">I", zlib.crc32(kind + body)) == data[at + 8 + length : at + 12 + length], kind
        if kind == b"IHDR":
            header = struct.unpack(">II", body[:8])
        if kind == b"IDAT":
            packed += body
        at += 12 + length
    width, height = header
    assert len(zlib.decompress(packed)) == height * (1 + 3 * width), header
    return header


def picture_of(answer):
    assert len(answer.data) == 1 and answer.data[0].url is None, answer
    return base64.b64decode(answer.data[0].b64_json, validate=True)


def images_generate():
    answer = client().images.generate(model="gpt-image-1", prompt="A red panda", size="1024x1024")
    assert read_png(picture_of(answer)) == (256, 256)


def images_url():
    answer = client().images.generate(model="gpt-image-1", prompt="A red panda", response_format="url")
    head, data = answer.data[0].url.split(",")
    assert head == "data:image/png;base64" and read_png(base64.b64decode(data)) == (256, 256), head


def images_edit():
    """Two files and a mask; the first as an open file with a name in Chinese."""
    made = picture_of(client().images.generate(model="gpt-image-1", prompt="A red panda"))
    file = io.BytesIO(made)
    file.name = "熊猫.png"
    answer = client().images.edit(
        model="gpt-image-1",
        prompt="Make it blue",
        image=[file, ("second.png", made, "image/png")],
        mask=("mask.png", made, "image/png"),
    )
    assert read_png(picture_of(answer)) == (256, 256)


def images_edit_refused():
    try:
        answer = client().images.edit(model="gpt-image-1", prompt="", image=b"\x89PNG")
    except openai.BadRequestError as error:
        assert error.param == "prompt", error.body
        return
    raise AssertionError(f"no BadRequestError but {answer}")


def images_stream():
    events = list(client().images.generate(model="gpt-image-1", prompt="A red panda", stream=True))
    assert [event.type for event in events] == ["image_generation.completed"], events
    assert read_png(base64.b64decode(events[0].b64_json)) == (256, 256)


def images_edit_stream():
    made = picture_of(client().images.generate(model="gpt-image-1", prompt="A red panda"))
    events = list(client().images.edit(model="gpt-image-1", prompt="Bluer", image=made, stream=True))
    assert [event.type for event in events] == ["image_edit.completed"], events
    assert read_png(base64.b64decode(events[0].b64_json)) == (256, 256)


def google_picture():
    answer = google().models.generate_content(
        model="gpt-image-1",
        contents="A red panda",
        config=types.GenerateContentConfig(response_modalities=["TEXT", "IMAGE"]),
    )
    pictures = [part.inline_data for part in answer.candidates[0].content.parts if part.inline_data]
    assert [picture.mime_type for picture in pictures] == ["image/png"], answer
    assert read_png(pictures[0].data) == (256, 256)


def google_picture_stream():
    chunks = google().models.generate_content_stream(
        model="gpt-image-1",
        contents="A red panda",
        config=types.GenerateContentConfig(response_modalities=["IMAGE"]),
    )
    parts = [part for chunk in chunks for part in chunk.candidates[0].content.parts or []]
    pictures = [part.inline_data.data for part in parts if part.inline_data]
    assert [read_png(picture) for picture in pictures] == [(256, 256)], parts


def boxes(film):
    """The types of the boxes of an MP4 file, which must be whole."""
    at, types = 0, []
    while at < len(film):
        length, kind = struct.unpack(">I4s", film[at : at + 8])
        types.append(kind)
        at += length
    assert at == len(film), (at, len(film))
    return types


def videos():
    """From the prompt to the file, and a piece of it by its link alone."""
    video = client().videos.create_and_poll(
        model="sora-2", prompt="A red panda", seconds="4", size="1280x720", poll_interval_ms=500
    )
    assert (video.status, video.progress, video.seconds, video.error) == ("completed", 100, "4", None), video
    film = client().videos.download_content(video.id).read()
    assert boxes(film) == [b"ftyp", b"moov", b"mdat"], film[:100]
    thumbnail = client().videos.download_content(video.id, variant="thumbnail").read()
    assert read_png(thumbnail) == (256, 256)
    piece = requests.get(video.url, headers={"Range": "bytes=4-11"}, timeout=60)
    assert (piece.status_code, piece.content) == (206, film[4:12]), piece
    assert piece.headers["content-type"] == "video/mp4", piece.headers


def videos_kept():
    """A film from a picture, in the list, made again, and forgotten."""
    picture = ("panda.png", picture_of(client().images.generate(model="gpt-image-1", prompt="A red panda")), "image/png")
    video = client().videos.create(model="sora-2", prompt="It waves", seconds="8", input_reference=picture)
    first = client().videos.poll(video.id, poll_interval_ms=500)
    assert (first.status, first.seconds) == ("completed", "8"), first
    again = client().videos.remix(video.id, prompt="It waves at night")
    assert (again.remixed_from_video_id, again.seconds, again.prompt) == (video.id, "8", "It waves at night"), again
    client().videos.poll(again.id, poll_interval_ms=500)
    assert [item.id for item in client().videos.list(limit=2).data] == [again.id, video.id]
    assert client().videos.delete(video.id).deleted
    try:
        answer = client().videos.retrieve(video.id)
    except openai.NotFoundError:
        return
    raise AssertionError(f"no NotFoundError but {answer}")


def videos_refused():
    for fields, param in (({"prompt": ""}, "prompt"), ({"prompt": "A red panda", "seconds": "61"}, "seconds")):
        try:
            answer = client().videos.create(model="sora-2", **fields)
        except openai.BadRequestError as error:
            assert error.param == param, error.body
            continue
        raise AssertionError(f"no BadRequestError but {answer}")


def mock_sound():
    """The mock says the same of every text: a second of 440 Hz."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(24000)
        samples = [round(8000 * math.sin(2 * math.pi * 440 * at / 24000)) for at in range(24000)]
        sound.writeframes(struct.pack("<24000h", *samples))
    return file.getvalue()


def speech():
    answer = client().audio.speech.create(
        model="gpt-4o-mini-tts", voice="alloy", input="Hello there", response_format="wav"
    )
    assert answer.response.headers["content-type"] == "audio/wav", answer.response.headers
    assert answer.content == mock_sound(), len(answer.content)


def speech_stream():
    with client().audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice="alloy", input="Hello there", response_format="wav"
    ) as answer:
        assert answer.headers["content-type"] == "audio/wav", answer.headers
        assert b"".join(answer.iter_bytes(1000)) == mock_sound()


def speech_refused():
    try:
        answer = client().audio.speech.create(model="gpt-4o-mini-tts", voice="alloy", input="")
    except openai.BadRequestError as error:
        assert error.param == "input", error.body
        return
    raise AssertionError(f"no BadRequestError but {answer.content}")


def moderations():
    answer = client().moderations.create(input=["I like pandas.", "I will kill the lights."])
    assert [result.flagged for result in answer.results] == [False, True], answer
    assert answer.results[1].categories.violence and not answer.results[1].categories.self_harm, answer
    assert answer.results[1].category_scores.violence > 0.5, answer
    assert answer.model == "omni-moderation-latest", answer


def moderations_parts():
    parts = [
        {"type": "text", "text": "I hate this"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
    ]
    answer = client().moderations.create(model="omni-moderation-latest", input=parts)
    assert [result.categories.hate for result in answer.results] == [True], answer


def cohere_client(key=None):
    return cohere.ClientV2(key or KEY, base_url=HOST, max_retries=0)


def cohere_rerank():
    answer = cohere_client().rerank(model="jina-reranker-v3", query="What do pandas eat?", documents=DOCUMENTS)
    assert [result.index for result in answer.results] == [1, 0, 2], answer
    scores = [result.relevance_score for result in answer.results]
    assert 1 >= scores[0] > scores[1] > scores[2] == 0, scores
    assert answer.meta.api_version.version == "2" and answer.meta.billed_units.search_units == 1, answer.meta


def cohere_top():
    answer = cohere_client().rerank(model="auto", query="gold", documents=DOCUMENTS, top_n=1, max_tokens_per_doc=512)
    assert [result.index for result in answer.results] == [2], answer


def cohere_old_client():
    """Its first client asks for `/v1/rerank`, and may have the documents back."""
    answer = cohere.Client(KEY, base_url=HOST, max_retries=0).rerank(
        model="jina-reranker-v3",
        query="gold",
        documents=[{"text": document} for document in DOCUMENTS],
        return_documents=True,
        top_n=1,
    )
    assert [result.document.text for result in answer.results] == ["Gold is heavy."], answer


def cohere_refused():
    for key, documents, expected, word in (
        (None, [], cohere.BadRequestError, "documents"),
        ("sk-wrong", DOCUMENTS, cohere.UnauthorizedError, "key"),
    ):
        try:
            answer = cohere_client(key).rerank(model="jina-reranker-v3", query="gold", documents=documents)
        except expected as error:
            assert word in error.body["message"], error.body
            continue
        raise AssertionError(f"no {expected.__name__} but {answer}")


def jina_rerank():
    """As Jina's documentation asks, which has no library."""
    answer = requests.post(
        f"{HOST}/v1/rerank",
        headers={"Authorization": f"Bearer {KEY}"},
        json={"model": "jina-reranker-v3", "query": "gold", "documents": DOCUMENTS, "return_documents": True},
        timeout=60,
    )
    body = answer.json()
    assert answer.status_code == 200, body
    assert body["results"][0]["document"] == {"text": "Gold is heavy."} and body["usage"]["total_tokens"] > 3, body


def calls():
    for fields in ({}, {"encoding_format": "float"}, {"dimensions": 256}):
        yield f"operations: embeddings {fields}", lambda fields=fields: embeddings(**fields)
    for call in (
        embeddings_formats_agree,
        embeddings_tokens,
        embeddings_refused,
        google_embed,
        images_generate,
        images_url,
        images_edit,
        images_edit_refused,
        images_stream,
        images_edit_stream,
        google_picture,
        google_picture_stream,
        videos,
        videos_kept,
        videos_refused,
        speech,
        speech_stream,
        speech_refused,
        moderations,
        moderations_parts,
        cohere_rerank,
        cohere_top,
        cohere_old_client,
        cohere_refused,
        jina_rerank,
    ):
        yield f"operations: {call.__name__}", call
