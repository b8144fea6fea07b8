import { readFileSync } from 'node:fs';
import { EMPTY_MS, REPORT_MS } from '@televisit/server/domain/change';
import { TRANSITIONS } from '@televisit/server/domain/lifecycle';
import { SWEEP_MS } from '@televisit/server/domain/sweeper';
import { parseConfig } from '@televisit/server/config';
import { ERRORS } from '@televisit/shared/errors';
import { END_REASONS, SESSION_STATUSES } from '@televisit/shared/vocabulary';
import { describe, expect, it } from 'vitest';

const page = readFileSync(new URL('../../docs/LIFECYCLE.md', import.meta.url), 'utf8');
const diagram = /```mermaid\n([\s\S]*?)```/.exec(page)?.[1] ?? '';

/** Returns the rows of the tables whose first column has this heading, without backticks. */
function tables(heading: string): string[][][] {
  return page
    .split('\n\n')
    .filter((block) => block.startsWith(`| ${heading} `))
    .map((block) =>
      block
        .split('\n')
        .filter((line) => line.startsWith('|') && !line.startsWith('| --'))
        .map((line) =>
          line
            .slice(1, line.lastIndexOf('|'))
            .split('|')
            .map((cell) => cell.trim().replaceAll('`', '')),
        ),
    );
}

const [statuses = [], transitions = []] = tables('Status');
const [reasons = []] = tables('`endReason`');

describe('docs/LIFECYCLE.md', () => {
  it('the page explains every status and no other', () => {
    expect(statuses.slice(1).map(([status]) => status)).toEqual([...SESSION_STATUSES]);
  });

  it('the page shows the transition table of the domain', () => {
    const [[, ...actions] = [], ...rows] = transitions;
    const shown = rows.map(([status, ...cells]) => [
      status,
      Object.fromEntries(actions.map((action, index) => [action, cells[index]])),
    ]);
    const inDomain = Object.entries(TRANSITIONS).map(([status, targets]) => [
      status,
      Object.fromEntries(
        Object.entries(targets).map(([action, target]) => [action, target ?? 'session_closed']),
      ),
    ]);
    expect(shown).toEqual(inDomain);
  });

  it('the diagram draws every transition and no other', () => {
    const drawn = [...diagram.matchAll(/^ {2}(\w+) --> (\w+)(?=:)/gm)].map(([, from, to]) => `${from} ${to}`);
    const inDomain = Object.entries(TRANSITIONS).flatMap(([from, targets]) =>
      [...new Set(Object.values(targets))]
        .filter((to) => to !== null && to !== from)
        .map((to) => `${from} ${to}`),
    );
    expect(drawn.sort()).toEqual(inDomain.sort());
    const last = [...diagram.matchAll(/^ {2}(\w+) --> \[\*\]/gm)].map(([, status]) => status);
    expect(last.sort()).toEqual(['cancelled', 'ended']);
  });

  it('the page explains every end reason and no other', () => {
    expect(reasons.slice(1).map(([reason]) => reason)).toEqual([...END_REASONS]);
    for (const [reason, status] of reasons.slice(1)) {
      expect(status, reason).toBe(reason === 'cancelled' ? 'cancelled' : 'ended');
    }
  });

  it('the page states the HTTP status of errors correctly', () => {
    const named = [...page.matchAll(/`([a-z_]+)` (?:is the error )?\((\d{3})\)/g)];
    expect(named.length).toBeGreaterThan(0);
    for (const [, code, status] of named) {
      expect(ERRORS[code as keyof typeof ERRORS].status, code).toBe(Number(status));
    }
  });

  it('the page states the times used by the server', () => {
    const { joinWindow } = parseConfig({});
    expect(page).toContain(
      `${joinWindow.opensMinutes} minutes before \`scheduledAt\` (\`JOIN_OPENS_MINUTES\`)`,
    );
    expect(page).toMatch(
      new RegExp(
        `${joinWindow.closesMinutes} minutes after the\\s+planned end \\(\`JOIN_CLOSES_MINUTES\`\\)`,
      ),
    );
    expect(page).toContain(`stood empty for ${EMPTY_MS / 60_000} minutes`);
    expect(REPORT_MS).toBe(5000);
    expect(page).toContain('**Five seconds after the end**');
    expect(page).toContain(`looks every ${SWEEP_MS / 1000} seconds`);
  });
});
