import type { Session } from './session.ts';
import type { Position, SessionFilter, SessionStore } from './session-store.ts';

/** The number of sessions read at a time. */
const PAGE = 200;

/** Iterates over all matching sessions, newest first, holding one page in memory at a time. */
export async function* allSessions(
  store: SessionStore,
  filter: SessionFilter,
): AsyncGenerator<readonly Session[], void, void> {
  let after: Position | undefined;
  do {
    const page = await store.list(filter, PAGE, after);
    yield page;
    after = page.length === PAGE ? page.at(-1) : undefined;
  } while (after);
}
