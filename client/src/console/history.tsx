import type { ConsoleHistory } from '@televisit/shared/console';
import { useState } from 'preact/hooks';
import { useConsole } from './context.ts';
import { day, timeWithSeconds } from './format.ts';
import { Code, Content, Person, Section } from './parts.tsx';
import { useResource } from './resource.ts';
import { t } from './texts.ts';

type Entry = ConsoleHistory['entries'][number];

/** How many lines more are shown at a time. */
const STEP = 50;
/** The most that the server returns at once. */
const MOST = 100;

/** A line of the timeline: an entry, or an operator's consecutive reads, of which it is the first. */
export interface Line {
  readonly entry: Entry;
  /** Of the last one, if there are several. */
  readonly until: string | null;
  readonly count: number;
}

/** What happened in a visit, oldest first. */
export function History({ sessionId }: { sessionId: string }) {
  const { api } = useConsole();
  const [wanted, setWanted] = useState(STEP);
  const history = useResource<ConsoleHistory>(`${sessionId} ${wanted}`, [`session:${sessionId}`], (reading) =>
    readHistory((page) => api.history(sessionId, page, reading), wanted),
  );
  return (
    <Section title={t('console.history')} about={t('console.history.about')} testId="history">
      <Content
        loaded={history}
        isEmpty={({ entries }) => entries.length === 0}
        empty={t('console.history.none')}
      >
        {({ entries, nextCursor }) => (
          <>
            <ol class="events">
              {linesOf(entries).map((line, index, lines) => (
                <Event key={index} line={line} before={lines[index - 1]?.entry} />
              ))}
            </ol>
            {nextCursor !== null && (
              <button
                type="button"
                class="button button-small button-quiet"
                onClick={() => setWanted(linesOf(entries).length + STEP)}
              >
                {t('console.more')}
              </button>
            )}
          </>
        )}
      </Content>
    </Section>
  );
}

/** Reads the first lines of a history, page by page. @param wanted the number of lines, of which the last may go on */
export async function readHistory(
  read: (page: Readonly<Record<string, string>>) => Promise<ConsoleHistory>,
  wanted: number,
): Promise<ConsoleHistory> {
  const entries: Entry[] = [];
  let nextCursor: string | null = null;
  do {
    const limit = String(MOST);
    const page: ConsoleHistory = await read(nextCursor === null ? { limit } : { limit, cursor: nextCursor });
    entries.push(...page.entries);
    ({ nextCursor } = page);
  } while (nextCursor !== null && linesOf(entries).length < wanted);
  return { entries, nextCursor };
}

/**
 * Returns the lines of a timeline. A page of the console reads a visit again with each change, so reads that follow one another
 * are one line for each operator; the audit log has every one.
 */
export function linesOf(entries: readonly Entry[]): Line[] {
  const lines: Line[] = [];
  /** The indexes of the lines of the present run of reads, by operator. */
  const run = new Map<string, number>();
  for (const entry of entries) {
    const isRead = entry.action === 'console.read';
    if (!isRead) run.clear();
    const subject = entry.actor.subject ?? '';
    const index = isRead ? run.get(subject) : undefined;
    const line = index === undefined ? undefined : lines[index];
    if (index !== undefined && line) lines[index] = joined(line, entry);
    else {
      if (isRead) run.set(subject, lines.length);
      lines.push({ entry, until: null, count: 1 });
    }
  }
  return lines;
}

/** Adds a read to the line of previous ones. */
function joined({ entry, count }: Line, read: Entry): Line {
  const parts = [...new Set([entry, read].flatMap(({ details }) => details.part ?? []))].map(String);
  return {
    entry: { ...entry, details: { ...entry.details, part: parts } },
    until: read.at,
    count: count + 1,
  };
}

const dayOf = (at: string) => new Date(at).toDateString();

function Event({ line: { entry, until, count }, before }: { line: Line; before: Entry | undefined }) {
  const { at, action, person, details } = entry;
  const isNewDay = !before || dayOf(before.at) !== dayOf(at);
  return (
    <li class="event" data-testid="event" data-action={action}>
      <time class="event-time" dateTime={at}>
        {isNewDay && <span class="event-day">{day(at)}</span>}
        {timeWithSeconds(at)}
        {until !== null &&
          timeWithSeconds(until) !== timeWithSeconds(at) &&
          ` – ${dayOf(until) === dayOf(at) ? '' : `${day(until)} `}${timeWithSeconds(until)}`}
      </time>
      <div class="event-text">
        <Code>{action}</Code>
        {count > 1 && <span class="soft">× {count}</span>}
        {person && <Person person={person} />}
        <Actor entry={entry} />
        <Details details={details} />
      </div>
    </li>
  );
}

/** Who did it, unless that is the person concerned. */
function Actor({ entry: { actor, person } }: { entry: Entry }) {
  if (actor.type === 'participant') {
    if (!actor.person || actor.person.id === person?.id) return null;
    return (
      <span class="soft">
        {t('console.history.by')} <Person person={actor.person} />
      </span>
    );
  }
  const name =
    actor.type === 'operator'
      ? t('console.actor.operator', { subject: actor.subject ?? '' })
      : t(`console.actor.${actor.type}`);
  return (
    <span class="soft">
      {t('console.history.by')} {name}
    </span>
  );
}

function Details({ details }: Pick<Entry, 'details'>) {
  const entries = Object.entries(details);
  if (entries.length === 0) return null;
  return (
    <span class="event-details" dir="ltr">
      {entries.map(([name, value]) => (
        <span key={name}>
          {name}: <b>{Array.isArray(value) ? value.join(', ') : value}</b>
        </span>
      ))}
    </span>
  );
}
