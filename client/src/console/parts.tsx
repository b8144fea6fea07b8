import type { ConsolePerson } from '@televisit/shared/console';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { t as base } from '../locales/index.ts';
import { AlertIcon } from '../ui/components/icons.tsx';
import type { ConsoleError } from './api.ts';
import { moment, percent, zonedMoment } from './format.ts';
import type { Loaded } from './resource.ts';
import { fragmentOf, type Route } from './routing.ts';
import { t } from './texts.ts';

/** Parts that several views have. */

/** Returns what the server said about a failed request, or that it can't be reached. */
export function reasonOf(problem: ConsoleError): string {
  if (problem.code === 'console_role') return t('console.error.console_role');
  if (problem.code === 'console_csrf') return t('console.error.console_csrf');
  return problem.code === 'unreachable' ? t('console.unreachable') : problem.message;
}

interface ContentProps<T> {
  readonly loaded: Loaded<T> & { readonly refresh: () => void };
  /** Whether there is nothing in it. */
  readonly isEmpty?: (data: T) => boolean;
  readonly empty?: string;
  readonly children: (data: T) => ComponentChildren;
}

/** Something of the server: while it loads, if it could not be read, if it is empty, or itself. */
export function Content<T>({ loaded, isEmpty, empty, children }: ContentProps<T>) {
  const { data, problem, refresh } = loaded;
  if (data === null) {
    return problem ? <Failure problem={problem} onRetry={() => refresh()} /> : <Loading />;
  }
  return (
    <>
      {problem && (
        <p class="stale" role="status">
          {t('console.stale', { reason: reasonOf(problem) })}
        </p>
      )}
      {empty !== undefined && isEmpty?.(data) ? <p class="empty">{empty}</p> : children(data)}
    </>
  );
}

function Loading() {
  return (
    <p class="loading">
      <span class="spinner" aria-hidden="true" />
      <span class="visually-hidden">{t('console.loadingPart')}</span>
    </p>
  );
}

function Failure({ problem, onRetry }: { problem: ConsoleError; onRetry: () => void }) {
  return (
    <div class="notice" role="alert" data-testid="failure">
      <AlertIcon />
      <p class="notice-text">{t('console.failed', { reason: reasonOf(problem) })}</p>
      <button type="button" class="button button-small button-quiet" onClick={onRetry}>
        {t('console.refresh')}
      </button>
    </div>
  );
}

interface SectionProps {
  readonly title: string;
  readonly about?: string | undefined;
  /** Beside the title. */
  readonly aside?: ComponentChildren;
  readonly testId?: string;
  readonly children: ComponentChildren;
}

/** A part of a view with its heading. */
export function Section({ title, about, aside, testId, children }: SectionProps) {
  const id = useId();
  return (
    <section class="section" aria-labelledby={id} data-testid={testId}>
      <div class="section-title">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {about !== undefined && <p class="about">{about}</p>}
      {children}
    </section>
  );
}

export type Tone = 'good' | 'busy' | 'warning' | 'bad' | 'quiet';

/** A state in a few words; its colour only repeats them. */
export function Badge({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return <span class={`state state-${tone}`}>{children}</span>;
}

/** A share (0 to 1) as a bar with its text. */
export function Meter({ label, share, text }: { label: string; share: number; text: string }) {
  const id = useId();
  const full = Math.min(1, Math.max(0, share));
  return (
    <div class="load">
      <span id={id} class="load-label">
        {label}
      </span>
      <span class="load-text">{text}</span>
      <div
        class={`load-bar ${full >= 0.85 ? 'load-high' : ''}`}
        role="meter"
        aria-labelledby={id}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(full * 100)}
        aria-valuetext={text}
      >
        <div class="load-fill" style={{ inlineSize: percent(full, 'en') }} />
      </div>
    </div>
  );
}

/** A person by role, and by name or short id. */
export function Person({ person }: { person: ConsolePerson }) {
  return (
    <span class="person">
      <span class="person-role">{base(`role.${person.role}`)}</span>{' '}
      {person.name === null ? (
        <code dir="ltr">{person.id}</code>
      ) : (
        <bdi title={person.userId ?? undefined}>{person.name}</bdi>
      )}
    </span>
  );
}

/** A point in time; its zone is in the view, and in the tooltip. */
export function At({ at, format = moment }: { at: string; format?: (at: string) => string }) {
  return (
    <time dateTime={at} title={zonedMoment(at)}>
      {format(at)}
    </time>
  );
}

/** What is shown in a table if there is nothing. */
export function None() {
  return <span class="soft">{t('console.none')}</span>;
}

/** An id or a code as the server writes it. */
export function Code({ children }: { children: string }) {
  return (
    <code class="id" dir="ltr">
      {children}
    </code>
  );
}

/** A link to another view. */
export function ViewLink({
  to,
  class: name,
  current,
  children,
}: {
  to: Route;
  class?: string;
  current?: boolean;
  children: ComponentChildren;
}) {
  return (
    <a href={fragmentOf(to)} class={name} aria-current={current ? 'page' : undefined}>
      {children}
    </a>
  );
}

/** The links between the pages of a list. @param page the list at a cursor; null for the newest */
export function Pager({
  isFirst,
  nextCursor,
  page,
}: {
  isFirst: boolean;
  nextCursor: string | null;
  page: (cursor: string | null) => Route;
}) {
  if (isFirst && nextCursor === null) return null;
  return (
    <div class="pager">
      {!isFirst && (
        <ViewLink to={page(null)} class="button button-small button-quiet">
          {t('console.first')}
        </ViewLink>
      )}
      {nextCursor !== null && (
        <ViewLink to={page(nextCursor)} class="button button-small button-quiet">
          {t('console.next')}
        </ViewLink>
      )}
    </div>
  );
}

/** Returns the current time (milliseconds since 1970), updated every few seconds. */
export function useNow(stepMs = 5_000): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), stepMs);
    return () => clearInterval(timer);
  }, [stepMs]);
  return now;
}
