/** How busy a node is, as it last said itself. */
export interface NodeLoad {
  /** People who are in a visit. */
  readonly participants: number;
  /** Streams that it forwards. */
  readonly consumers: number;
  /** The busiest worker's share of one core, 0 to 1. */
  readonly cpu: number;
  /** In and out, in bit/s. */
  readonly bitrate: number;
  /** Whether it takes nobody new. */
  readonly full: boolean;
}

/** What a process says of an SFU node that it runs, once a second. */
export interface Heartbeat {
  readonly nodeId: string;
  /** Random, new at every start. */
  readonly processId: string;
  /** Names the operating system's process where that can be known for sure, so that another one there can tell whether it is gone. */
  readonly holder: string | null;
  /** Where other servers reach this one. */
  readonly url: string;
  readonly region: string | null;
  readonly version: string;
  /** How many people it takes; null for as many as come. */
  readonly capacity: number | null;
  readonly load: NodeLoad;
  /** Grows with every heartbeat of the process. */
  readonly beat: number;
  /** By the clock of the process, in milliseconds since the Unix epoch. */
  readonly aliveAt: number;
}

/** A node as it is stored. */
export interface NodeRecord extends Heartbeat {
  /** Until when it is to be empty, in milliseconds since the Unix epoch; null where it is not being drained. */
  readonly drainUntil: number | null;
}

/**
 * Which process runs which SFU node. Every adapter passes the same contract suite (`test/contract/node-store.ts`).
 * @throws TelevisitError `store_unavailable` from every method of a store that can't be reached at the moment
 */
export interface NodeStore {
  /** Whether no other process can use the store at the same time: whoever held a node before is gone. */
  readonly exclusive: boolean;
  /**
   * Writes a heartbeat if the node is held by `heldBy`: the process itself, one that is gone, or null for nobody. A process
   * that takes a node from another, or from nobody, takes it undrained.
   * @returns the node as it is stored now; null, with nothing written, where somebody else holds it
   */
  beat(heartbeat: Heartbeat, heldBy: string | null): Promise<NodeRecord | null>;
  /** All nodes that have not been released, in the order of their names. */
  list(): Promise<readonly NodeRecord[]>;
  /** Asks a node to be empty at a time, or (null) to take visits again. @returns false where there is no such node */
  drain(nodeId: string, until: number | null): Promise<boolean>;
  /** A process gives a node up; nothing where another one holds it. */
  release(nodeId: string, processId: string): Promise<void>;
}
