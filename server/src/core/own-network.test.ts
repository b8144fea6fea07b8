import { expect, it } from 'vitest';
import { isOnOwnNetwork } from './own-network.ts';

it.each([
  ['127.0.0.1', true],
  ['10.1.2.3', true],
  ['[fd00::1]', true],
  ['whisper', true],
  ['stt.clinic.internal', true],
  ['8.8.8.8', false],
  ['[2001:db8::1]', false],
  ['api.example.org', false],
])('isOnOwnNetwork(%s) returns %s', (host, expected) => {
  expect(isOnOwnNetwork(host)).toBe(expected);
});
