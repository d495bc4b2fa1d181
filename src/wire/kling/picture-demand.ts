/** What is paid for a picture of Kling, in whatever form a client asks for it. */
import type { Fee } from "../../core/units.ts";
import type { Demand } from "../../operation/demand.ts";
import type { ImageRequest } from "../../operation/image/image-request.ts";
import { only } from "../values.ts";
import { pictureMode, USUAL_RESOLUTION } from "./pictures.ts";

/** A picture that is made of another one, or is larger than usual, may cost more: a rate must name what it is. */
export function payable(asked: ImageRequest): Pick<Demand, "units" | "attributes" | "fees"> {
  const { resolution, pictures, count } = asked;
  const fees: readonly Fee[] = [
    ...(pictures.length === 0 ? [] : (["mode"] as const)),
    ...(resolution === undefined || resolution === USUAL_RESOLUTION ? [] : (["resolution"] as const)),
  ];
  return {
    units: { images: count },
    attributes: only({ resolution, ...pictureMode(asked) }),
    ...(fees.length === 0 ? {} : { fees: new Set(fees) }),
  };
}
