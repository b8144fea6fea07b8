import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_FILE_NAME, mediaType, safeFileName } from './chats.ts';

describe('safeFileName', () => {
  it.each([
    ['report.pdf', 'report.pdf'],
    ['Röntgen Bild 3.jpg', 'Röntgen Bild 3.jpg'],
    ['患者.png', '患者.png'],
    ['/etc/passwd', 'passwd'],
    ['../../x.txt', 'x.txt'],
    ['C:\\Users\\pat\\scan.png', 'scan.png'],
    ['a\r\nSet-Cookie: x=1', 'aSet-Cookie_ x=1'],
    ['a\u0000b', 'ab'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['what? "really" <now>|*.txt', 'what_ _really_ _now___.txt'],
    ['  .hidden. ', 'hidden'],
    ['a \t  b', 'a b'],
    ['e\u0301.txt', '\u00e9.txt'],
    ['con', '_con'],
    ['LPT1.txt', '_LPT1.txt'],
    ['console.txt', 'console.txt'],
    ['', 'file'],
    ['...', 'file'],
    ['/', 'file'],
    ['\ud800', 'file'],
    [`${'x'.repeat(300)}.pdf`, `${'x'.repeat(146)}.pdf`],
    ['x'.repeat(300), 'x'.repeat(150)],
    [`a.${'x'.repeat(300)}`, `a.${'x'.repeat(148)}`],
  ])('converts %j to %j', (given, safe) => expect(safeFileName(given)).toBe(safe));

  it('returns a safe name for any input, and is idempotent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (given) => {
        const name = safeFileName(given);
        expect(name).not.toMatch(/[/\\\p{Cc}\u202a-\u202e\u2066-\u2069<>:"|?*]|^[ .]|[ .]$/u);
        expect(name.length).toBeGreaterThan(0);
        expect(name.length).toBeLessThanOrEqual(MAX_FILE_NAME + 1);
        expect(name.isWellFormed()).toBe(true);
        expect(safeFileName(name)).toBe(name);
      }),
      { numRuns: 500 },
    );
  });
});

describe('mediaType', () => {
  it.each([
    ['image/png', 'image/png'],
    ['Text/HTML; charset=utf-8', 'text/html'],
    [
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    ],
    [`a/${'x'.repeat(128)}`, 'application/octet-stream'],
    ['image/svg+xml', 'image/svg+xml'],
    [undefined, 'application/octet-stream'],
    ['', 'application/octet-stream'],
    ['nonsense', 'application/octet-stream'],
    ['a/b\r\nX: y', 'application/octet-stream'],
    ['*/*', 'application/octet-stream'],
  ])('converts %j to %j', (given, type) => expect(mediaType(given)).toBe(type));
});
