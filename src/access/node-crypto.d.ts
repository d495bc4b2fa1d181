/** The part of workerd's `node:crypto` that the Worker uses. */
declare module "node:crypto" {
  // oxlint-disable-next-line max-params -- as Node has it
  export function scrypt(
    password: string,
    salt: Uint8Array,
    length: number,
    options: { readonly N: number; readonly r: number; readonly p: number },
    done: (error: Error | null, key: Uint8Array) => void,
  ): void;
}
