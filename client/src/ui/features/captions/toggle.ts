import { language } from '../../../locales/index.ts';
import type { CallTools } from '../../hooks/call.ts';
import { say } from '../../hooks/speech.ts';
import { changeSettings, settingsNow } from './caption-settings.ts';
import { t } from './texts.ts';

/** Turns captions on or off, also for later visits on this device. */
export function toggleCaptions({
  client,
  state,
  attempt,
}: Pick<CallTools, 'client' | 'state' | 'attempt'>): void {
  const on = !state.captions.on;
  changeSettings({ on });
  attempt(client.captions.watch(on, settingsNow().translated ? language() : null));
  say(t(on ? 'captions.said.on' : 'captions.said.off'));
}
