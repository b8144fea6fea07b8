import { expect, it } from 'vitest';
import { parseAddress } from './address.ts';

const none = { code: null, error: null };

it.each([
  ['https://a.example/console', { baseUrl: 'https://a.example', cleanPath: '/console', ...none }],
  ['https://a.example/console#/sessions', { baseUrl: 'https://a.example', cleanPath: '/console', ...none }],
  [
    'https://a.example/console/login#ab.c-1',
    { baseUrl: 'https://a.example', cleanPath: '/console', code: 'ab.c-1', error: null },
  ],
  [
    'https://a.example/console/login?error=console_no_role',
    { baseUrl: 'https://a.example', cleanPath: '/console', code: null, error: 'console_no_role' },
  ],
  [
    'https://a.example/visits/console/login',
    { baseUrl: 'https://a.example/visits', cleanPath: '/visits/console', ...none },
  ],
  [
    'https://a.example/console/console',
    { baseUrl: 'https://a.example/console', cleanPath: '/console/console', ...none },
  ],
])('parseAddress reads %s', (address, expected) => expect(parseAddress(address)).toEqual(expected));
