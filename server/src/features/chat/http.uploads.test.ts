import { expect, it } from 'vitest';
import { MAX_UPLOADS, MAX_UPLOADS_OF_ONE, Uploads } from './http.uploads.ts';

const tooMany = expect.objectContaining({ code: 'too_many_requests', retryAfter: 2 }) as unknown;

it('Uploads.begin accepts two uploads of one person at once, and another after one has ended', () => {
  const uploads = new Uploads();
  const ends = Array.from({ length: MAX_UPLOADS_OF_ONE }, () => uploads.begin('s', 'patient'));
  expect(() => uploads.begin('s', 'patient')).toThrow(tooMany);
  ends[0]?.();
  ends[0]?.();
  uploads.begin('s', 'patient');
  expect(() => uploads.begin('s', 'patient')).toThrow(tooMany);
});

it('Uploads.begin accepts 20 uploads in total at once', () => {
  const uploads = new Uploads();
  for (let index = 0; index < MAX_UPLOADS; index++) uploads.begin('s', `user-${index}`);
  expect(() => uploads.begin('s', 'one more')).toThrow(tooMany);
});
