import type { ConsoleLogin } from '@televisit/server/domain/console-login-store';
import type { Store } from '@televisit/server/domain/session-store';
import { describe, expect, it, onTestFinished } from 'vitest';

const NOW = Date.UTC(2026, 0, 5, 9);

const login = (loginId: string, more: Partial<ConsoleLogin> = {}): ConsoleLogin => ({
  loginId,
  subject: 'ada@clinic.example',
  label: 'Ada',
  role: 'operator',
  method: 'oidc',
  loggedInAt: NOW,
  expiresAt: NOW + 1000,
  seenAt: NOW,
  ...more,
});

/** The contract of every store of console logins. @param place provides a fresh database for each test */
export function consoleLoginsContract(name: string, place: () => { open: () => Promise<Store> }): void {
  describe(`console logins in ${name}`, () => {
    const opened = async (open = place().open) => {
      const store = await open();
      onTestFinished(() => store.close());
      return store.consoleLogins;
    };

    it('find returns a stored login, and none for other ids', async () => {
      const logins = await opened();
      await logins.add(login('a'), NOW);
      expect(await logins.find('a')).toEqual(login('a'));
      for (const other of ['A', '', 'b', '$ne', '__proto__'])
        expect(await logins.find(other)).toBeUndefined();
    });

    it('add deletes the logins that have expired, and no others', async () => {
      const logins = await opened();
      await logins.add(login('old'), NOW);
      await logins.add(login('longer', { expiresAt: NOW + 1001 }), NOW);
      await logins.add(login('new', { expiresAt: NOW + 5000 }), NOW + 1000);
      expect(await logins.find('old')).toBeUndefined();
      expect(await logins.find('longer')).toBeDefined();
      expect(await logins.find('new')).toBeDefined();
    });

    it('seen moves the time of the last request forwards only, and creates no login', async () => {
      const logins = await opened();
      await logins.add(login('a'), NOW);
      await Promise.all([logins.seen('a', NOW + 20), logins.seen('a', NOW + 10), logins.seen('b', NOW + 10)]);
      expect((await logins.find('a'))?.seenAt).toBe(NOW + 20);
      expect(await logins.find('b')).toBeUndefined();
    });

    it('delete removes one login, and may be repeated', async () => {
      const logins = await opened();
      await logins.add(login('a'), NOW);
      await logins.add(login('b'), NOW);
      for (let time = 0; time < 2; time++) await logins.delete('a');
      expect(await logins.find('a')).toBeUndefined();
      expect(await logins.find('b')).toEqual(login('b'));
    });

    it('useLink succeeds once of 20 concurrent uses of a link', async () => {
      const logins = await opened();
      const uses = await Promise.all(Array.from({ length: 20 }, () => logins.useLink('x', NOW + 1000, NOW)));
      expect(uses.filter(Boolean)).toHaveLength(1);
      expect(await logins.useLink('y', NOW + 1000, NOW)).toBe(true);
      expect(await logins.useLink('x', NOW + 1000, NOW + 999)).toBe(false);
    });

    it('logins and used links persist when the store is reopened', async () => {
      const { open } = place();
      const store = await open();
      await store.consoleLogins.add(login('a'), NOW);
      await store.consoleLogins.useLink('x', NOW + 1000, NOW);
      await store.close();
      const logins = await opened(open);
      expect(await logins.find('a')).toEqual(login('a'));
      expect(await logins.useLink('x', NOW + 1000, NOW)).toBe(false);
    });
  });
}
