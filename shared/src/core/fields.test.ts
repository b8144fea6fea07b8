import { describe, expect, it } from 'vitest';
import { identifier } from './fields.ts';

describe('an identifier', () => {
  it.each(['a', '...', '.a', 'a b', 'patient@example.org', 'Zoë/7', '患者', '👩‍⚕️'.replaceAll('\u200d', '')])(
    'may be %j',
    (id) => {
      expect(identifier.safeParse(id).success).toBe(true);
    },
  );

  it.each(['', ' a', 'a ', 'a\nb', 'a\u0000', '\ud800', '\u200b', 'x'.repeat(129)])('may not be %j', (id) => {
    expect(identifier.safeParse(id).success).toBe(false);
  });

  it.each(['.', '..'])('may not be %j, which no path can hold', (id) => {
    expect(identifier.safeParse(id).success).toBe(false);
    // What would become of a request to remove this person.
    expect(new URL(`http://x/sessions/s/participants/${encodeURIComponent(id)}`).pathname).not.toContain(
      's/participants/.',
    );
  });
});
