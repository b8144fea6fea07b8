import { expect, it } from 'vitest';
import { parsePlayerLink } from './player-link.ts';

it('parsePlayerLink reads a link, also of a server below a path', () => {
  expect(parsePlayerLink('https://v.example/visits/recordings/s%201/r1#expires=9&signature=a-_')).toEqual({
    baseUrl: 'https://v.example/visits',
    path: { session: 's%201', recording: 'r1' },
    secret: 'expires=9&signature=a-_',
  });
});

it('parsePlayerLink reads a link without its secret, which the server refuses', () => {
  expect(parsePlayerLink('https://v.example/recordings/s/r')?.secret).toBe('expires=&signature=');
});

it.each(['https://v.example/', 'https://v.example/join/recordings', 'https://v.example/recordings/s'])(
  'parsePlayerLink finds no recording in %s',
  (address) => expect(parsePlayerLink(address)).toBeNull(),
);
