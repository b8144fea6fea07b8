import { useRef, useState } from 'preact/hooks';
import { t } from '../../../locales/index.ts';
import type { VisitClient, VisitState } from '../../../sdk/index.ts';
import { DeviceChoice } from '../../components/device-choice.tsx';
import { LanguageMenu } from '../../components/language-menu.tsx';
import { Preview, type Picture } from '../../components/preview.tsx';
import { ProblemNotice } from '../../components/problem-notice.tsx';
import { SaveDataSwitch } from '../../components/toggles.tsx';
import { expectedNames, plannedTime } from '../../format/session-summary.ts';
import { browserStorage } from '../../hooks/browser-storage.ts';
import { useFeatures } from '../../hooks/features.ts';
import { useHeadingFocus } from '../../hooks/focus.ts';
import { useSay } from '../../hooks/speech.ts';
import { unlockAudio } from '../../sound/audio.ts';
import { Checklist } from './checklist.tsx';
import { CheckMemory, checksFor, marked, type Check, type CheckRecord } from './checks.ts';
import { LevelMeter } from './level-meter.tsx';

interface Props {
  client: VisitClient;
  state: VisitState;
}

/** The preview before the visit. Slow work runs in the background, and nothing delays joining. */
export function Prejoin({ client, state }: Props) {
  const publishes = client.can('publish');
  const features = useFeatures();
  const { record, mark, skip } = useChecklist(state.session?.sessionId ?? '');
  const [picture, setPicture] = useState<Picture | null>(null);
  const seen = (now: Picture) => {
    setPicture(now);
    if (now === 'seen') mark('camera', true);
  };
  return (
    <main class={`prejoin ${publishes ? '' : 'prejoin-plain'}`} data-testid="prejoin">
      <PrejoinHeading state={state} />
      <div class="prejoin-self">
        {publishes && <Preview client={client} state={state} onPicture={seen} />}
        {publishes && state.local.microphone.state !== 'none' && (
          <LevelMeter microphone={state.local.microphone} onHeard={() => mark('microphone', true)} />
        )}
        <details class="more">
          <summary>{t('devices.title')}</summary>
          <DeviceChoice client={client} state={state} />
          <SaveDataSwitch client={client} state={state} />
        </details>
      </div>
      <section class="prejoin-side">
        <ConnectionBanner state={state} />
        {publishes && <ProblemNotice client={client} state={state} joins />}
        <WaitingLine client={client} state={state} />
        {features.map(
          ({ BeforeCall }, index) => BeforeCall && <BeforeCall key={index} client={client} state={state} />,
        )}
        <JoinButton client={client} joining={state.phase === 'joining'} />
        <p class="hint">{t(publishes ? 'prejoin.private' : 'prejoin.observer')}</p>
        <Checklist
          client={client}
          state={state}
          checks={checksFor(publishes)}
          record={record}
          picture={picture}
          onMark={mark}
          onSkip={skip}
        />
      </section>
    </main>
  );
}

/** The visit, its people and its time, and the language menu. */
export function PrejoinHeading({ state: { session, self } }: { state: VisitState }) {
  const heading = useHeadingFocus();
  const names = expectedNames(session, self?.userId ?? null);
  const planned = session && plannedTime(session, Date.now());
  return (
    <header class="prejoin-header">
      <h1 ref={heading} tabIndex={-1}>
        <bdi>{session?.title ?? t('prejoin.title')}</bdi>
      </h1>
      <p class="who">
        {names !== null && <span class="who-with">{t('prejoin.with', { names })}</span>}
        {planned && (
          <time dateTime={session.scheduledAt}>
            {planned.today ? t('prejoin.today', { time: planned.text }) : planned.text}
          </time>
        )}
        {self && <span>{whoText(self)}</span>}
      </p>
      <LanguageMenu />
    </header>
  );
}

function ConnectionBanner({ state: { connection, error } }: { state: VisitState }) {
  const key = error?.code === 'no_capacity' ? 'prejoin.busy' : 'prejoin.reconnecting';
  const text = connection === 'reconnecting' ? t(key) : null;
  useSay(text);
  if (text === null) return null;
  return (
    <p class="banner" data-testid="connection-banner">
      {text}
    </p>
  );
}

/** For hosts: how many people are waiting already. */
function WaitingLine({ client, state }: Props) {
  const count = state.waitingPeople.length;
  const text = count > 0 && client.can('moderate') ? t('prejoin.waiting', { count }) : null;
  useSay(text);
  if (text === null) return null;
  return (
    <p class="prejoin-waiting" data-testid="prejoin-waiting">
      {text}
    </p>
  );
}

function JoinButton({ client, joining }: { client: VisitClient; joining: boolean }) {
  const join = () => {
    // Safari allows a page to play sound only after a click.
    unlockAudio();
    client.join();
  };
  return (
    <div class="join-bar">
      <button
        type="button"
        class="button button-primary button-large"
        data-testid="join-button"
        aria-busy={joining}
        aria-disabled={joining}
        onClick={join}
      >
        {joining && <span class="spinner" aria-hidden="true" />}
        {t(joining ? 'prejoin.connecting' : 'prejoin.join')}
      </button>
    </div>
  );
}

/** The checklist of this visit, stored in the tab. */
export function useChecklist(sessionId: string) {
  const memory = useRef<CheckMemory | null>(null);
  memory.current ??= new CheckMemory(
    sessionId,
    browserStorage(() => sessionStorage),
  );
  const { current: kept } = memory;
  const [record, setRecord] = useState<CheckRecord>(() => kept.read());
  const change = (next: (before: CheckRecord) => CheckRecord) =>
    setRecord((before) => {
      const after = next(before);
      if (after !== before) kept.write(after);
      return after;
    });
  return {
    record,
    mark: (check: Check, passed: boolean) => change((before) => marked(before, check, passed)),
    skip: (skipped: boolean) => change((before) => ({ ...before, skipped })),
  };
}

function whoText(self: NonNullable<VisitState['self']>): string {
  const role = t(`role.${self.role}`);
  return self.displayName === null
    ? t('prejoin.as', { role })
    : t('prejoin.asNamed', { name: self.displayName, role });
}
