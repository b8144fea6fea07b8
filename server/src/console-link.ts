import process from 'node:process';
import { LOGIN_PATH } from '@televisit/shared/console.vocabulary';
import { config as loadDotenv } from 'dotenv';
import { LinkSignatures } from './access/link-signature.ts';
import { developmentSecret } from './access/secrets.ts';
import { ConfigError, parseConfig } from './config.ts';
import { LOGIN_LINK_MS, LoginLinks } from './console/login-links.ts';

/** Prints a one-time link that logs in to the console as admin. The server may run or not. @returns the exit code */
function main(): number {
  loadDotenv({ quiet: true });
  const config = parseConfig(process.env);
  if (!config.console) {
    process.stderr.write(
      'The console is off: set CONSOLE=1, or CONSOLE_OIDC_ISSUER and CONSOLE_OIDC_CLIENT_ID, restart the server, and run this again.\n',
    );
    return 1;
  }
  const secret = config.videoJwtSecret ?? developmentSecret(config.dataDir, 'video-jwt-secret').secret;
  const code = new LoginLinks(new LinkSignatures([secret])).issue(Date.now());
  const base = config.clientBaseUrl ?? `http://localhost:${config.port}`;
  process.stdout.write(
    `${base}${LOGIN_PATH}#${code}\n\nOpen it within ${LOGIN_LINK_MS / 60_000} minutes. It works once, and logs in as admin.\n`,
  );
  return 0;
}

try {
  process.exitCode = main();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
