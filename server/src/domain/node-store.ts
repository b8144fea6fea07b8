/** The load of a node as of its last heartbeat. */
export interface NodeLoad {
  /** The number of participants in visits. */
  readonly participants: number;
  /** The number of forwarded streams. */
  readonly consumers: number;
  /** The CPU share of the busiest worker, 0 to 1 core. */
  readonly cpu: number;
  /** Incoming and outgoing bit/s. */
  readonly bitrate: number;
  /** Whether it refuses new participants. */
  readonly full: boolean;
}

/** The state of an SFU node, published by its process once per second. */
export interface Heartbeat {
  readonly nodeId: string;
  /** A random id, regenerated at every start. */
  readonly processId: string;
  /**
   * Identifies the operating system process, if possible, so that another process on the machine can check whether it
   * runs.
   */
  readonly holder: string | null;
  /** The URL at which other servers reach this one. */
  readonly url: string;
  readonly region: string | null;
  readonly version: string;
  /** The maximum number of participants; null for no limit. */
  readonly capacity: number | null;
  readonly load: NodeLoad;
  /** The number of the heartbeat, increasing within the process. */
  readonly beat: number;
  /** The time on the clock of the process, in milliseconds since the Unix epoch. */
  readonly aliveAt: number;
}

/** A stored node. */
export interface NodeRecord extends Heartbeat {
  /** The deadline for emptying it, in milliseconds since the Unix epoch; null if it is not draining. */
  readonly drainUntil: number | null;
}

/**
 * Stores which process runs which SFU node. Every adapter passes the same contract suite
 * (`test/contract/node-store.ts`).
 * @throws {TelevisitError} `store_unavailable` from every method of a store that can't be reached at the moment
 */
export interface NodeStore {
  /** Whether only one process can use the store at a time, so that previous owners of nodes no longer run. */
  readonly exclusive: boolean;
  /**
   * Stores a heartbeat if the node is held by `heldBy`: this process, one that no longer runs, or null for none.
   * Draining ends when a node changes its process.
   * @returns the stored node; null, without writing, if another process holds it
   */
  beat(heartbeat: Heartbeat, heldBy: string | null): Promise<NodeRecord | null>;
  /** Returns all nodes that have not been released, by name. */
  list(): Promise<readonly NodeRecord[]>;
  /** Sets the deadline for emptying a node, or null to end draining. @returns false if there is no such node */
  drain(nodeId: string, until: number | null): Promise<boolean>;
  /** Releases a node of a process. Does nothing if another process holds it. */
  release(nodeId: string, processId: string): Promise<void>;
}
