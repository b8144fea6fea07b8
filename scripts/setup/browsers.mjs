import { canInstall, ensurePackages, findCommand, installCommand, isExecutable } from './packages.mjs';
import { note, SetupError } from './step.mjs';

/** Without a font Chromium paints no text. */
const CHROMIUM_PACKAGES = ['chromium', 'fonts-liberation'];
const FIREFOX = ['firefox-esr', 'firefox'];

/**
 * Returns the path of a Chromium for the tests.
 * @param {NodeJS.ProcessEnv} env
 */
export async function ensureChromium(env = process.env) {
  const given = env['CHROMIUM_BIN'];
  if (given) {
    if (isExecutable(given)) return given;
    throw new SetupError(`CHROMIUM_BIN is ${given}, which is not an executable file.`);
  }
  const found = findChromium(env);
  if (found) return found;
  if (!canInstall()) {
    throw new SetupError(
      `The tests need Chromium. Name one in CHROMIUM_BIN, or install it with:\n  ${installCommand(CHROMIUM_PACKAGES)}`,
    );
  }
  await ensurePackages(CHROMIUM_PACKAGES, 'test in Chromium');
  const installed = findChromium(env);
  if (!installed) throw new SetupError('Chromium was installed, but is not in the PATH.');
  return installed;
}

/** @param {NodeJS.ProcessEnv} env */
function findChromium(env) {
  return findCommand(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'], env);
}

/**
 * Finds the optional tools of some tests: Firefox, `ip` with a C compiler for the network lab, in which Firefox is tested
 * too, a TURN server, a Redis, load balancers, a Prometheus, FFmpeg, which judges recordings, and what docs/OPERATIONS.md uses. Those
 * tests report why they are skipped, so nothing here fails the run.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<NodeJS.ProcessEnv>} where Firefox is, if it is
 */
export async function ensureExtras(env = process.env) {
  await installExtras(env);
  const firefox = env['FIREFOX_BIN'] || findCommand(FIREFOX, env);
  return firefox ? { FIREFOX_BIN: firefox } : {};
}

/** @param {NodeJS.ProcessEnv} env */
async function installExtras(env) {
  /** @type {[string[], string[]][]} */
  const extras = [
    [['firefox-esr'], FIREFOX],
    [['iproute2'], ['ip']],
    [['nftables'], ['nft']],
    [['gcc', 'libc6-dev'], ['cc']],
    [['curl'], ['curl']],
    [['openssl'], ['openssl']],
    [['coturn'], ['turnserver']],
    [['redis-server'], ['redis-server']],
    [['nginx'], ['nginx']],
    [['haproxy'], ['haproxy']],
    [['prometheus'], ['prometheus', 'promtool']],
    [['ffmpeg'], ['ffmpeg', 'ffprobe']],
    [['sqlite3'], ['sqlite3']],
    [['fonts-dejavu-core', 'libnss3-tools'], ['certutil']],
  ];
  const missing = extras.filter(([, commands]) => !findCommand(commands, env)).flatMap(([names]) => names);
  if (missing.length === 0 || !canInstall()) return;
  try {
    await ensurePackages(
      missing,
      'test in Firefox, over bad networks, with several servers, with Prometheus, and recordings',
    );
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    note(`continuing without ${missing.join(' and ')}; the tests that need it are skipped`);
  }
}
