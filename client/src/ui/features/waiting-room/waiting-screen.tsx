import { useEffect, useRef } from 'preact/hooks';
import type { VisitClient, VisitState, Waiting } from '../../../sdk/index.ts';
import { LeaveIcon, MessageIcon } from '../../components/icons.tsx';
import { LanguageMenu } from '../../components/language-menu.tsx';
import { Preview } from '../../components/preview.tsx';
import { duration } from '../../format/formatters.ts';
import { hostNames, plannedTime } from '../../format/session-summary.ts';
import { useFeatures } from '../../hooks/features.ts';
import { useHeadingFocus } from '../../hooks/focus.ts';
import { useSeconds, useWakeLock } from '../../hooks/page.ts';
import { useSay } from '../../hooks/speech.ts';
import { playMelody } from '../../sound/melody-player.ts';
import { t } from './texts.ts';

interface Props {
  client: VisitClient;
  state: VisitState;
}

/** The waiting room: the hosts, whether one is present, and their messages. */
export function WaitingScreen({ client, state }: Props) {
  useWakeLock();
  useSay(state.connection === 'reconnecting' ? t('waiting.reconnecting') : null);
  const { waiting, session, self, connection } = state;
  const features = useFeatures();
  const hosts = hostNames(session, self?.userId ?? null);
  const heading = useHeadingFocus();
  const publishes = client.can('publish');
  const planned = session && plannedTime(session, Date.now());
  return (
    <main class={`waiting ${publishes ? '' : 'waiting-plain'}`} data-testid="waiting-room">
      <header class="waiting-header">
        <p class="waiting-where">{t('waiting.say')}</p>
        <h1 ref={heading} tabIndex={-1}>
          {hosts === null ? t('waiting.titleUnnamed') : t('waiting.title', { names: hosts })}
        </h1>
        <LanguageMenu />
      </header>
      <section class="waiting-part waiting-news">
        {connection === 'reconnecting' && (
          <p class="banner" data-testid="connection-banner">
            {t('waiting.reconnecting')}
          </p>
        )}
        {waiting && (
          <div class="waiting-status">
            <span
              class={`waiting-pulse ${waiting.hostPresent ? 'waiting-pulse-known' : ''}`}
              aria-hidden="true"
            />
            <p data-testid="waiting-status" data-host-present={String(waiting.hostPresent)} role="status">
              {waitingText(waiting, hosts)}
            </p>
          </div>
        )}
        {waiting && <Messages messages={waiting.messages} speaker={state.choice.speaker} />}
        <p class="waiting-times">
          {waiting && <Waited since={waiting.since} />}
          {planned?.today && <span>{t('waiting.planned', { time: planned.text })}</span>}
        </p>
        {features.map(
          ({ BeforeCall }, index) => BeforeCall && <BeforeCall key={index} client={client} state={state} />,
        )}
      </section>
      {publishes && (
        <div class="waiting-self">
          <Preview client={client} state={state} />
          <p class="hint">{t('waiting.private')}</p>
        </div>
      )}
      <div class="waiting-part waiting-rest">
        <section class="tips" aria-label={t('waiting.tips')}>
          <h2>{t('waiting.tips')}</h2>
          <ul>
            <li>{t('waiting.tip.stay')}</li>
            <li>{t('waiting.tip.power')}</li>
            <li>{t('waiting.tip.ready')}</li>
          </ul>
        </section>
        <button
          type="button"
          class="button button-quiet"
          data-testid="leave-button"
          onClick={() => void client.leave()}
        >
          <LeaveIcon />
          {t('waiting.leave')}
        </button>
      </div>
    </main>
  );
}

/** How long the person has waited, in minutes; not announced by screen readers. */
function Waited({ since }: { since: number }) {
  return (
    <span data-testid="waited" role="timer" aria-live="off">
      {waitedText(since, useSeconds())}
    </span>
  );
}

interface MessagesProps {
  messages: Waiting['messages'];
  speaker: string | null;
}

/** The hosts' messages. A new one plays a soft sound, and a screen reader says it at once. */
function Messages({ messages, speaker }: MessagesProps) {
  const known = useRef(messages.length);
  useEffect(() => {
    if (messages.length > known.current) void playMelody('message', speaker).catch(() => undefined);
    known.current = messages.length;
  }, [messages.length]);
  const newest = messages.at(-1);
  return (
    <>
      {newest && (
        <section class="waiting-messages" aria-label={t('waiting.messages')}>
          {messages.map((message, index) => (
            <p key={index} class="waiting-message" data-testid="waiting-message">
              <MessageIcon />
              <span>
                {message.displayName !== null && <strong>{message.displayName}</strong>}
                <bdi>{message.text}</bdi>
              </span>
            </p>
          ))}
        </section>
      )}
      <p class="visually-hidden" role="alert">
        {newest && <span key={messages.length}>{messageText(newest)}</span>}
      </p>
    </>
  );
}

/** Returns what a waiting person reads about the hosts; `hosts` are their names, null if unknown. */
export function waitingText({ hostPresent, needsAdmission }: Waiting, hosts: string | null): string {
  if (!hostPresent) return t(needsAdmission ? 'waiting.coming' : 'waiting.comingIn');
  if (!needsAdmission) return t('waiting.soon');
  return hosts === null ? t('waiting.knownUnnamed') : t('waiting.known', { names: hosts });
}

/** Returns how long the person has waited, in minutes; both times in milliseconds. */
export function waitedText(since: number, now: number): string {
  const time = duration(now - since);
  return time === null ? t('waiting.justNow') : t('waiting.since', { time });
}

/** Returns a host's message as a screen reader says it. */
export function messageText({ displayName, text }: Waiting['messages'][number]): string {
  return displayName === null
    ? t('waiting.messageUnnamed', { text })
    : t('waiting.message', { name: displayName, text });
}
