/** A piece of a message: plain words, or words that lead somewhere. */
export interface Piece {
  readonly text: string;
  /** An http or https address; null for plain words. */
  readonly href: string | null;
}

const CANDIDATE = /https?:\/\/[^\s<>"]+|www\.[^\s<>"]+/giu;
/** Ends of sentences, and closing signs that belong to the words around the address. */
const TRAILING = /[.,;:!?'"’”»…)\]}]$/u;
const PAIRS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
/** Signs that change the direction of what is shown, so that an address looks like another one. */
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** Finds the web addresses in a message. Nothing but http and https ever becomes a link. */
export function linkify(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    if (/[\p{L}\p{N}@._-]$/u.test(text.slice(Math.max(0, match.index - 2), match.index))) continue;
    const shown = withoutTrailing(match[0]);
    const href = hrefOf(shown);
    if (href === null) continue;
    if (match.index > end) pieces.push({ text: text.slice(end, match.index), href: null });
    pieces.push({ text: shown, href });
    end = match.index + shown.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), href: null });
  return pieces;
}

function withoutTrailing(candidate: string): string {
  let shown = candidate;
  while (TRAILING.test(shown)) {
    const last = shown.at(-1) ?? '';
    const opening = PAIRS[last];
    if (opening !== undefined && shown.split(opening).length >= shown.split(last).length) break;
    shown = shown.slice(0, -1);
  }
  return shown;
}

function hrefOf(shown: string): string | null {
  if (DIRECTION.test(shown)) return null;
  try {
    const url = new URL(/^https?:/i.test(shown) ? shown : `https://${shown}`);
    const plain =
      (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' && url.password === '';
    // "https://clinic" may be a name within a house, but in a message it is a slip more often than not.
    return plain &&
      (url.hostname.includes('.') || url.hostname === 'localhost' || url.hostname.startsWith('['))
      ? url.href
      : null;
  } catch {
    return null;
  }
}
