/** A file that was uploaded, with its content. */
export interface FileContent {
  readonly name: string;
  /** The media type (RFC 6838), as its sender named it. */
  readonly contentType: string;
  readonly content: Uint8Array;
}

/** Creates a response that browsers save to disk. Uploaded files are never displayed or run on our origin. */
export function fileReply({ name, contentType, content }: FileContent) {
  return {
    status: 200 as const,
    type: contentType,
    content,
    headers: {
      'Content-Disposition': attachment(name),
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'X-Content-Type-Options': 'nosniff',
    },
  };
}

/** Returns the Content-Disposition for a file name (RFC 6266, with RFC 8187 for non-ASCII letters). */
export function attachment(name: string): string {
  const ascii = name
    .normalize('NFKD')
    .replaceAll(/[^\x20-\x7e]/g, '')
    .replaceAll(/["\\]/g, '_')
    .trim();
  const plain = /^[^.]/.test(ascii) ? ascii : `file${ascii}`;
  return `attachment; filename="${plain}"${plain === name ? '' : `; filename*=UTF-8''${encoded(name)}`}`;
}

/** Encodes a name, including the characters that `encodeURIComponent` leaves but RFC 8187, 3.2.1 forbids. */
function encoded(name: string): string {
  const escape = (letter: string) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(name.toWellFormed()).replaceAll(/['()*]/g, escape);
}
