import type { Text } from "../../core/language.ts";

/** How to connect clients. */
export const CLIENTS = {
  title: { en: "Connect a client", zh: "接入客户端" },
  intro: {
    en: "Each client needs the base URL, a key, and the model auto. With a key at hand, one click is enough for some.",
    zh: "每个客户端都需要接口地址、密钥，模型填 auto。部分客户端可一键导入。",
  },
  byLink: { en: "With one click", zh: "一键导入" },
  byText: { en: "With a file", zh: "配置文件" },
  byFields: { en: "By hand", zh: "手动填写" },
  import: { en: "Import into {client}", zh: "导入 {client}" },
  nothingHappens: {
    en: "Nothing happens? Then the app is not installed on this device. Copy the link and open it where it is.",
    zh: "没有反应？说明本设备未安装该应用，可复制链接到已安装的设备上打开。",
  },
  link: { en: "the link for {client}", zh: "{client} 的导入链接" },
  configuration: { en: "{client} configuration", zh: "{client} 配置" },
  makeKey: { en: "Make a key for {client}", zh: "为 {client} 创建密钥" },
  needsKey: {
    en: "In these, sk-your-api-key stands for your key. The page of a new key has everything filled in.",
    zh: "以下内容中的 sk-your-api-key 请替换为您的密钥。新密钥的页面会自动填好全部内容。",
  },
  packedKey: {
    en: "A key is packed into this link, here sk-your-api-key. Take the link from the page of a new key; or import this one, and enter your key in the app.",
    zh: "密钥已编码在链接中，此处为 sk-your-api-key。请使用新密钥页面上的链接；也可以先导入此链接，再在应用中填写您的密钥。",
  },
  here: { en: "Set up a client with this key", zh: "用此密钥接入客户端" },
  others: { en: "Other clients", zh: "其他客户端" },
} satisfies Record<string, Text>;
