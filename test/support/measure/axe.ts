import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/**
 * Returns what axe-core finds on a page against WCAG 2.2 AA and its own best practices, each with its element; empty if
 * all is well.
 * @param options `contrast: false` omits the contrast of colours, which takes longest
 */
export async function axeFindings(page: Page, { contrast = true } = {}): Promise<string[]> {
  // "Legacy" is for pages without frames of other origins, like ours: it opens no second page to collect findings.
  const axe = new AxeBuilder({ page }).setLegacyMode().withTags(TAGS);
  const { violations } = await (contrast ? axe : axe.disableRules('color-contrast')).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary ?? ''}`),
  );
}
