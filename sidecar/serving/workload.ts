/** One completion to measure. */
export interface BenchRequest {
  /** As they are sent. */
  messages: readonly unknown[];
  /** As they are sent; empty: none. */
  tools: readonly unknown[];
  /** Most tokens of the answer. */
  maxTokens: number;
  /** The answer is to have all of them, from servers that can be told to go on after its end. */
  allTokens: boolean;
}

/** Requests that follow each other: the next is sent when the one before is answered. */
export type Session = readonly BenchRequest[];

export interface Workload {
  name: 'random' | 'file' | 'agent';
  /** What it asks, for the heading of a report. */
  description: string;
  /**
   * The next `requests` requests, in sessions that so many can be run at once. The same calls give the same requests,
   * and no call those of an earlier one (a file starts over when it has no more).
   */
  take(requests: number, concurrency: number): Session[];
}
