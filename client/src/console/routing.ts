import { useEffect, useMemo, useState } from 'preact/hooks';

/**
 * The views of the console by the fragment of the address. A fragment is never sent to the server, so that ids which an
 * operator looks for appear in no access log.
 */

/** The filters and the page of a list by name; empty ones are left out. */
export type Filters = Readonly<Record<string, string>>;

export type Route =
  | { readonly view: 'overview' }
  | { readonly view: 'sessions'; readonly filters: Filters }
  | { readonly view: 'refused'; readonly filters: Filters }
  | { readonly view: 'session'; readonly sessionId: string }
  | { readonly view: 'search'; readonly text: string }
  | { readonly view: 'unknown' };

/** Returns the view of a fragment such as `#/sessions/ses_1`. */
export function parseRoute(fragment: string): Route {
  const [path = '', query = ''] = fragment.replace(/^#/, '').split(/\?(.*)/s);
  const parts = path.split('/').filter((part) => part !== '');
  const [view, id, ...rest] = parts;
  if (rest.length > 0) return { view: 'unknown' };
  if (view === undefined) return { view: 'overview' };
  if (view === 'search' && id === undefined) {
    return { view: 'search', text: new URLSearchParams(query).get('text') ?? '' };
  }
  if (view === 'refused' && id === undefined) return { view: 'refused', filters: filtersIn(query) };
  if (view !== 'sessions') return { view: 'unknown' };
  if (id === undefined) return { view: 'sessions', filters: filtersIn(query) };
  const sessionId = decoded(id);
  return sessionId === null ? { view: 'unknown' } : { view: 'session', sessionId };
}

/** Returns the fragment of a view, which `parseRoute` reads. */
export function fragmentOf(route: Route): string {
  switch (route.view) {
    case 'overview':
    case 'unknown':
      return '#/';
    case 'sessions':
    case 'refused':
      return `#/${route.view}${queryOf(route.filters)}`;
    case 'session':
      return `#/sessions/${encodeURIComponent(route.sessionId)}`;
    case 'search':
      return `#/search${queryOf({ text: route.text })}`;
  }
}

/** Returns filters as a query with its question mark; empty without any. */
export function queryOf(filters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(filters).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value] as [string, string]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

function filtersIn(query: string): Filters {
  return Object.fromEntries(new URLSearchParams(query));
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

/** Returns the view of the address; the component renders again when it changes. */
export function useRoute(): Route {
  const [fragment, setFragment] = useState(location.hash);
  useEffect(() => {
    const update = () => setFragment(location.hash);
    addEventListener('hashchange', update);
    return () => removeEventListener('hashchange', update);
  }, []);
  return useMemo(() => parseRoute(fragment), [fragment]);
}
