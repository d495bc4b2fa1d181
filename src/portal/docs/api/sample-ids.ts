/** Names in samples that stand for what a reader has. */
export const RESPONSE_ID = "resp_0199f2a1";
export const CONVERSATION_ID = "conv_0199f2a1";
export const ITEM_ID = "msg_0199f2a0";
export const CHARGE_ID = "req_0199f2a1";
export const ORDER_ID = "ord_0199f2a1";
export const PAINT_ID = "17900000000000070820113342718095";
/** A button of that task. */
export const PAINT_BUTTON = "MJ::JOB::upsample::1::82c51c9d-0c0f-4a3c-9d5a-3f0e6b1c2d4e";
export const REDEEM_CODE = "YOUR-CODE";
export const KLING_ID = "831922345719271433";
export const KLING_PICTURE_ID = "831922345719275512";
export const VIDEO_ID = "video_0199f2a1";
