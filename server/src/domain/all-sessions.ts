import type { Session } from './session.ts';
import type { Position, SessionFilter, SessionStore } from './session-store.ts';

/** Sessions read at once. */
const PAGE = 200;

/** All sessions that match, newest first, page by page: nobody holds more than one page of them. */
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
