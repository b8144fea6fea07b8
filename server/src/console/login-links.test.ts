import { expect, it } from 'vitest';
import { LinkSignatures } from '../access/link-signature.ts';
import { LOGIN_LINK_MS, LoginLinks } from './login-links.ts';

const NOW = Date.UTC(2026, 0, 5, 9);
const links = new LoginLinks(new LinkSignatures(['a secret']));

it('check returns the link of an issued code until it expires', () => {
  const code = links.issue(NOW);
  expect(links.check(code, NOW)).toMatchObject({ expiresAt: NOW + LOGIN_LINK_MS });
  expect(links.check(code, NOW + LOGIN_LINK_MS - 1)).not.toBeNull();
  expect(links.check(code, NOW + LOGIN_LINK_MS)).toBeNull();
});

it('each code has an id of its own', () => {
  const ids = Array.from({ length: 100 }, () => links.check(links.issue(NOW), NOW)?.linkId);
  expect(new Set(ids).size).toBe(100);
});

it('check accepts codes of the previous secret, and none of others', () => {
  const both = new LoginLinks(new LinkSignatures(['a new secret', 'a secret']));
  expect(both.check(links.issue(NOW), NOW)).not.toBeNull();
  expect(links.check(both.issue(NOW), NOW)).toBeNull();
});

it('check refuses a code of which any part was changed', () => {
  const code = links.issue(NOW);
  const [expiresAt = '', linkId = '', signature = ''] = code.split('.');
  for (const changed of [
    [String(Number(expiresAt) + 1), linkId, signature],
    [`0${expiresAt}`, linkId, signature],
    [expiresAt, `${linkId.slice(0, -1)}${linkId.endsWith('A') ? 'B' : 'A'}`, signature],
    [expiresAt, linkId, ''],
    [expiresAt, linkId],
    ['', '', ''],
  ]) {
    expect(links.check(changed.join('.'), NOW)).toBeNull();
  }
});
