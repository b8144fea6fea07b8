import { safeFileName } from './chats.ts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { attachment } from './http.ts';

it.each([
  ['scan.png', 'attachment; filename="scan.png"'],
  ['Röntgen.png', `attachment; filename="Rontgen.png"; filename*=UTF-8''R%C3%B6ntgen.png`],
  ['患者.pdf', `attachment; filename="file.pdf"; filename*=UTF-8''%E6%82%A3%E8%80%85.pdf`],
  ["it's (1)*.txt", `attachment; filename="it's (1)*.txt"`],
  ["ü's (1).txt", `attachment; filename="u's (1).txt"; filename*=UTF-8''%C3%BC%27s%20%281%29.txt`],
  ['a"b\\c', `attachment; filename="a_b_c"; filename*=UTF-8''a%22b%5Cc`],
])('attachment of %j is %s', (name, header) => expect(attachment(name)).toBe(header));

it('attachment writes any safe name into the header', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }).map(safeFileName), (name) => {
      const header = attachment(name);
      expect(header).toMatch(/^attachment; filename="[^"\\]+"(; filename\*=UTF-8''[\w!#$&+.^`|~%-]+)?$/);
      const said = new Headers({ 'content-disposition': header }).get('content-disposition');
      expect(said).toBe(header);
      const [, encoded] = /filename\*=UTF-8''(.*)$/.exec(header) ?? [];
      if (encoded !== undefined) expect(decodeURIComponent(encoded)).toBe(name);
      else expect(header).toContain(`"${name}"`);
    }),
  );
});
