import type { Browser } from 'playwright-core';
import { launchChromium } from '../clients/chromium.ts';
import type { NetworkLab, Place } from './index.ts';

/**
 * Starts Chromium in a place of the lab, with fake devices. It is driven through a pipe, which works across namespaces.
 * @param origin of the server, without TLS; its pages may use the devices nevertheless
 */
export function launchChromiumIn(
  lab: NetworkLab,
  place: Place,
  origin: string,
  args: readonly string[] = [],
): Promise<Browser> {
  const secure = `--unsafely-treat-insecure-origin-as-secure=${origin}`;
  const chromium = process.env.CHROMIUM_BIN ?? '/usr/bin/chromium';
  return launchChromium([secure, ...args], lab.executable(place, chromium));
}
