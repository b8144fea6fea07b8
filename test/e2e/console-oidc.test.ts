import { expect, it, onTestFinished } from 'vitest';
import { TestSite } from '../support/fixtures/test-site.ts';
import { freePort } from '../support/infra/free-port.ts';
import { OidcServer } from '../support/infra/oidc-server.ts';

const providerPort = await freePort();
const site = new TestSite({
  env: {
    // Another site than the console's, as identity providers are.
    CONSOLE_OIDC_ISSUER: `http://127.0.0.1:${providerPort}`,
    CONSOLE_OIDC_CLIENT_ID: 'televisit',
    CONSOLE_OIDC_CLIENT_SECRET: 'secret-of-televisit',
    CONSOLE_OIDC_ROLES: 'support=viewer',
  },
});
const patience = { timeout: 20_000 };

/** Starts the provider, and opens a page of the console without being logged in. */
async function open(path: string) {
  const console = `http://localhost:${site.server.televisit.port}/console`;
  const provider = await OidcServer.start({
    redirectUri: `${console}/api/login/oidc/callback`,
    accounts: { sam: { groups: ['support'] }, eve: { groups: ['kitchen'] } },
    port: providerPort,
  });
  onTestFinished(() => provider.close());
  const { page, context } = await site.open(console + path);
  return { console, page, context };
}

it('an operator logs in at the identity provider and comes back to the view that was asked for', async () => {
  const { console, page, context } = await open('#/visits');
  await page.getByTestId('login-oidc').click();
  await page.getByLabel('Account').fill('sam');
  expect(new URL(page.url()).port).toBe(String(providerPort));
  await page.getByRole('button', { name: 'Log in' }).click();

  await page.getByTestId('view').waitFor();
  expect(page.url()).toBe(`${console}#/visits`);
  expect(await page.getByTestId('role').innerText()).toBe('Viewer');
  await expect.poll(() => page.getByTestId('live').getAttribute('data-state'), patience).toBe('live');
  const kept = (await context.cookies()).filter(({ domain }) => domain === 'localhost');
  expect(kept.map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite }))).toEqual([
    { name: 'televisit-console', httpOnly: true, sameSite: 'Strict' },
  ]);
});

it('an operator whose groups give no role reads why, and can try another account', async () => {
  const { page } = await open('');
  await page.getByTestId('login-oidc').click();
  await page.getByLabel('Account').fill('eve');
  await page.getByRole('button', { name: 'Log in' }).click();
  const login = page.getByTestId('login');
  await expect.poll(() => login.getAttribute('data-reason'), patience).toBe('console_no_role');
  expect(await login.getByRole('alert').innerText()).toContain('role');
  expect(await page.getByTestId('login-oidc').isEnabled()).toBe(true);
});
