import type { Text } from "../../core/language.ts";
import type { Capability, Operation } from "../../operation/operations.ts";

/** The price list, and the status of models. */
export const MODELS = {
  pricing: { en: "Pricing", zh: "模型价格" },
  perMillion: {
    en: "Prices are for 1 million tokens, unless they say something else.",
    zh: "除另有说明外，价格均为每 100 万 tokens。",
  },
  search: { en: "Search", zh: "搜索" },
  show: { en: "Show", zh: "筛选" },
  kind: { en: "Kind", zh: "类型" },
  any: { en: "any", zh: "全部" },
  group: { en: "Group", zh: "分组" },
  standard: { en: "standard", zh: "默认" },
  model: { en: "Model", zh: "模型" },
  input: { en: "Input", zh: "输入" },
  cached: { en: "Cached input", zh: "缓存输入" },
  output: { en: "Output", zh: "输出" },
  more: { en: "Other prices", zh: "其他价格" },
  context: { en: "Context", zh: "上下文" },
  capabilities: { en: "Takes", zh: "能力" },
  tier: { en: "Plan tier", zh: "套餐等级" },
  allTiers: { en: "any", zh: "不限" },
  state: { en: "State", zh: "状态" },
  none: { en: "No models yet.", zh: "暂无模型。" },
  noMatch: { en: "No model fits. Try another word.", zh: "没有匹配的模型，请更换关键词。" },
  auto: {
    en: "auto costs what the model that answers costs; every answer names it in x-gateway-model.",
    zh: "auto 按实际作答的模型计费，每个响应的 x-gateway-model 会写明该模型。",
  },
  signInForPrices: { en: "Sign in to see the prices.", zh: "登录后可查看价格。" },
  status: { en: "Status", zh: "服务状态" },
  statusIntro: {
    en: "What real requests met. No test traffic is counted.",
    zh: "数据来自真实请求，不含测试流量。",
  },
  builtAt: { en: "Data of {time}", zh: "数据时间：{time}" },
  noData: {
    en: "There is no fresh data: the job that gathers it has not run in the last ten minutes.",
    zh: "暂无最新数据：统计任务在过去十分钟内没有运行。",
  },
  uptime: { en: "Answered, last day", zh: "24 小时可用率" },
  errors: { en: "Failed attempts", zh: "失败率" },
  ttft: { en: "First token p50 / p95", zh: "首字延迟 p50 / p95" },
  lastDay: { en: "Last 24 hours", zh: "近 24 小时" },
  lastDayOf: { en: "{model}, last 24 hours: {text}", zh: "{model} 近 24 小时：{text}" },
  noTraffic: { en: "no traffic", zh: "无流量" },
  operational: { en: "works", zh: "正常" },
  degraded: { en: "has trouble", zh: "异常" },
  down: { en: "down", zh: "不可用" },
  unknown: { en: "no data", zh: "无数据" },
  notKnown: { en: "–", zh: "–" },
} satisfies Record<string, Text>;

export const OPERATION_NAMES = {
  chat: { en: "chat", zh: "对话" },
  image: { en: "Images", zh: "图像" },
  speech: { en: "Speech", zh: "语音合成" },
  transcribe: { en: "Transcription", zh: "语音识别" },
  embed: { en: "embeddings", zh: "向量嵌入" },
  moderate: { en: "moderation", zh: "内容审核" },
  rerank: { en: "reranking", zh: "重排序" },
  realtime: { en: "realtime", zh: "实时语音" },
  video: { en: "Videos", zh: "视频" },
  paint: { en: "Midjourney", zh: "Midjourney" },
  complete: { en: "completion", zh: "补全" },
} satisfies Record<Operation, Text>;

export const CAPABILITY_NAMES = {
  tools: { en: "tools", zh: "工具调用" },
  image: { en: "pictures", zh: "图片" },
  audio: { en: "audio", zh: "音频" },
  file: { en: "files", zh: "文件" },
} satisfies Record<Capability, Text>;
