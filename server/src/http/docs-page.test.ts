import { ERRORS } from '@televisit/shared/errors';
import { OPERATIONS, type OperationContract } from '@televisit/shared/operations';
import { describe, expect, it } from 'vitest';
import { apiDocument } from './api-document.ts';
import { docsPage } from './docs-page.ts';

const page = docsPage(apiDocument(), 'https://visits.test').text;
const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
/** What stands in the section of an operation, without tags. */
const textOf = (id: string) => {
  const from = page.indexOf(`<section class="operation" id="${id}"`);
  return page
    .slice(from, page.indexOf('</section>', from))
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll(/\s+/g, ' ');
};

describe('the API page', () => {
  it('has no script, no style of its own and nothing from elsewhere', () => {
    expect(page).not.toMatch(/<script|<style|\sstyle=|\son\w+=/);
    expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
  });

  it('has each anchor once, and every link leads to one', () => {
    expect(new Set(ids).size).toBe(ids.length);
    const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, target]) => target);
    expect(targets.length).toBeGreaterThan(100);
    expect([...new Set(targets)].filter((target) => !ids.includes(target))).toEqual([]);
  });

  it.each(Object.entries<OperationContract>(OPERATIONS))(
    'shows %s with its address, callers, codes and remedies',
    (id, { method, path, summary, errors }) => {
      const text = textOf(id);
      expect(text).toContain(summary);
      expect(text).toContain(`${method.toUpperCase()} `);
      expect(text).toMatch(new RegExp(`(/api/v1)?${path.replaceAll(/[{}]/g, '\\$&')}`));
      expect(text).toContain('Who may call:');
      for (const code of [...errors, 'internal_error'] as const) {
        expect(text).toContain(`${code} ${ERRORS[code].status}`);
        expect(text).toContain(ERRORS[code].remedy);
      }
    },
  );

  it('shows parameters and bodies with types, limits, defaults and what is required', () => {
    expect(textOf('listSessions')).toContain(
      'limit integer, in the query How many to answer at most. 1 to 200. Default: 50.',
    );
    expect(textOf('listSessions')).toContain('status list of string, in the query');
    expect(textOf('createSession')).toContain('appointmentId string required');
    expect(textOf('createSession')).toContain('doctorId + patientId');
    expect(textOf('updateSession')).toContain('description string or null');
    expect(textOf('updateSession')).toContain('One of off, until-host, admit.');
  });

  it.each([
    ['createSession', `curl "$SERVER/api/v1/sessions" \\ -H "X-Internal-Secret: $SECRET"`],
    ['updateSession', `curl "$SERVER/api/v1/sessions/$SESSION_ID" \\ -X PATCH`],
    ['endSession', `curl -X POST "$SERVER/api/v1/sessions/$SESSION_ID/end"`],
    ['eraseUser', `curl -X DELETE "$SERVER/api/v1/users/$USER_ID/data"`],
    ['getUserCalendar', `"$SERVER/api/v1/users/$USER_ID/calendar.ics?link=0&amp;signature=$SIGNATURE"`],
    ['getVisit', `-H "Authorization: Bearer $TOKEN"`],
    ['getHealth', `curl "$SERVER/healthz" `],
  ])('has for %s a command that a shell can run', (id, command) => {
    expect(textOf(id)).toContain(command);
  });

  it('escapes what the document says', () => {
    const document = structuredClone({ ...apiDocument() });
    document.info = { ...document.info, title: '<img src=x onerror=alert(1)>' };
    expect(docsPage(document, 'https://x.test/"><b>').text).not.toMatch(/<img|"><b>/);
  });
});
