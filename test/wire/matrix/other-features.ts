/** What requests of other operations than chat may ask for, in the form of `features.ts`. */
import { PIXEL } from "./case.ts";
import type { Subject } from "./features.ts";

const google = (...requests: object[]) => ({
  requests: requests.map((members) => ({ model: "models/m", content: { parts: [{ text: "Hello" }] }, ...members })),
});

export const VECTORS: Subject = {
  plain: { "openai.embeddings": { model: "m", input: ["Hello"] }, "gemini.embed": google({}) },
  upstreams: ["openai.embeddings", "gemini.embed"],
  groups: [
    {
      title: "Vectors",
      features: [
        {
          name: "Several texts",
          asks: { "openai.embeddings": { input: ["Hello", "there"] }, "gemini.embed": google({}, {}) },
        },
        {
          name: "Text in several parts",
          asks: { "gemini.embed": google({ content: { parts: [{ text: "a" }, { text: "b" }] } }) },
        },
        { name: "Tokens in place of texts", asks: { "openai.embeddings": { input: [[5, 7]] } } },
        {
          name: "Pictures, sound, documents",
          asks: {
            "gemini.embed": google({ content: { parts: [{ inlineData: { mimeType: "image/png", data: PIXEL } }] } }),
          },
        },
        {
          name: "Length of the vectors",
          asks: { "openai.embeddings": { dimensions: 256 }, "gemini.embed": google({ outputDimensionality: 256 }) },
        },
        {
          name: "Vectors in base64",
          byGateway: "written by the gateway",
          asks: { "openai.embeddings": { encoding_format: "base64" } },
        },
        {
          name: "What the vectors are for",
          asks: {
            "openai.embeddings": { task_type: "RETRIEVAL_QUERY" },
            "gemini.embed": google({ taskType: "RETRIEVAL_QUERY" }),
          },
        },
        {
          name: "What the vectors are for, in words of others",
          asks: { "openai.embeddings": { input_type: "query" } },
        },
        {
          name: "Another purpose for each text",
          asks: { "gemini.embed": google({ taskType: "RETRIEVAL_QUERY" }, { taskType: "CLUSTERING" }) },
        },
        {
          name: "Title of a document",
          asks: { "openai.embeddings": { title: "T" }, "gemini.embed": google({ title: "T" }) },
        },
        { name: "How long texts are cut", asks: { "openai.embeddings": { truncate: "END" } } },
        {
          name: "Further settings",
          asks: { "gemini.embed": google({}, { embedContentConfig: { autoTruncate: true } }) },
          without: { "gemini.embed": google({}, {}) },
        },
        {
          name: "A field that nobody knows",
          asks: { "openai.embeddings": { novelty: 1 }, "gemini.embed": google({ novelty: 1 }) },
        },
        {
          name: "A field that nobody knows, beside the requests",
          asks: { "gemini.embed": { ...google({}), novelty: 1 } },
        },
        {
          name: "Name of the person who asks",
          byGateway: "kept from upstreams",
          asks: { "openai.embeddings": { user: "ann" } },
        },
      ],
    },
  ],
};

/** Clients of Cohere's and of Jina's speak one wire. */
export const RANKINGS: Subject = {
  plain: { "jina.rerank": { model: "m", query: "Which?", documents: ["a", "b"] } },
  upstreams: ["cohere.rerank"],
  groups: [
    {
      title: "Rankings",
      features: [
        { name: "Only the best so many", asks: { "jina.rerank": { top_n: 1 } } },
        {
          name: "The documents in the answer",
          byGateway: "added by the gateway",
          asks: { "jina.rerank": { return_documents: true } },
        },
        { name: "Documents as objects", asks: { "jina.rerank": { documents: [{ text: "a" }, { text: "c" }] } } },
        {
          name: "The fields of objects that count",
          asks: { "jina.rerank": { documents: [{ title: "a", body: "b" }, "c"], rank_fields: ["title"] } },
          without: { "jina.rerank": { documents: [{ title: "a", body: "b" }, "c"] } },
        },
        { name: "A query as an object", asks: { "jina.rerank": { query: { text: "What?" } } } },
        { name: "A picture as the query", asks: { "jina.rerank": { query: { image: "https://example.com/a.png" } } } },
        {
          name: "Pictures among the documents",
          asks: { "jina.rerank": { documents: ["a", { image: "https://example.com/a.png" }] } },
        },
        { name: "Tokens after which a document is cut", asks: { "jina.rerank": { max_tokens_per_doc: 100 } } },
        { name: "Pieces that a document is cut into", asks: { "jina.rerank": { max_chunks_per_doc: 2 } } },
        { name: "Words that pieces share", asks: { "jina.rerank": { overlap_tokens: 8 } } },
        { name: "Whether long documents are cut", asks: { "jina.rerank": { truncation: true } } },
        { name: "A field that nobody knows", asks: { "jina.rerank": { novelty: 1 } } },
      ],
    },
  ],
};

const PICTURE = `data:image/png;base64,${PIXEL}`;
const pictures = (members: object) => ({ "openai.images": { ...members } });

export const PICTURES: Subject = {
  plain: pictures({ model: "m", prompt: "A cat" }),
  upstreams: ["openai.chat", "gemini.generate"],
  groups: [
    {
      title: "Pictures",
      features: [
        { name: "Pictures to begin with, in the body", asks: pictures({ image: [PICTURE, PICTURE] }) },
        { name: "Picture to begin with, by its address", asks: pictures({ image: "https://example.com/a.png" }) },
        { name: "The same in words of others", asks: pictures({ image_urls: [PICTURE] }) },
        { name: "Mask", asks: pictures({ image: PICTURE, mask: PICTURE }) },
        { name: "Several pictures", asks: pictures({ n: 2 }) },
        { name: "Series of pictures", asks: pictures({ sequential_image_generation: "auto" }) },
        { name: "Size in pixels", asks: pictures({ size: "1536x1024" }) },
        { name: "Size as `2K`", asks: pictures({ size: "2K" }) },
        { name: "Size as `16:9`", asks: pictures({ size: "16:9" }) },
        { name: "Size in another word", asks: pictures({ size: "landscape" }) },
        { name: "Size in fields of others", asks: pictures({ aspect_ratio: "16:9", image_size: "2K" }) },
        { name: "Quality", asks: pictures({ quality: "high" }) },
        { name: "Background", asks: pictures({ background: "transparent" }) },
        { name: "Form of the file", asks: pictures({ output_format: "webp" }) },
        { name: "How far the file is compressed", asks: pictures({ output_compression: 50 }) },
        { name: "Style", asks: pictures({ style: "vivid" }) },
        { name: "Seed", asks: pictures({ seed: 7 }) },
        { name: "What is not to be seen", asks: pictures({ negative_prompt: "dogs" }) },
        { name: "How close the picture stays to the prompt", asks: pictures({ guidance_scale: 3 }) },
        {
          name: "How close the picture stays to the given one",
          asks: pictures({ image: PICTURE, input_fidelity: "high" }),
          without: pictures({ image: PICTURE }),
        },
        { name: "Watermark", asks: pictures({ watermark: false }) },
        { name: "Strictness of the vendor's filter", asks: pictures({ moderation: "low" }) },
        { name: "Address or base64", byGateway: "done by the gateway", asks: pictures({ response_format: "url" }) },
        {
          name: "Sights of a picture that is not whole",
          asks: pictures({ stream: true, partial_images: 2 }),
          without: pictures({ stream: true }),
        },
        { name: "A field that nobody knows", asks: pictures({ novelty: 1 }) },
        { name: "Name of the person who asks", byGateway: "kept from upstreams", asks: pictures({ user: "ann" }) },
      ],
    },
  ],
};
