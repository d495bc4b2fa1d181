/** An event for the operator's log, such as a credential without funds. */
export type Notice =
  | {
      readonly event: "breaker";
      readonly route: string;
      readonly upstream: string;
      readonly to: string;
      readonly why: string;
    }
  | {
      readonly event: "cooling";
      readonly route: string;
      readonly upstream: string;
      readonly credential: string;
      readonly forMs: number;
      readonly why: string;
    };
