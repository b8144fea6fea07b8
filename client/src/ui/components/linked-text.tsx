/** A person's text, with web addresses as links. Nothing in it is treated as markup. */
export function LinkedText({ text, class: className }: { text: string; class: string }) {
  return (
    <p class={className} dir="auto">
      {linkify(text).map(({ text: words, href }, index) =>
        href === null ? (
          words
        ) : (
          <bdi key={index}>
            <a href={href} target="_blank" rel="noopener noreferrer nofollow" title={href}>
              {words}
            </a>
          </bdi>
        ),
      )}
    </p>
  );
}

/** A piece of a message: plain text or a link. */
export interface Piece {
  readonly text: string;
  /** An http or https address; null for plain text. */
  readonly href: string | null;
}

const CANDIDATE = /https?:\/\/[^\s<>"]+|www\.[^\s<>"]+/giu;
/** Punctuation and closing brackets that belong to the sentence around an address. */
const TRAILING = /[.,;:!?'"’”»…)\]}]$/u;
const PAIRS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
/** Characters that change the writing direction, so that an address can look like another one. */
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** Finds the web addresses in a message. Only http and https addresses become links. */
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
    // "https://clinic" could be an internal host, but in a message it is more often a typing mistake.
    return plain &&
      (url.hostname.includes('.') || url.hostname === 'localhost' || url.hostname.startsWith('['))
      ? url.href
      : null;
  } catch {
    return null;
  }
}
