import type { FeatureStore } from '../../domain/session-store.ts';

/** A stored vote. The voter is the index of a seat; null once the vote no longer belongs to anyone. */
export interface StoredVote {
  readonly seat: number | null;
  /** The indexes of the chosen answers, ascending. */
  readonly answers: readonly number[];
}

/** A stored poll. Times are milliseconds since the Unix epoch. */
export interface StoredPoll {
  /** 1, 2, 3 … within the session. */
  readonly seq: number;
  readonly pollId: string;
  /** Increases by one with every write. Writes are compare-and-set on it. */
  readonly version: number;
  readonly question: string;
  readonly answers: readonly string[];
  readonly multiple: boolean;
  readonly anonymous: boolean;
  readonly correct: number | null;
  readonly openedAt: number;
  /** Null while it is open. */
  readonly closedAt: number | null;
  readonly votes: readonly StoredVote[];
}

/** The answers that a person chose, in words. */
export interface ExportedVote {
  readonly question: string;
  readonly answers: readonly string[];
}

/** Stores the polls of sessions. Every adapter passes the contract suite in `testing/poll-store-contract.ts`. */
export interface PollStore extends FeatureStore {
  /** Adds a poll. @returns false, without writing, if the session has one with this `seq` */
  add(sessionId: string, poll: StoredPoll): Promise<boolean>;
  /** Returns the polls in order. */
  list(sessionId: string): Promise<readonly StoredPoll[]>;
  /** Replaces the previous version of a poll. @returns false, without writing, if that is not the stored one */
  replace(sessionId: string, poll: StoredPoll): Promise<boolean>;
  /** Takes the votes of a participant from their seat. The counts remain. */
  erase(sessionId: string, seat: number): Promise<void>;
  /** Returns the votes of a participant, as far as they belong to their seat. */
  export(sessionId: string, seat: number): Promise<readonly ExportedVote[]>;
}

/**
 * Decides on every stored poll of a session, again if another process changes it in between. Polls for which `decide`
 * returns null stay as they are.
 * @returns the changed polls
 */
export async function changeEach(
  store: Pick<PollStore, 'list' | 'replace'>,
  sessionId: string,
  decide: (poll: StoredPoll) => StoredPoll | null,
): Promise<readonly StoredPoll[]> {
  for (let done: readonly StoredPoll[] = []; ;) {
    const decided = (await store.list(sessionId)).flatMap((poll) => decide(poll) ?? []);
    const written = await Promise.all(decided.map((poll) => store.replace(sessionId, poll)));
    done = [...done, ...decided.filter((_, index) => written[index])];
    if (written.every(Boolean)) return done;
  }
}
