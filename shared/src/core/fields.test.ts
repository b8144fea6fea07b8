import { describe, expect, it } from 'vitest';
import { identifier } from './fields.ts';

describe('identifier', () => {
  it.each(['a', '...', '.a', 'a b', 'patient@example.org', 'Zoë/7', '患者', '👩‍⚕️'.replaceAll('\u200d', '')])(
    'accepts %j',
    (id) => {
      expect(identifier.safeParse(id).success).toBe(true);
    },
  );

  it.each(['', ' a', 'a ', 'a\nb', 'a\u0000', '\ud800', '\u200b', 'x'.repeat(129)])('refuses %j', (id) => {
    expect(identifier.safeParse(id).success).toBe(false);
  });

  it.each(['.', '..'])('refuses %j, which URL paths cannot contain', (id) => {
    expect(identifier.safeParse(id).success).toBe(false);
    // A request to remove this person would have another path.
    expect(new URL(`http://x/sessions/s/participants/${encodeURIComponent(id)}`).pathname).not.toContain(
      's/participants/.',
    );
  });
});
