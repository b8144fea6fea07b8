import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linkify } from './linked-text.tsx';

const links = (text: string) =>
  linkify(text).flatMap(({ text: shown, href }) => (href === null ? [] : [[shown, href]]));

describe('linkify', () => {
  it('finds addresses in text', () => {
    expect(linkify('See https://clinic.example/a?b=1#c today')).toEqual([
      { text: 'See ', href: null },
      { text: 'https://clinic.example/a?b=1#c', href: 'https://clinic.example/a?b=1#c' },
      { text: ' today', href: null },
    ]);
    expect(links('HTTP://Clinic.Example/x')).toEqual([
      ['HTTP://Clinic.Example/x', 'http://clinic.example/x'],
    ]);
    expect(links('www.clinic.example')).toEqual([['www.clinic.example', 'https://www.clinic.example/']]);
  });

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)//https',
    'data:text/html,<script>1</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'ftp://clinic.example',
    'blob:https:evil',
    'mailto:a@clinic.example',
    'https://',
    'https://clinic',
    'a@www.clinic.example',
    'xhttps://clinic.example',
  ])('does not link %s', (text) => {
    expect(links(text)).toEqual([]);
  });

  it('does not link an address with credentials, which hide its target', () => {
    expect(links('https://clinic.example@evil.example/')).toEqual([]);
  });

  it('does not link an address with characters that change the writing direction', () => {
    expect(links('https://clinic.example/\u202egpj.exe')).toEqual([]);
  });

  it.each([
    ['https://clinic.example.', 'https://clinic.example'],
    ['(https://clinic.example)', 'https://clinic.example'],
    ['https://clinic.example/a_(b)', 'https://clinic.example/a_(b)'],
    ['(https://clinic.example/a_(b)),', 'https://clinic.example/a_(b)'],
    ['https://clinic.example/a?!', 'https://clinic.example/a'],
    ['“https://clinic.example/a”', 'https://clinic.example/a'],
  ])('excludes surrounding punctuation from %s', (text, shown) => {
    expect(links(text).map(([first]) => first)).toEqual([shown]);
  });

  it('shows an internationalised domain as typed and links its ASCII form', () => {
    expect(links('https://пример.рф/')).toEqual([['https://пример.рф/', 'https://xn--e1afmkfd.xn--p1ai/']]);
  });

  it('loses no character, and links only http and https for any text', () => {
    const words = fc.array(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 6 }),
        fc.constantFrom('https://clinic.example/a?b=1', 'http://пример.рф/(x)', 'www.clinic.example'),
        fc.constantFrom('javascript:', 'data:', 'https://', 'www.', '.', ')', ' '),
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(words, (parts) => {
        const text = parts.join('');
        const pieces = linkify(text);
        expect(pieces.map((piece) => piece.text).join('')).toBe(text);
        for (const { href } of pieces) if (href !== null) expect(href).toMatch(/^https?:\/\//);
      }),
    );
  });
});
